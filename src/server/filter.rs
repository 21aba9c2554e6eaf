//! [`Filter`]: which clues and changes a reader wants, and how they look from inside the filter.
//!
//! Promises: what a filtered reader puts together is at every position exactly what holds inside the filter. A clue that moves out is
//! withdrawn for this reader, one that moves in is opened, and no value from outside the filter is shown on the way. Lists, streams and
//! polls filter by the same fields with the same meaning. No identity number is ever in a filter.

use super::ask::Params;
use super::error::Problem;
use crate::clues::{Clue, ClueDelta, ClueOp, Machine};
use crate::engine::View;
use crate::program::LEVELS;
use crate::security::{Agency, is_opaque};
use crate::types::{Said, Value, date_text, day_of_datetime, parse_date};
use std::collections::BTreeSet;

/// Within one field any of the values, across fields all. Values stand in order and once, so that equal filters are equal.
#[derive(Clone, Default, PartialEq, Eq, Hash, Debug)]
pub struct Filter {
    relations: Vec<String>,
    rules: Vec<String>,
    areas: Vec<String>,
    agencies: Vec<String>,
    levels: Vec<String>,
    /// Ids as they are outside.
    persons: Vec<String>,
    /// Only clues with a due day before this one.
    due_before: Option<i64>,
}

/// A change from inside a filter.
#[derive(Debug)]
pub struct Seen<'a> {
    pub op: ClueOp,
    pub clue: &'a Clue,
    pub was: Option<&'a Clue>,
}

impl Filter {
    /// Of a reader of changes.
    pub const FIELDS: [&str; 7] = ["relation", "rule", "area", "agency", "level", "person", "due_before"];
    /// Of a list of clues.
    pub const OF_CLUES: [&str; 6] = ["rule", "area", "agency", "level", "person", "due_before"];

    /// From a query, by those of the fields that it gives.
    pub fn of(params: &Params, fields: &[&str], view: &View) -> Result<Filter, Problem> {
        let mut filter = Filter::default();
        for field in fields {
            filter.ask(field, params.all(field), view).map_err(|said| Problem::parameter(field, said))?;
        }
        Ok(filter)
    }

    /// Sets a field as somebody asks for it now; what is wrong with it does not repeat it. A relation that nobody can subscribe to is a
    /// mistake, not an empty stream, and so are a rule that never was, a level that no clue can have, what is no code of an agency, and an
    /// area of nothing.
    pub fn ask(&mut self, field: &str, values: Vec<String>, view: &View) -> Result<(), Said> {
        let known = match field {
            "relation" => relations(view),
            "rule" => rules(view),
            "level" if !values.iter().all(|level| LEVELS.contains(&level.as_str())) => return Err(only_levels()),
            "agency" if !values.iter().all(|code| Agency::parse(code).is_some()) => return Err(only_codes()),
            "area" if values.iter().any(|area| area.trim().is_empty()) => return Err(only_areas()),
            _ => return self.set(field, values),
        };
        unknown(&values, &known).map_or(Ok(()), Err)?;
        self.set(field, values)
    }

    /// Sets a field; no values take it away.
    pub fn set(&mut self, field: &str, mut values: Vec<String>) -> Result<(), Said> {
        values.sort();
        values.dedup();
        match field {
            "relation" => self.relations = values,
            "rule" => self.rules = values,
            "area" => self.areas = values,
            "agency" => self.agencies = values,
            "level" => self.levels = values,
            "person" if values.iter().all(|id| is_opaque(id)) => self.persons = values,
            "person" => return Err(only_ids()),
            "due_before" => self.due_before = day(&values)?,
            _ => return Err(Said::new(Filter::FIELDS.join(", "), Filter::FIELDS.join("、"))),
        }
        Ok(())
    }

    /// The fields that are set, with their values; [`Filter::set`] reads them back.
    pub fn fields(&self) -> Vec<(&'static str, Vec<String>)> {
        let due: Vec<String> = self.due_before.map(date_text).into_iter().collect();
        let all =
            [&self.relations, &self.rules, &self.areas, &self.agencies, &self.levels, &self.persons, &due].map(Clone::clone);
        Filter::FIELDS.into_iter().zip(all).filter(|(_, values)| !values.is_empty()).collect()
    }

    /// One that was kept as its [`Filter::fields`].
    pub fn kept(fields: &[(String, Vec<String>)]) -> Option<Filter> {
        let mut filter = Filter::default();
        fields.iter().try_for_each(|(field, values)| filter.set(field, values.clone())).ok()?;
        Some(filter)
    }

    /// Only clues about whoever goes by one of these ids.
    pub fn about(&mut self, ids: Vec<String>) {
        self.persons = ids;
    }

    /// Nothing is left out.
    pub fn is_whole(&self) -> bool {
        *self == Filter::default()
    }

    pub fn sees(&self, clue: &Clue) -> bool {
        let within =
            |wanted: &[String], has: Option<&str>| wanted.is_empty() || has.is_some_and(|has| wanted.iter().any(|w| w == has));
        within(&self.relations, Some(&clue.rule))
            && within(&self.rules, Some(&clue.rule))
            && within(&self.areas, clue.area.as_deref())
            && within(&self.agencies, clue.agency.as_deref())
            && within(&self.levels, Some(&clue.level))
            && within(&self.persons, clue.person.as_deref())
            && self.due_before.is_none_or(|before| due(clue).is_some_and(|due| due < before))
    }

    /// Rows have nothing of a clue, so a filter by more than the relation sees none.
    pub fn sees_rows_of(&self, relation: &str) -> bool {
        let by_relation = Filter { relations: self.relations.clone(), ..Filter::default() };
        *self == by_relation && (self.relations.is_empty() || self.relations.iter().any(|name| name == relation))
    }

    /// The change as this reader sees it; `None` if nothing of it shows.
    pub fn change<'a>(&self, delta: &'a ClueDelta) -> Option<Seen<'a>> {
        let held = delta.was.as_deref().filter(|was| was.machine != Machine::Withdrawn && self.sees(was));
        let holds = Some(&*delta.clue).filter(|clue| clue.machine != Machine::Withdrawn && self.sees(clue));
        // What it was before a gap in its life, if that was inside too.
        let before_gap = delta.was.as_deref().filter(|was| self.sees(was));
        match (held, holds) {
            (Some(was), Some(clue)) => Some(Seen { op: delta.op, clue, was: Some(was) }),
            (Some(was), None) if delta.op == ClueOp::Withdraw => {
                Some(Seen { op: ClueOp::Withdraw, clue: &delta.clue, was: Some(was) })
            }
            (Some(was), None) => Some(Seen { op: ClueOp::Withdraw, clue: was, was: Some(was) }),
            (None, Some(clue)) if delta.op == ClueOp::Change => Some(Seen { op: ClueOp::Open, clue, was: None }),
            (None, Some(clue)) => Some(Seen { op: delta.op, clue, was: before_gap }),
            (None, None) => None,
        }
    }
}

/// The rules that there are, or were: who asks for one of earlier rules gets its last withdrawals.
fn rules(view: &View) -> BTreeSet<&str> {
    view.clues.rules()
}

/// What can be followed: rules, and the outputs that there are, or were as far back as anybody can resume.
fn relations(view: &View) -> BTreeSet<&str> {
    let outputs = view.program.output_ids().into_iter().map(|id| view.program.relation(id).name.as_str());
    outputs.chain(view.feed.gone()).chain(rules(view)).collect()
}

/// The day at which a clue is due.
fn due(clue: &Clue) -> Option<i64> {
    match clue.due {
        Some(Value::Date(day)) => Some(day),
        Some(Value::Datetime(us)) => day_of_datetime(us),
        Some(_) | None => None,
    }
}

fn day(values: &[String]) -> Result<Option<i64>, Said> {
    match values {
        [] => Ok(None),
        [text] => parse_date(text).map(Some).map_err(|_| Said::new("YYYY-MM-DD", "YYYY-MM-DD")),
        [_, ..] => Err(Said::new("give it once", "只能给出一次")),
    }
}

fn only_levels() -> Said {
    Said::new(format!("one of {}", LEVELS.join(", ")), "应为 violation（违法）、hint（提示）、quality（数据质量）之一")
}

fn only_codes() -> Said {
    Said::new(
        "the code of an agency as kind:code, for example police:640299-01; kinds: court, police, prison, justice, procuratorate",
        "应为机关代码，写作 类别:代码，例如 police:640299-01；类别：court、police、prison、justice、procuratorate",
    )
}

fn only_areas() -> Said {
    Said::new(
        "an area as clues carry it, for example 640299; to have all areas leave the field out",
        "应为线索所载的区划代码，例如 640299；不限地区的请不写此项",
    )
}

fn only_ids() -> Said {
    Said::new(
        "the id that answers carry in person, never an identity number; POST /v1/clues/query finds the clues of a number, and they \
         show the id",
        "应为各项应答中 person 所示的编号，不得填写身份证号码；用 POST /v1/clues/query 可按号码查找线索，其中载有该编号",
    )
}

/// What to say if one of the given names is none of the known ones. The name itself is not repeated: it could be somebody's.
fn unknown(given: &[String], known: &BTreeSet<&str>) -> Option<Said> {
    given.iter().find(|name| !known.contains(name.as_str()))?;
    let known: Vec<&str> = known.iter().copied().collect();
    Some(Said::new(format!("known are: {}", known.join(", ")), format!("可用的有：{}", known.join("、"))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::security::{Names, Secret};
    use crate::types::{CaseState, Epoch, RelId, Row};
    use std::sync::Arc;

    fn clue(area: &str, machine: Machine) -> Arc<Clue> {
        Arc::new(Clue {
            id: Names::new(&Secret::new([1; 32])).clue("r", &Row::new(Vec::new())),
            relation: RelId(0),
            rule: "r".to_string(),
            title: String::new(),
            person: None,
            agency: None,
            area: Some(area.to_string()),
            level: String::new(),
            basis: String::new(),
            due: None,
            reason: String::new(),
            columns: Vec::new(),
            evidence: 1,
            machine,
            state: CaseState::New,
            opened: Epoch(1),
            changed: Epoch(1),
            person_key: None,
        })
    }

    fn seen(
        filter: &Filter,
        op: ClueOp,
        now: (&str, Machine),
        was: Option<(&str, Machine)>,
    ) -> Option<(ClueOp, String, Option<String>)> {
        let delta = ClueDelta { op, clue: clue(now.0, now.1), was: was.map(|(area, machine)| clue(area, machine)) };
        let area = |clue: &Clue| clue.area.clone().unwrap_or_default();
        filter.change(&delta).map(|seen| (seen.op, area(seen.clue), seen.was.map(area)))
    }

    #[test]
    fn moving_in_opens_and_moving_out_withdraws_without_showing_the_other_side() {
        use {ClueOp::*, Machine as M};
        let here = Filter { areas: vec!["here".to_string()], ..Filter::default() };
        let (a, b) = ("here".to_string(), Some("here".to_string()));
        for (op, now, was, want) in [
            (Open, ("here", M::Open), None, Some((Open, a.clone(), None))),
            (Open, ("there", M::Open), None, None),
            (Change, ("here", M::Changed), Some(("here", M::Open)), Some((Change, a.clone(), b.clone()))),
            (Change, ("here", M::Changed), Some(("there", M::Open)), Some((Open, a.clone(), None))),
            (Change, ("there", M::Changed), Some(("here", M::Open)), Some((Withdraw, a.clone(), b.clone()))),
            (Change, ("there", M::Changed), Some(("there", M::Open)), None),
            (Withdraw, ("here", M::Withdrawn), Some(("here", M::Open)), Some((Withdraw, a.clone(), b.clone()))),
            (Withdraw, ("there", M::Withdrawn), Some(("there", M::Open)), None),
            (Reopen, ("here", M::Reopened), Some(("here", M::Withdrawn)), Some((Reopen, a.clone(), b.clone()))),
            (Reopen, ("here", M::Reopened), Some(("there", M::Withdrawn)), Some((Reopen, a.clone(), None))),
            (Reopen, ("there", M::Reopened), Some(("here", M::Withdrawn)), None),
        ] {
            assert_eq!(seen(&here, op, now, was), want, "{op:?} {now:?} {was:?}");
        }
        let all = Filter::default();
        assert_eq!(seen(&all, Change, ("there", M::Changed), Some(("here", M::Open))), Some((Change, "there".to_string(), b)));
        assert!(all.is_whole() && !here.is_whole() && all.sees_rows_of("x") && !here.sees_rows_of("x"));
    }
}
