//! [`Filter`]: which changes a reader wants, and how they look from inside the filter.
//!
//! Promises: what a filtered reader puts together is at every position exactly what holds inside the filter. A clue that moves out is
//! withdrawn for this reader, one that moves in is opened, and no value from outside the filter is shown on the way.

use super::ask::Params;
use super::error::Problem;
use crate::clues::{Clue, ClueDelta, ClueOp, Machine};
use crate::engine::View;
use crate::types::Said;
use std::collections::BTreeSet;

/// Within one field any of the values, across fields all.
#[derive(Clone, Default, Debug)]
pub struct Filter {
    relations: Vec<String>,
    rules: Vec<String>,
    areas: Vec<String>,
    agencies: Vec<String>,
}

/// A change from inside a filter.
#[derive(Debug)]
pub struct Seen<'a> {
    pub op: ClueOp,
    pub clue: &'a Clue,
    pub was: Option<&'a Clue>,
}

impl Filter {
    pub const PARAMETERS: [&str; 4] = ["relation", "rule", "area", "agency"];

    /// From a query. A relation that nobody can subscribe to is a mistake, not an empty stream, and so is a rule that never was.
    pub fn of(params: &Params, view: &View) -> Result<Filter, Problem> {
        let filter = Filter {
            relations: params.all("relation"),
            rules: params.all("rule"),
            areas: params.all("area"),
            agencies: params.all("agency"),
        };
        let rules = rules(view);
        let outputs = view.program.output_ids().into_iter().map(|id| view.program.relation(id).name.as_str());
        for (parameter, given, known) in
            [("relation", &filter.relations, outputs.chain(rules.iter().copied()).collect()), ("rule", &filter.rules, rules)]
        {
            if let Some(said) = unknown(given, &known) {
                return Err(Problem::parameter(parameter, said));
            }
        }
        Ok(filter)
    }

    /// Nothing is left out.
    pub fn is_whole(&self) -> bool {
        self.relations.is_empty() && self.rules.is_empty() && self.areas.is_empty() && self.agencies.is_empty()
    }

    pub fn sees(&self, clue: &Clue) -> bool {
        let within =
            |wanted: &[String], has: Option<&str>| wanted.is_empty() || has.is_some_and(|has| wanted.iter().any(|w| w == has));
        within(&self.relations, Some(&clue.rule))
            && within(&self.rules, Some(&clue.rule))
            && within(&self.areas, clue.area.as_deref())
            && within(&self.agencies, clue.agency.as_deref())
    }

    /// Rows have no rule, area or agency, so a filter on one of these sees none.
    pub fn sees_rows_of(&self, relation: &str) -> bool {
        let others = self.rules.is_empty() && self.areas.is_empty() && self.agencies.is_empty();
        others && (self.relations.is_empty() || self.relations.iter().any(|name| name == relation))
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
pub fn rules(view: &View) -> BTreeSet<&str> {
    view.clues.rules()
}

/// What to say if one of the given names is none of the known ones. The name itself is not repeated: it could be somebody's.
pub fn unknown(given: &[String], known: &BTreeSet<&str>) -> Option<Said> {
    given.iter().find(|name| !known.contains(name.as_str()))?;
    let known: Vec<&str> = known.iter().copied().collect();
    Some(Said::new(format!("known are: {}", known.join(", ")), format!("可用的有：{}", known.join("、"))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::security::{Names, Secret};
    use crate::types::{Epoch, RelId, Row};
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
