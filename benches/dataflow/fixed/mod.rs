//! What a good engineer writes by hand in Rust for the same programs: differential dataflow over tuples of u64, one program compiled for
//! each, arrangements shared where two joins read one, total-order operators outside recursion.

mod classic;
mod supervision;

use crate::contestant::{Contestant, Seen};
use crate::workloads::{Changes, Workload};
use differential_dataflow::VecCollection;
use differential_dataflow::input::InputSession;
use huiyan::types::{Interner, Word};
use std::cell::Cell;
use std::rc::Rc;
use timely::dataflow::{ProbeHandle, Scope};
use timely::worker::Worker;

/// Rows fed between two steps of a large epoch.
const ROWS_PER_STEP: usize = 65_536;

/// An input, whatever its tuples.
trait Input {
    fn update(&mut self, row: &[Word], diff: isize);
    fn arity(&self) -> usize;
    fn flush(&mut self);
    fn advance_to(&mut self, time: u64);
}

/// A row of words as the tuple of a program.
trait Tuple:
    Ord + Clone + std::fmt::Debug + std::hash::Hash + Send + Sync + serde::Serialize + serde::de::DeserializeOwned + 'static
{
    const ARITY: usize;
    fn of(row: &[Word]) -> Self;
}

struct Session<D: Tuple>(InputSession<u64, D, isize>);

impl<D: Tuple> Input for Session<D> {
    fn update(&mut self, row: &[Word], diff: isize) {
        self.0.update(D::of(row), diff);
    }

    fn arity(&self) -> usize {
        D::ARITY
    }

    fn flush(&mut self) {
        self.0.flush();
    }

    fn advance_to(&mut self, time: u64) {
        self.0.advance_to(time);
    }
}

macro_rules! tuples {
    ($($arity:literal: $($at:literal $of:ty),+;)*) => {
        $(impl Tuple for ($($of,)+) {
            const ARITY: usize = $arity;
            #[inline(always)]
            fn of(row: &[Word]) -> Self {
                ($(row[$at],)+)
            }
        })*
    };
}

tuples! {
    1: 0 u64;
    2: 0 u64, 1 u64;
    3: 0 u64, 1 u64, 2 u64;
    4: 0 u64, 1 u64, 2 u64, 3 u64;
    5: 0 u64, 1 u64, 2 u64, 3 u64, 4 u64;
    6: 0 u64, 1 u64, 2 u64, 3 u64, 4 u64, 5 u64;
}

/// A dataflow under construction: its inputs in the order of the workload, and its outputs.
struct Building {
    inputs: Vec<Box<dyn Input>>,
    probe: ProbeHandle<u64>,
    seen: Rc<Cell<Seen>>,
}

impl Building {
    fn input<'s, D: Tuple>(&mut self, scope: Scope<'s, u64>) -> VecCollection<'s, u64, D, isize> {
        let mut session = InputSession::new();
        let rows = session.to_collection(scope);
        self.inputs.push(Box::new(Session(session)));
        rows
    }

    fn output<'s, D: Clone + 'static, const N: usize>(
        &self,
        number: u64,
        rows: VecCollection<'s, u64, D, isize>,
        words: impl Fn(&D) -> [Word; N] + 'static,
    ) {
        let seen = self.seen.clone();
        let see = move |(row, _time, diff): &(D, u64, isize)| {
            let mut all = seen.get();
            all.add(number, &words(row), *diff as i64);
            seen.set(all);
        };
        rows.inspect(see).probe_with(&self.probe);
    }
}

struct Fixed<'w> {
    worker: &'w mut Worker,
    building: Building,
    time: u64,
}

impl Contestant for Fixed<'_> {
    fn submit(&mut self, changes: Vec<Changes>) {
        for part in changes {
            let arity = self.building.inputs[part.relation].arity();
            for (i, diff) in part.diffs.iter().enumerate() {
                self.building.inputs[part.relation].update(&part.words[i * arity..(i + 1) * arity], *diff as isize);
                if (i + 1).is_multiple_of(ROWS_PER_STEP) {
                    self.building.inputs[part.relation].flush();
                    self.worker.step();
                }
            }
        }
        self.time += 1;
        self.building.inputs.iter_mut().for_each(|input| input.advance_to(self.time));
    }

    fn settle(&mut self) {
        self.building.inputs.iter_mut().for_each(|input| input.flush());
        while self.building.probe.less_than(&self.time) {
            self.worker.step();
        }
    }

    fn rest(&mut self) {
        (0..1_000).for_each(|_| {
            self.worker.step();
        });
    }

    fn seen(&self) -> Seen {
        self.building.seen.get()
    }
}

/// Builds the program of the workload and hands it to `measure`.
pub fn run<R: Send + 'static>(
    workload: Workload,
    texts: &Interner,
    measure: impl FnOnce(Workload, &mut dyn Contestant) -> R + Send + Sync + 'static,
) -> R {
    let names = ["probation", "procuratorate"].map(|text| texts.intern(text));
    timely::execute_directly(move |worker| {
        let building = worker.dataflow(|scope| {
            let mut building = Building { inputs: Vec::new(), probe: ProbeHandle::new(), seen: Rc::default() };
            match workload.name.as_str() {
                "reach" => classic::reach(scope, &mut building),
                "tc" | "tcu" => classic::closure(scope, &mut building),
                "andersen" => classic::andersen(scope, &mut building),
                _ => supervision::build(scope, &mut building, names),
            }
            building
        });
        measure(workload, &mut Fixed { worker, building, time: 0 })
    })
}
