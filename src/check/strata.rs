//! Order of evaluation: relations that depend on each other form one stratum; strata follow what they depend on, and otherwise the
//! order of declaration. Negation or aggregation inside a stratum has no meaning and is an error that names the circle.

use super::report::{Report, say};
use super::schema::Schema;
use crate::program::{Rule, Stratum};
use crate::syntax::{Diagnostic, Span};
use crate::types::{RelId, RuleIx};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Steps of a circle that are told.
const STEPS_TOLD: usize = 8;

/// `head` reads `on`.
pub(super) struct Edge {
    pub head: RelId,
    pub on: RelId,
    pub how: How,
    pub span: Span,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    Positive,
    Negated,
    Aggregated,
}

/// Reports negations and aggregates within a circle.
pub(super) fn circles(schema: &Schema, edges: &[Edge], report: &mut Report) {
    let component = components(&reads(schema, edges));
    for edge in edges {
        if edge.how != How::Positive && !report.is_full() && component[edge.head.index()] == component[edge.on.index()] {
            report.add(circle(edge, edges, &component, schema));
        }
    }
}

/// Of each relation the number of the circle that it stands in, or of itself.
pub(super) fn components_of(schema: &Schema, edges: &[Edge]) -> Vec<usize> {
    components(&reads(schema, edges))
}

/// Of each relation those that its rules read.
fn reads(schema: &Schema, edges: &[Edge]) -> Vec<BTreeSet<usize>> {
    let mut reads: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); schema.relations.len()];
    for edge in edges {
        reads[edge.head.index()].insert(edge.on.index());
    }
    reads
}

/// `refined`: relations of which not all rows are kept, with rules or without.
pub(super) fn strata(schema: &Schema, rules: &[Rule], refined: &BTreeSet<RelId>, edges: &[Edge]) -> Vec<Stratum> {
    let count = schema.relations.len();
    let reads = reads(schema, edges);
    let component = components(&reads);
    let mut of_relation: Vec<Vec<RuleIx>> = vec![Vec::new(); count];
    for (index, rule) in rules.iter().enumerate() {
        of_relation[rule.head.index()].push(RuleIx(index as u32));
    }
    in_order(&reads, &component)
        .into_iter()
        .filter_map(|members| {
            let mut of_rules: Vec<RuleIx> = members.iter().flat_map(|i| of_relation[*i].iter().copied()).collect();
            of_rules.sort_unstable();
            if of_rules.is_empty() && !members.iter().any(|i| refined.contains(&RelId(*i as u32))) {
                return None;
            }
            let recursive = members.len() > 1 || reads[members[0]].contains(&members[0]);
            Some(Stratum { relations: members.iter().map(|i| RelId(*i as u32)).collect(), rules: of_rules, recursive })
        })
        .collect()
}

/// The number of the strongly connected component of each node (Tarjan, with a stack of its own: a chain of relations may be long).
pub(super) fn components(reads: &[BTreeSet<usize>]) -> Vec<usize> {
    const NEW: usize = usize::MAX;
    let count = reads.len();
    let next: Vec<Vec<usize>> = reads.iter().map(|to| to.iter().copied().collect()).collect();
    let (mut index, mut low, mut component) = (vec![NEW; count], vec![0; count], vec![NEW; count]);
    let (mut open, mut clock, mut found) = (Vec::new(), 0, 0);
    for root in 0..count {
        if index[root] != NEW {
            continue;
        }
        let mut walk = vec![(root, 0)];
        while let Some((node, step)) = walk.pop() {
            if step == 0 {
                (index[node], low[node]) = (clock, clock);
                clock += 1;
                open.push(node);
            }
            if let Some(&to) = next[node].get(step) {
                walk.push((node, step + 1));
                if index[to] == NEW {
                    walk.push((to, 0));
                } else if component[to] == NEW {
                    low[node] = low[node].min(index[to]);
                }
                continue;
            }
            if low[node] == index[node] {
                while let Some(member) = open.pop() {
                    component[member] = found;
                    if member == node {
                        break;
                    }
                }
                found += 1;
            }
            if let Some((parent, _)) = walk.last() {
                low[*parent] = low[*parent].min(low[node]);
            }
        }
    }
    component
}

/// Components after what they read; of those that are ready, the one whose first member is declared first.
fn in_order(reads: &[BTreeSet<usize>], component: &[usize]) -> Vec<Vec<usize>> {
    let mut members: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (node, of) in component.iter().enumerate() {
        members.entry(*of).or_default().push(node);
    }
    let mut waits: BTreeMap<usize, BTreeSet<usize>> = members.keys().map(|of| (*of, BTreeSet::new())).collect();
    let mut wakes: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    for (node, to) in reads.iter().enumerate() {
        for on in to {
            let (of, on) = (component[node], component[*on]);
            if of != on {
                waits.entry(of).or_default().insert(on);
                wakes.entry(on).or_default().insert(of);
            }
        }
    }
    let mut ready: BTreeSet<(usize, usize)> =
        waits.iter().filter(|(_, on)| on.is_empty()).map(|(of, _)| (members[of][0], *of)).collect();
    let mut order = Vec::new();
    while let Some((_, of)) = ready.pop_first() {
        for woken in wakes.remove(&of).unwrap_or_default() {
            let on = waits.entry(woken).or_default();
            on.remove(&of);
            if on.is_empty() {
                ready.insert((members[&woken][0], woken));
            }
        }
        order.extend(members.remove(&of));
    }
    order
}

fn circle(edge: &Edge, edges: &[Edge], component: &[usize], schema: &Schema) -> Diagnostic {
    let name = |id: RelId| format!("`{}`", schema.relation(id).name);
    let back = path(edge.on, edge.head, edges, component);
    let (how_en, how_zh) = match edge.how {
        How::Negated => ("negates", "否定"),
        How::Aggregated => ("aggregates over", "聚合"),
        How::Positive => ("needs", "依赖"),
    };
    let (head, on) = (name(edge.head), name(edge.on));
    let mut en = format!(
        "{head} depends on itself through {}: {head} {how_en} {on}",
        if edge.how == How::Negated { "a negation" } else { "an aggregate" }
    );
    let mut zh = format!("{head} 经由{}依赖自身：{head} {how_zh} {on}", if edge.how == How::Negated { "否定" } else { "聚合" });
    let told = &back[..back.len().min(STEPS_TOLD)];
    for step in told {
        en.push_str(&format!(", {} needs {}", name(step.head), name(step.on)));
        zh.push_str(&format!("，{} 依赖 {}", name(step.head), name(step.on)));
    }
    if told.len() < back.len() {
        let left = back.len() - told.len();
        en.push_str(&format!(", and so on, {left} steps more"));
        zh.push_str(&format!("，等等，还有 {left} 步"));
    }
    let mut d = Diagnostic::error("E0304", edge.span, say(en, zh));
    for step in told {
        let (from, to) = (name(step.head), name(step.on));
        d = d.also(step.span, say(format!("{from} needs {to}"), format!("{from} 依赖 {to}")));
    }
    d.help(say(
        "break the circle: negate or aggregate over a relation that does not depend on this one",
        "请打破循环：只对不依赖本关系的关系做否定或聚合",
    ))
}

/// A shortest way of reading from one relation to another inside their component.
fn path<'a>(from: RelId, to: RelId, edges: &'a [Edge], component: &[usize]) -> Vec<&'a Edge> {
    let mut of_head: BTreeMap<RelId, Vec<&Edge>> = BTreeMap::new();
    for edge in edges.iter().filter(|edge| component[edge.on.index()] == component[edge.head.index()]) {
        of_head.entry(edge.head).or_default().push(edge);
    }
    let mut came: BTreeMap<RelId, &Edge> = BTreeMap::new();
    let mut queue = VecDeque::from([from]);
    while let Some(at) = queue.pop_front() {
        if at == to {
            break;
        }
        for edge in of_head.get(&at).into_iter().flatten() {
            if edge.on != from && !came.contains_key(&edge.on) {
                came.insert(edge.on, edge);
                queue.push_back(edge.on);
            }
        }
    }
    let mut steps = Vec::new();
    let mut at = to;
    while at != from {
        let Some(edge) = came.get(&at) else { break };
        steps.push(*edge);
        at = edge.head;
    }
    steps.reverse();
    steps
}
