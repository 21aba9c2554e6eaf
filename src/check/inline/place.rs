//! Which relation stays in its place where writing out comes to too much: its rules must be sound by themselves, for then it means the same.

use super::super::rules::Checked;
use super::Definitions;
use crate::program::{Literal, Rule};
use crate::syntax::Span;
use crate::types::RelId;
use std::collections::BTreeSet;

/// Of what the rules at these places read, however indirectly, the relation with the most rules that may stay; of several the first.
pub(super) fn largest(rules: &[Span], definitions: &Definitions, checked: &Checked) -> Option<RelId> {
    let loose = loose_relations(definitions, checked);
    let all = checked.rules.iter().chain(&checked.subsumptions);
    let mut open: Vec<RelId> = all.filter(|rule| rules.contains(&rule.span)).flat_map(|rule| read(&rule.body)).collect();
    let mut met = BTreeSet::new();
    while let Some(id) = open.pop() {
        let Some(own) = definitions.get(&id).filter(|_| met.insert(id)) else { continue };
        open.extend(own.iter().flat_map(|definition| read(&definition.body)));
    }
    let may_stay = met.into_iter().filter(|id| definitions.contains_key(id) && !loose.contains(id));
    may_stay.min_by_key(|id| std::cmp::Reverse(definitions[id].len()))
}

/// Relations of which some rule leaves a variable without a value, or leaves it to such a relation.
fn loose_relations(definitions: &Definitions, checked: &Checked) -> BTreeSet<RelId> {
    let mut loose = BTreeSet::new();
    loop {
        let before = loose.len();
        for rule in checked.rules.iter().filter(|rule| definitions.contains_key(&rule.head)) {
            let (body, places): (Vec<Literal>, Vec<Span>) = rule
                .body
                .iter()
                .zip(&rule.places)
                .filter(|(literal, _)| !matches!(literal, Literal::Atom(atom) if loose.contains(&atom.relation)))
                .map(|(literal, place)| (literal.clone(), *place))
                .unzip();
            let alone = Rule { places, body, ..rule.clone() };
            if !loose.contains(&rule.head) && super::loose(&alone, &alone.places, &[]).is_some() {
                loose.insert(rule.head);
            }
        }
        if loose.len() == before {
            return loose;
        }
    }
}

fn read(body: &[Literal]) -> impl Iterator<Item = RelId> {
    body.iter().filter_map(|literal| match literal {
        Literal::Atom(atom) | Literal::Not(atom) => Some(atom.relation),
        _ => None,
    })
}
