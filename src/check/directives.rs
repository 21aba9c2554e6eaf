//! Directives: which relations come from outside, go outside, are records, clues or clocks. Written into the declared relations.

use super::alike::alike;
use super::checks::checks;
use super::params::{Params, list};
use super::report::{Report, say};
use super::schema::Schema;
use super::served;
use super::streams;
use super::words::words;
use crate::program::{ClueDecl, ColumnOrText, Io, LEVELS, ReasonPart, RecordDecl, Relation};
use crate::syntax::{Diagnostic, Span, ast, ast::DirectiveKind};
use crate::types::{Kind, RelId};
use std::collections::{BTreeMap, HashMap};

const RECORD_PARAMS: [&str; 12] =
    ["key", "owner", "by", "since", "personal", "identity", "title", "columns", "words", "alike", "checks", "past"];
const CLUE_PARAMS: [&str; 9] = ["title", "key", "agency", "person", "area", "due", "level", "basis", "reason"];

/// What directives say that does not stand in the relations themselves.
#[derive(Default)]
pub(super) struct Applied {
    pub clocks: Vec<RelId>,
    /// `.limitsize`
    pub limits: BTreeMap<RelId, u64>,
}

/// Reads every directive.
pub(super) fn apply(tree: &ast::Program, schema: &mut Schema, report: &mut Report) -> Applied {
    let mut seen: HashMap<(&'static str, RelId), Span> = HashMap::new();
    let mut applied = Applied::default();
    for item in &tree.items {
        match item {
            ast::Item::Directive(directive) => {
                for name in &directive.relations {
                    let Some(id) = schema.expect(name, report) else { continue };
                    if first_of_its_kind(directive.kind, id, name, &mut seen, report) {
                        directive_on(directive, id, name.span, schema, &mut applied, report);
                    }
                }
            }
            ast::Item::Decl(decl) => old_words(decl, schema, &mut seen, report),
            ast::Item::Type(_) | ast::Item::Rule(_) | ast::Item::Pragma(_) | ast::Item::Plan(_) => {}
            // Their content stands in the tree.
            ast::Item::Component(_) | ast::Item::Init(_) => {}
        }
    }
    applied
}

fn written(kind: DirectiveKind) -> &'static str {
    match kind {
        DirectiveKind::Input => ".input",
        DirectiveKind::Output => ".output",
        DirectiveKind::PrintSize => ".printsize",
        DirectiveKind::LimitSize => ".limitsize",
        DirectiveKind::Record => ".record",
        DirectiveKind::Clue => ".clue",
        DirectiveKind::Clock => ".clock",
    }
}

/// Only `.output` may stand twice for one relation, and a relation is a record or a clock, not both.
fn first_of_its_kind(
    kind: DirectiveKind,
    id: RelId,
    name: &ast::Name,
    seen: &mut HashMap<(&'static str, RelId), Span>,
    report: &mut Report,
) -> bool {
    if kind == DirectiveKind::Output {
        return true;
    }
    let word = written(kind);
    let text = &name.text;
    if let Some(first) = seen.insert((word, id), name.span) {
        let message = say(format!("`{word} {text}` stands twice"), format!("`{word} {text}` 重复"));
        let d = Diagnostic::error("E0220", name.span, message).also(first, say("first here", "首次出现在此"));
        report.add(d.help(say("remove one of them", "请删除其中一个")));
        return false;
    }
    let excluded = match kind {
        DirectiveKind::Clock => &[".record", ".input", ".clue"][..],
        DirectiveKind::Record => &[".clock", ".clue"][..],
        DirectiveKind::Clue => &[".clock", ".record"][..],
        DirectiveKind::Input => &[".clock"][..],
        DirectiveKind::Output | DirectiveKind::PrintSize | DirectiveKind::LimitSize => &[],
    };
    for other in excluded {
        if let Some(first) = seen.get(&(*other, id)) {
            let message = say(
                format!("`{text}` cannot be both `{word}` and `{other}`"),
                format!("`{text}` 不能既是 `{word}` 又是 `{other}`"),
            );
            report.add(Diagnostic::error("E0227", name.span, message).also(*first, say("the other one", "另一处在此")));
            return false;
        }
    }
    true
}

fn directive_on(
    directive: &ast::Directive,
    id: RelId,
    span: Span,
    schema: &mut Schema,
    applied: &mut Applied,
    report: &mut Report,
) {
    streams::check(directive, report);
    match directive.kind {
        DirectiveKind::Input => schema.relation_mut(id).input = Some(io(directive)),
        DirectiveKind::Output => schema.relation_mut(id).outputs.push(io(directive)),
        DirectiveKind::PrintSize => schema.relation_mut(id).printsize = true,
        DirectiveKind::LimitSize => {
            let limit = limit(directive, schema.relation(id), report);
            applied.limits.extend(limit.map(|limit| (id, limit)));
        }
        DirectiveKind::Record => {
            served::unfit(schema.relation(id)).into_iter().for_each(|d| report.add(d));
            let decl = record(directive, schema.relation(id), report);
            let relation = schema.relation_mut(id);
            relation.record = Some(decl);
            relation.input.get_or_insert_default();
        }
        DirectiveKind::Clue => {
            served::unfit(schema.relation(id)).into_iter().for_each(|d| report.add(d));
            let decl = clue(directive, schema.relation(id), report);
            schema.relation_mut(id).clue = Some(decl);
        }
        DirectiveKind::Clock => clock(directive, id, span, schema, &mut applied.clocks, report),
    }
}

fn io(directive: &ast::Directive) -> Io {
    Io { params: directive.params.iter().map(|p| (p.key.text.clone(), p.value.clone())).collect() }
}

/// `n` of `.limitsize r(n=10)`.
fn limit(directive: &ast::Directive, relation: &Relation, report: &mut Report) -> Option<u64> {
    let params = Params::read(directive, ".limitsize", &["n"], relation, report);
    let Some(param) = params.get("n") else {
        params.missing("n", ".limitsize r(n=1000)", report);
        return None;
    };
    let limit = param.value.parse().ok();
    if limit.is_none() {
        let message = say("`n` is no number of rows", "`n` 不是行数");
        let help = say("write a whole number: `n=1000`", "请写整数：`n=1000`");
        report.add(Diagnostic::error("E0334", param.value_span, message).help(help));
    }
    limit
}

/// `.decl r(…) input`: the old way to say `.input r`; the parser warns of it.
fn old_words(decl: &ast::Decl, schema: &mut Schema, seen: &mut HashMap<(&'static str, RelId), Span>, report: &mut Report) {
    for word in &decl.qualifiers {
        let kind = match word.text.as_str() {
            "input" => DirectiveKind::Input,
            "output" => DirectiveKind::Output,
            "printsize" => DirectiveKind::PrintSize,
            _ => continue,
        };
        for name in &decl.names {
            let Some(id) = schema.find(&name.text) else { continue };
            if !first_of_its_kind(kind, id, name, seen, report) {
                continue;
            }
            let relation = schema.relation_mut(id);
            match kind {
                DirectiveKind::Input => relation.input = Some(Io::default()),
                DirectiveKind::Output => relation.outputs.push(Io::default()),
                _ => relation.printsize = true,
            }
        }
    }
}

fn record(directive: &ast::Directive, relation: &Relation, report: &mut Report) -> RecordDecl {
    let params = Params::read(directive, ".record", &RECORD_PARAMS, relation, report);
    let key = params.key(report);
    let by = params.column("by", report);
    if let (Some(by), Some(param)) = (by, params.get("by")) {
        let name = &relation.columns[by].name;
        if !key.contains(&by) {
            let message =
                say(format!("`by` names `{name}`, which is not in the key"), format!("`by` 所指的 `{name}` 不在主键中"));
            let help = say("every office numbers its own rows: add it to the key", "各单位自行编号：请将其加入主键");
            report.add(Diagnostic::error("E0228", param.value_span, message).help(help));
        }
        if relation.columns[by].kind != Kind::Symbol {
            let message = say(format!("`{name}` is no text, so it names no agency"), format!("`{name}` 不是文本，不能表示机关"));
            report.error("E0229", param.value_span, message);
        }
    }
    let since = params.column("since", report);
    if let (Some(since), Some(param)) = (since, params.get("since"))
        && relation.columns[since].kind != Kind::Date
    {
        let name = &relation.columns[since].name;
        let message = say(format!("`since` names `{name}`, which is no date"), format!("`since` 所指的 `{name}` 不是 date"));
        report.error("E0230", param.value_span, message);
    }
    let alike = alike(&params, relation, &key, by, report);
    RecordDecl {
        key,
        owners: params.text("owner").map(|text| list(&text).map(str::to_string).collect()).unwrap_or_default(),
        by,
        since,
        personal: personal(&params, relation, report),
        identity: identity(&params, relation, report),
        title: params.text("title").unwrap_or_default(),
        titles: titles(&params, report),
        words: words(&params, relation, report),
        alike,
        checks: checks(&params, relation, report),
        past: past(&params, relation, report),
    }
}

/// Columns that can be erased: text then reads as a made-up name, anything else as absent, so it must be allowed to be.
fn personal(params: &Params, relation: &Relation, report: &mut Report) -> Vec<usize> {
    let columns = params.columns("personal", report);
    let stays = |column: &&usize| relation.columns[**column].kind != Kind::Symbol && !relation.columns[**column].optional;
    if let (Some(&column), Some(param)) = (columns.iter().find(stays), params.get("personal")) {
        let name = &relation.columns[column].name;
        let message = say(
            format!("`personal` names `{name}`, which could not be erased: it is no text and may not be absent"),
            format!("`personal` 所指的 `{name}` 无法清除：它不是文本，又不可为空"),
        );
        let help =
            say("make it text, or optional (`T?`), which no key column is", "请改为文本，或改为可空（`T?`）；主键列不可为空");
        report.add(Diagnostic::error("E0229", param.value_span, message).help(help));
    }
    columns
}

/// Columns that hold identity numbers: text, for a number of 18 digits and an X is none.
fn identity(params: &Params, relation: &Relation, report: &mut Report) -> Vec<usize> {
    let columns = params.columns("identity", report);
    let wrong = columns.iter().find(|&&column| relation.columns[column].kind != Kind::Symbol);
    if let (Some(&column), Some(param)) = (wrong, params.get("identity")) {
        let name = &relation.columns[column].name;
        let message = say(
            format!("`identity` names `{name}`, which is no text and so holds no identity numbers"),
            format!("`identity` 所指的 `{name}` 不是文本，不能存放公民身份号码"),
        );
        report.error("E0229", param.value_span, message);
    }
    columns
}

/// Columns of days that have been.
fn past(params: &Params, relation: &Relation, report: &mut Report) -> Vec<usize> {
    let columns = params.columns("past", report);
    let wrong = columns.iter().find(|&&column| relation.columns[column].kind != Kind::Date);
    if let (Some(&column), Some(param)) = (wrong, params.get("past")) {
        let name = &relation.columns[column].name;
        let message = say(format!("`past` names `{name}`, which is no date"), format!("`past` 所指的 `{name}` 不是 date"));
        report.error("E0230", param.value_span, message);
    }
    columns
}

/// `columns="decision_no=决定书文号|文号,…"`
fn titles(params: &Params, report: &mut Report) -> Vec<(usize, Vec<String>)> {
    let Some(param) = params.get("columns") else { return Vec::new() };
    let mut all = Vec::new();
    let mut taken: HashMap<String, usize> = HashMap::new();
    for item in list(&param.value) {
        let Some((name, titles)) = item.split_once('=') else {
            let message = say(format!("`{item}` is not `column=title|title`"), format!("`{item}` 不符合 `列=标题|标题`"));
            report.error("E0231", param.value_span, message);
            continue;
        };
        let Some(column) = params.find(name.trim(), param.value_span, report) else { continue };
        let titles: Vec<String> = titles.split('|').map(|title| title.trim().to_string()).filter(|t| !t.is_empty()).collect();
        for title in &titles {
            if taken.insert(title.clone(), column).is_some() {
                let message = say(format!("the title `{title}` is given twice"), format!("标题 `{title}` 给出了两次"));
                report.error("E0231", param.value_span, message);
            }
        }
        all.push((column, titles));
    }
    all
}

fn clue(directive: &ast::Directive, relation: &Relation, report: &mut Report) -> ClueDecl {
    let params = Params::read(directive, ".clue", &CLUE_PARAMS, relation, report);
    let key = params.key(report);
    if params.get("title").is_none() {
        params.missing("title", "title=\"…\"", report);
    }
    let due = params.column("due", report);
    if let (Some(due), Some(param)) = (due, params.get("due"))
        && !matches!(relation.columns[due].kind, Kind::Date | Kind::Datetime)
    {
        let name = &relation.columns[due].name;
        let message = say(format!("`due` names `{name}`, which is no date"), format!("`due` 所指的 `{name}` 不是日期"));
        report.error("E0230", param.value_span, message);
    }
    ClueDecl {
        title: params.text("title").unwrap_or_default(),
        key,
        agency: text_column(&params, "agency", relation, report),
        person: text_column(&params, "person", relation, report),
        area: text_column(&params, "area", relation, report),
        due,
        level: level(&params, relation, report),
        basis: column_or_text(&params, "basis", relation),
        reason: reason(&params, report),
    }
}

fn text_column(params: &Params, key: &'static str, relation: &Relation, report: &mut Report) -> Option<usize> {
    let column = params.column(key, report)?;
    if relation.columns[column].kind != Kind::Symbol {
        let (name, span) = (&relation.columns[column].name, params.get(key)?.value_span);
        let message = say(format!("`{key}` names `{name}`, which is no text"), format!("`{key}` 所指的 `{name}` 不是文本"));
        report.error("E0229", span, message);
    }
    Some(column)
}

fn column_or_text(params: &Params, key: &str, relation: &Relation) -> Option<ColumnOrText> {
    let text = params.text(key)?;
    Some(relation.column(text.trim()).map_or(ColumnOrText::Text(text), ColumnOrText::Column))
}

/// A constant level must be one of the known ones: else it is a column misspelt.
fn level(params: &Params, relation: &Relation, report: &mut Report) -> Option<ColumnOrText> {
    let level = column_or_text(params, "level", relation);
    if let (Some(ColumnOrText::Text(text)), Some(param)) = (&level, params.get("level"))
        && !LEVELS.contains(&text.as_str())
    {
        let message = say(format!("`{text}` is neither a column nor a level"), format!("`{text}` 既不是列也不是级别"));
        let list = LEVELS.join(", ");
        let help = say(format!("levels: {list}"), format!("级别：{list}"));
        report.add(Diagnostic::error("E0232", param.value_span, message).help(help));
    }
    level
}

/// `"{agency}于{due}前…"` in pieces.
fn reason(params: &Params, report: &mut Report) -> Vec<ReasonPart> {
    let Some(param) = params.get("reason") else { return Vec::new() };
    let mut parts = Vec::new();
    let mut rest = param.value.as_str();
    while let Some(open) = rest.find('{') {
        let Some(close) = rest[open..].find('}') else {
            let message = say("a `{` in the reason is never closed", "reason 中的 `{` 没有闭合");
            report.error("E0233", param.value_span, message);
            return parts;
        };
        if open > 0 {
            parts.push(ReasonPart::Text(rest[..open].to_string()));
        }
        let name = rest[open + 1..open + close].trim();
        parts.extend(params.find(name, param.value_span, report).map(ReasonPart::Column));
        rest = &rest[open + close + 1..];
    }
    if !rest.is_empty() {
        parts.push(ReasonPart::Text(rest.to_string()));
    }
    parts
}

fn clock(directive: &ast::Directive, id: RelId, span: Span, schema: &mut Schema, clocks: &mut Vec<RelId>, report: &mut Report) {
    Params::read(directive, ".clock", &[], schema.relation(id), report);
    schema.relation_mut(id).clock = true;
    let kind = match schema.relation(id).columns.as_slice() {
        [column] if matches!(column.kind, Kind::Date | Kind::Datetime) && !column.optional => column.kind,
        _ => {
            let message =
                say("a clock has exactly one column, a date or a datetime", "时钟关系须恰有一列，类型为 date 或 datetime");
            let help = say("for example `.decl today(day: date)`", "例如 `.decl today(day: date)`");
            report.add(Diagnostic::error("E0234", span, message).help(help));
            return;
        }
    };
    if let Some(&first) = clocks.iter().find(|other| schema.relation(**other).columns[0].kind == kind) {
        let message = say(format!("a second clock of kind {}", kind.name()), format!("第二个 {} 时钟", kind.name()));
        let d = Diagnostic::error("E0235", span, message).also(schema.relation(first).span, say("the first one", "第一个在此"));
        report.add(d.help(say("one clock of each kind is enough: use the first", "每种时钟只需一个：请使用第一个")));
        return;
    }
    clocks.push(id);
}
