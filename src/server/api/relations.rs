//! `/v1/relations`: the schema, and the rows of what comes from outside or is given out.

use crate::clues::is_person;
use crate::engine::View;
use crate::ingest::{Form, Raw};
use crate::limits::PAGE_ITEMS;
use crate::program::{Bound, Must, Program, RecordDecl, Relation};
use crate::server::app::App;
use crate::server::ask::{self, Params, link};
use crate::server::error::Problem;
use crate::server::pages::Place;
use crate::server::show;
use crate::types::{RelId, Row, Said, Value};
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use serde_json::{Value as Shown, json};
use std::collections::BTreeSet;
use std::ops::Bound::{Excluded, Unbounded};

pub fn find(program: &Program, name: &str) -> Result<RelId, Problem> {
    program.find(name).ok_or_else(|| Problem::new("unknown-relation"))
}

/// The schema.
pub async fn list(State(app): State<App>, uri: Uri) -> Result<Response, Problem> {
    app.program()?;
    Params::of(&uri, &[])?;
    let (at, items) = {
        let view = app.engine.read();
        let shown = view.program.rel_ids().map(|id| schema(&view, id, view.program.relation(id))).collect();
        (view.epoch, shown)
    };
    Ok(show::list(&app, items, None, at))
}

fn schema(view: &View, id: RelId, relation: &Relation) -> Shown {
    let record = relation.record.as_ref();
    let name = |i: &usize| relation.columns[*i].name.clone();
    let columns = relation.columns.iter().enumerate().map(|(i, column)| {
        let titles = record.and_then(|r| r.titles.iter().find(|(c, _)| *c == i)).map(|(_, titles)| titles.clone());
        let alike = record.and_then(|r| r.alike.iter().find(|(c, _)| *c == i)).map(|(_, likeness)| likeness.name());
        json!({
            "name": column.name,
            "kind": column.kind.name(),
            "type": column.type_name,
            "optional": column.optional,
            "personal": record.is_some_and(|r| r.personal.contains(&i)) || is_person(relation, i),
            "identity": record.is_some_and(|r| r.identity.contains(&i)),
            "titles": titles.unwrap_or_default(),
            "words": record.and_then(|r| r.words_of(i)).map(|words| words.iter().map(|known| &known.word).collect::<Vec<_>>()),
            "form": record.and_then(|r| r.look_of(i)),
            "checks": record.map(|r| bounds(r, i, relation)).unwrap_or_default(),
            "past": record.is_some_and(|r| r.past.contains(&i)),
            "alike": alike,
        })
    });
    let title = record.map(|r| &r.title).or(relation.clue.as_ref().map(|c| &c.title));
    let key = record.map(|r| &r.key).or(relation.clue.as_ref().map(|c| &c.key));
    json!({
        "name": relation.name,
        "title": title,
        "kind": kind(relation).name(),
        "writable": Form::new(&view.program, id).is_writable(),
        "columns": columns.collect::<Vec<_>>(),
        "key": key.map(|key| key.iter().map(name).collect::<Vec<_>>()),
        "owners": record.map(|r| &r.owners),
        "by": record.and_then(|r| r.by).map(|i| name(&i)),
        "since": record.and_then(|r| r.since).map(|i| name(&i)),
        "rows": count(view, id, relation),
    })
}

/// As rule text writes them.
fn bounds(record: &RecordDecl, column: usize, relation: &Relation) -> Vec<String> {
    let written = |bound: &Bound| match bound {
        Bound::Value(value) => value.to_string(),
        Bound::Column(other) => relation.columns[*other].name.clone(),
    };
    let shown = record.checks_of(column).filter_map(|must| match must {
        Must::Look(_) => None,
        Must::AtLeast(bound) => Some(format!(">= {}", written(bound))),
        Must::AtMost(bound) => Some(format!("<= {}", written(bound))),
    });
    shown.collect()
}

/// Where the rows of a relation are.
#[derive(Clone, Copy)]
enum Kind {
    Clock,
    Record,
    Clue,
    Output,
    /// A step on the way; nobody keeps its rows.
    Derived,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Kind::Clock => "clock",
            Kind::Record => "record",
            Kind::Clue => "clue",
            Kind::Output => "output",
            Kind::Derived => "derived",
        }
    }
}

fn kind(relation: &Relation) -> Kind {
    if relation.clock {
        Kind::Clock
    } else if relation.record.is_some() || relation.input.is_some() {
        Kind::Record
    } else if relation.clue.is_some() {
        Kind::Clue
    } else if !relation.outputs.is_empty() {
        Kind::Output
    } else {
        Kind::Derived
    }
}

fn count(view: &View, id: RelId, relation: &Relation) -> Option<u64> {
    match kind(relation) {
        Kind::Record => Some(view.records.count(id) as u64),
        Kind::Clock => Some(1),
        Kind::Output => Some(view.rows.get(&id).map_or(0, BTreeSet::len) as u64),
        Kind::Clue => Some(view.clues.open().filter(|clue| clue.rule == relation.name).map(|clue| clue.evidence).sum()),
        Kind::Derived => None,
    }
}

pub async fn rows(State(app): State<App>, Path(name): Path<String>, uri: Uri) -> Result<Response, Problem> {
    find(&*app.program()?, &name)?;
    let params = Params::of(&uri, &["page"])?;
    let path = link_path(&name, "rows");
    page(&app, &name, &[], params.one("page")?, &path)
}

/// Rows with given values, which stand in the body because they may be personal. The same body goes to `next`.
pub async fn query(
    State(app): State<App>,
    Path(name): Path<String>,
    uri: Uri,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let program = app.program()?;
    let id = find(&program, &name)?;
    let params = Params::of(&uri, &["page"])?;
    let fields = ask::object(&headers, body, &["columns"]).await?;
    let bad = |pointer: String, code: &'static str, said: Said| Problem::new("bad-json").at(pointer, code, said);
    let Some((_, Raw::Object(columns))) = fields.first() else {
        let said = Said::new("an object of column names and values", "由列名和值组成的对象");
        return Err(bad("/columns".to_string(), "bad-json", said));
    };
    let form = Form::new(&program, id);
    let mut wanted = Vec::new();
    for (column, raw) in columns {
        let asked = form.asked(column, raw);
        let (code, said) = match asked {
            Ok(pair) => {
                wanted.push(pair);
                continue;
            }
            Err(refused) => refused,
        };
        let known = form.column(column).is_some();
        return Err(bad(if known { format!("/columns/{column}") } else { "/columns".to_string() }, code, said));
    }
    let path = link_path(&name, "query");
    page(&app, &name, &wanted, params.one("page")?, &path)
}

fn link_path(name: &str, what: &str) -> String {
    format!("/v1/relations/{name}/{what}")
}

/// One page of rows with these values.
fn page(app: &App, name: &str, wanted: &[(usize, Value)], token: Option<&str>, path: &str) -> Result<Response, Problem> {
    let place = match token {
        Some(token) => Some(app.pages.place(token, path)?),
        None => None,
    };
    let (at, items, next) = {
        let view = app.engine.read();
        let id = find(&view.program, name)?;
        let relation = view.program.relation(id);
        let (rows, next) = match (kind(relation), &place) {
            (Kind::Record, place) => {
                let from = if let Some(Place::Slot(slot)) = place { *slot } else { 0 };
                let page = view.records.find(id, wanted, from, PAGE_ITEMS);
                (page.items.into_iter().map(|item| item.row).collect(), page.next.map(Place::Slot))
            }
            (Kind::Clock, _) => {
                let now = view.now.iter().filter(|(clock, _)| *clock == id).map(|(_, now)| Row::new(vec![now.clone()]));
                (now.filter(|row| has(&view, relation, row, wanted)).collect(), None)
            }
            (Kind::Output, place) => match view.rows.get(&id) {
                Some(rows) => after(&view, relation, rows, place.as_ref(), wanted),
                None => (Vec::new(), None),
            },
            (Kind::Clue, place) => {
                let of_rule = view.clues.open().filter(|clue| clue.rule == relation.name);
                let rows = of_rule.filter_map(|clue| view.clues.evidence(&clue.id)).flatten().cloned().collect();
                after(&view, relation, &rows, place.as_ref(), wanted)
            }
            (Kind::Derived, _) => return Err(Problem::new("rows-not-kept")),
        };
        let names = view.clues.names();
        let items: Vec<Shown> = rows.iter().map(|row| show::row(relation, row, names)).collect();
        (view.epoch, items, next)
    };
    let next = next.map(|place| app.pages.remember(path, place)).map(|token| link(path, &[("page", &token)]));
    Ok(show::list(app, items, next, at))
}

/// The rows after a place, in value order.
fn after(
    view: &View,
    relation: &Relation,
    rows: &BTreeSet<Row>,
    place: Option<&Place>,
    wanted: &[(usize, Value)],
) -> (Vec<Row>, Option<Place>) {
    let from = if let Some(Place::After(last)) = place { Excluded(last.clone()) } else { Unbounded };
    let mut found = rows.range((from, Unbounded)).filter(|row| has(view, relation, row, wanted)).cloned();
    let page: Vec<Row> = found.by_ref().take(PAGE_ITEMS).collect();
    let next = found.next().and_then(|_| page.last().cloned()).map(Place::After);
    (page, next)
}

/// A person may be asked for by the id that answers carry.
fn has(view: &View, relation: &Relation, row: &Row, wanted: &[(usize, Value)]) -> bool {
    wanted.iter().all(|(column, value)| match (&row[*column], value) {
        (Value::Symbol(number), Value::Symbol(asked)) if is_person(relation, *column) => {
            number == asked || *view.clues.names().person(number) == **asked
        }
        (cell, value) => cell == value,
    })
}
