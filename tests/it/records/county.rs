//! A small program of input relations, made by hand, and rows for it.

use huiyan::expr::Likeness;
use huiyan::program::{Column, Io, Program, RecordDecl, Relation};
use huiyan::syntax::Span;
use huiyan::types::{Kind, RelId, Row, Value};

pub const PENALTY: RelId = RelId(0);
pub const CALENDAR: RelId = RelId(1);
pub const NOTE: RelId = RelId(2);
pub const EDGE: RelId = RelId(3);
pub const NOW: RelId = RelId(4);
pub const DERIVED: RelId = RelId(5);
/// Its numbers have several spellings: brackets and leading zeros do not matter.
pub const PAPER: RelId = RelId(6);

pub fn program() -> Program {
    use Kind::{Date, Number, Symbol};
    let penalty = record(
        relation("penalty", &[("organ", Symbol, false), ("no", Number, false), ("name", Symbol, false), ("days", Number, true)]),
        &[0, 1],
        &["police", "court"],
        Some(0),
        &[2],
    );
    let calendar =
        record(relation("calendar", &[("day", Number, false), ("kind", Symbol, false)]), &[0], &["operator"], None, &[]);
    let note =
        record(relation("note", &[("no", Number, false), ("text", Symbol, true)]), &[0], &["police", "justice"], None, &[]);
    let mut edge = relation("edge", &[("from", Number, false), ("to", Number, false)]);
    edge.input = Some(Io::default());
    let mut now = relation("now", &[("day", Date, false)]);
    now.clock = true;
    let derived = relation("derived", &[("x", Number, false)]);
    let columns = [("organ", Symbol, false), ("no", Symbol, false), ("day", Number, true)];
    let mut paper = record(relation("paper", &columns), &[0, 1], &["police", "operator", "pack"], None, &[]);
    paper.record.iter_mut().for_each(|record| record.alike = vec![(1, Likeness::DocKey)]);
    Program { relations: vec![penalty, calendar, note, edge, now, derived, paper], clocks: vec![NOW], ..Program::default() }
}

pub fn relation(name: &str, columns: &[(&str, Kind, bool)]) -> Relation {
    let column = |(name, kind, optional): &(&str, Kind, bool)| Column {
        name: name.to_string(),
        kind: *kind,
        optional: *optional,
        type_name: kind.name().to_string(),
    };
    Relation {
        name: name.to_string(),
        columns: columns.iter().map(column).collect(),
        input: None,
        outputs: Vec::new(),
        printsize: false,
        record: None,
        clue: None,
        clock: false,
        span: Span::default(),
    }
}

pub fn record(relation: Relation, key: &[usize], owners: &[&str], by: Option<usize>, personal: &[usize]) -> Relation {
    let decl = RecordDecl {
        key: key.to_vec(),
        owners: owners.iter().map(|owner| owner.to_string()).collect(),
        by,
        since: None,
        personal: personal.to_vec(),
        identity: Vec::new(),
        title: String::new(),
        titles: Vec::new(),
        words: Vec::new(),
        alike: Vec::new(),
        checks: Vec::new(),
        past: Vec::new(),
    };
    Relation { input: Some(Io::default()), record: Some(decl), ..relation }
}

pub fn n(x: i64) -> Value {
    Value::Number(x)
}

pub fn s(text: &str) -> Value {
    Value::symbol(text)
}

pub fn row<const N: usize>(values: [Value; N]) -> Row {
    Row::new(values.to_vec())
}
