//! What no case tries: the questions of [`crate::program::probes`], put to the histories of a pack's cases.
//!
//! The cases run one after the other through one dataflow that has questions for outputs, each taken back before the next begins, so that
//! what they have in common (the pack's data, the prelude) is evaluated once. What the cases expect is not looked at here.

use super::TestError;
use super::case::Bench;
use super::table::Tables;
use crate::dataflow::{Budget, Runtime};
use crate::limits;
use crate::pack::Pack;
use crate::plan::{Output, Plan, plan};
use crate::program::Program;
use crate::program::probes::{Asks, Probe, Shown, asking, probes};
use crate::security::Names;
use crate::syntax::{Sources, Span};
use crate::types::{Epoch, Interner, Lang, RelId, Said};
use std::collections::HashSet;
use std::sync::Arc;

/// How much of the rules the cases try, and what they do not.
#[derive(Clone, Debug)]
pub struct Coverage {
    pub clauses: Tally,
    pub conditions: Tally,
    /// In the order of the text.
    pub gaps: Vec<Gap>,
}

#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Tally {
    pub all: usize,
    pub tried: usize,
}

/// What no case tries.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Gap {
    /// As the pack names it.
    pub file: String,
    pub line: usize,
    pub column: usize,
    /// Its name, or the relation that it derives.
    pub rule: String,
    /// What is asked, in one word.
    pub asks: &'static str,
    /// What it is about, as written; nothing for a rule as a whole.
    pub text: String,
    pub said: Said,
}

impl Gap {
    pub fn shown(&self, lang: Lang) -> String {
        let rule = match lang {
            Lang::En => format!("rule {}", self.rule),
            Lang::Zh => format!("规则 {}", self.rule),
        };
        format!("{}:{}:{} {rule}{}", self.file, self.line, self.column, self.said.get(lang))
    }
}

/// Puts every question about the pack's clues to these cases. A case that cannot be run to its end counts as far as it goes.
pub(super) fn of(bench: &Bench, pack: &Pack, names: &[String]) -> Result<Coverage, TestError> {
    let program = &bench.program;
    let probes = probes(program, program.clue_ids());
    let mut coverage = Coverage { clauses: Tally::default(), conditions: Tally::default(), gaps: Vec::new() };
    for some in probes.chunks(limits::PROBES_AT_ONCE) {
        let tried = tried(bench, some, names)?;
        for (probe, tried) in some.iter().zip(tried) {
            let tally = match probe.asks {
                Asks::Clause | Asks::Aggregate => &mut coverage.clauses,
                Asks::Condition | Asks::Nil { .. } | Asks::Given { .. } | Asks::Else { .. } => &mut coverage.conditions,
            };
            tally.all += 1;
            tally.tried += usize::from(tried);
            if !tried {
                coverage.gaps.push(gap(program, probe, &pack.sources));
            }
        }
    }
    Ok(coverage)
}

/// Of each probe whether its answer is yes at some moment of some case.
fn tried(bench: &Bench, probes: &[Probe], names: &[String]) -> Result<Vec<bool>, TestError> {
    let (program, ids) = asking(&bench.program, probes);
    let mut asked = Asked::new(&bench.program, Arc::new(plan(&program)), &program);
    let mut tables = Tables::new(&bench.program, asked.texts.clone());
    bench.begin(&mut tables)?;
    asked.turn(&mut tables);
    let mark = tables.mark();
    for name in names {
        let played = bench.play(name, &mut tables, |tables| asked.turn(tables));
        tables.return_to(&mark);
        asked.turn(&mut tables);
        asked.listen()?;
        // The run of the case itself says what is wrong with it.
        drop(played);
        if asked.yes.len() == ids.len() {
            break;
        }
    }
    Ok(ids.iter().map(|id| asked.yes.contains(id)).collect())
}

/// A dataflow of questions, and those that were answered with yes.
struct Asked {
    plan: Arc<Plan>,
    texts: Arc<Interner>,
    runtime: Runtime,
    epoch: Epoch,
    yes: HashSet<RelId>,
}

impl Asked {
    fn new(inputs: &Program, plan: Arc<Plan>, program: &Program) -> Asked {
        debug_assert!(inputs.relations.len() < program.relations.len());
        let texts = Arc::new(Interner::new());
        let arities = program.relations.iter().map(|relation| relation.arity()).collect();
        let budget = Budget::of_machine();
        let runtime = Runtime::start(plan.clone(), arities, texts.clone(), Names::of_no_folder().naming(), 1, budget);
        Asked { plan, texts, runtime, epoch: Epoch::ZERO, yes: HashSet::new() }
    }

    /// One epoch of what was applied.
    fn turn(&mut self, tables: &mut Tables) {
        self.epoch = self.epoch.next();
        self.runtime.submit(self.epoch, tables.take_changes(&self.plan.inputs));
    }

    fn listen(&mut self) -> Result<(), TestError> {
        for delta in self.runtime.wait(self.epoch)? {
            for output in delta.outputs {
                if let Output::Relation(id) = output.output
                    && output.diffs.iter().any(|diff| *diff > 0)
                {
                    self.yes.insert(id);
                }
            }
        }
        Ok(())
    }
}

fn gap(program: &Program, probe: &Probe, sources: &Sources) -> Gap {
    let rule = &program.rules[probe.rule.index()];
    let text = match &probe.shown {
        Shown::Text(text) => cut(text),
        Shown::Written(pieces) => {
            let mark = |negated: bool| if negated { "!" } else { "" };
            let pieces = pieces.iter().map(|(place, negated)| format!("{}{}", mark(*negated), written(*place, sources)));
            cut(&pieces.collect::<Vec<_>>().join(", "))
        }
    };
    let (asks, said) = told(program, probe.asks, &text);
    let (line, column) = sources.line_column(probe.place);
    let name = if rule.named { rule.id.clone() } else { program.relation(rule.head).name.clone() };
    Gap { file: sources.file(probe.place.file).name.clone(), line, column, rule: name, asks, text, said }
}

fn told(program: &Program, asks: Asks, text: &str) -> (&'static str, Said) {
    let name = |relation: RelId, column: usize| program.relation(relation).columns[column].name.as_str();
    match asks {
        Asks::Clause if text.is_empty() => ("clause", Said::new(" never holds", " 从未成立")),
        Asks::Clause => ("clause", Said::new(format!(": `{text}` never holds"), format!("：`{text}` 从未成立"))),
        Asks::Aggregate => {
            ("aggregate", Said::new(format!(": `{text}` never takes anything in"), format!("：`{text}` 从未计入任何内容")))
        }
        Asks::Condition => (
            "condition",
            Said::new(
                format!(": condition `{text}` is never what keeps it silent"),
                format!("：条件 `{text}` 从未单独使其不成立"),
            ),
        ),
        Asks::Nil { relation, column } => {
            let column = name(relation, column);
            (
                "nil",
                Said::new(
                    format!(": condition `{column}: nil` of `{text}` is never what keeps it silent"),
                    format!("：`{text}` 中的条件 `{column}: nil` 从未单独使其不成立"),
                ),
            )
        }
        Asks::Given { relation, column } => {
            let column = name(relation, column);
            (
                "given",
                Said::new(
                    format!(": it never holds with a value in `{column}` of `{text}`"),
                    format!("：`{text}` 的 `{column}` 有值时从未成立"),
                ),
            )
        }
        Asks::Else { relation, column } => {
            let column = name(relation, column);
            (
                "else",
                Said::new(
                    format!(": it never holds without a value in `{column}` of `{text}`"),
                    format!("：`{text}` 的 `{column}` 缺失时从未成立"),
                ),
            )
        }
    }
}

/// What stands at a place, on one line.
fn written(place: Span, sources: &Sources) -> String {
    let text = &sources.file(place.file).text;
    let text = text.get(place.start as usize..place.end as usize).unwrap_or("");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn cut(text: &str) -> String {
    let mut cut: String = text.chars().take(limits::PROBE_CHARS).collect();
    if cut.len() < text.len() {
        cut.push('…');
    }
    cut
}
