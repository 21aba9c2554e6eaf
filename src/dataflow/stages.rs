//! [`Stages`]: which nodes are evaluated before a recursion and which behind it, so that a recursion takes several epochs in one go; and
//! when the change of a node has been read.

use super::outer::Step;
use crate::limits::EPOCHS_AT_ONCE;

pub struct Stages {
    /// Of each node how many recursions stand before it, one behind the other.
    pub of: Vec<usize>,
    pub last: usize,
    /// The nodes that read each, in order of evaluation.
    pub readers: Vec<Vec<usize>>,
    /// The nodes in whose rows each is the last to look something up.
    pub indexed_by: Vec<Vec<usize>>,
    /// The nodes that each is the last reader of.
    pub let_go_by: Vec<Vec<usize>>,
    /// How many epochs may be evaluated stage by stage. Where rows are looked up in two stages it is one: in the first they would stand as
    /// after all epochs when the second still needs them as before.
    pub epochs_at_once: usize,
}

impl Stages {
    /// Each step reads only those before it.
    pub fn of(steps: &[Step]) -> Stages {
        let mut of: Vec<usize> = Vec::with_capacity(steps.len());
        for step in steps {
            let before = step.sources().into_iter().map(|source| of[source]).max().unwrap_or(0);
            of.push(before + usize::from(matches!(step, Step::Export(..))));
        }
        let mut readers = vec![Vec::new(); steps.len()];
        for (at, step) in steps.iter().enumerate() {
            step.sources().into_iter().for_each(|source| readers[source].push(at));
        }
        let last = of.iter().copied().max().unwrap_or(0);
        let mut stages = Stages {
            last,
            readers: Vec::new(),
            indexed_by: vec![Vec::new(); steps.len()],
            let_go_by: vec![Vec::new(); steps.len()],
            epochs_at_once: if last == 0 { 1 } else { EPOCHS_AT_ONCE },
            of,
        };
        for (at, readers) in readers.iter_mut().enumerate() {
            readers.sort_by_key(|reader| (stages.of[*reader], *reader));
            readers.dedup();
            let looking: Vec<usize> = readers.iter().copied().filter(|reader| steps[*reader].looks_up()).collect();
            if looking.iter().any(|reader| stages.of[*reader] != stages.of[looking[0]]) {
                stages.epochs_at_once = 1;
            }
            if let Some(last) = looking.last() {
                stages.indexed_by[*last].push(at);
            }
            if let Some(last) = readers.last() {
                stages.let_go_by[*last].push(at);
            }
        }
        stages.readers = readers;
        stages
    }
}
