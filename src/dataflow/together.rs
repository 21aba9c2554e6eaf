//! [`follow_together`]: the nodes of a stage side by side on several threads, for an epoch with so many rows that it pays, such as the first
//! one of a start or a bulk load.
//!
//! A node is evaluated as soon as all that it reads is settled: evaluated, or known not to have changed. It sees what it would see if all
//! were evaluated one after the other, so what comes out is the same. Rows that nobody reads any more are indexed and let go meanwhile.

use super::halt::Stopped;
use super::line::Context;
use super::outer::{InFlight, Rows, Step};
use super::stages::Stages;
use super::updates::Delta;
use crate::points::{self, Point};
use std::any::Any;
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::thread;

/// What is evaluated, and by how many.
pub struct Turn<'a> {
    pub stages: &'a Stages,
    pub stage: usize,
    pub context: &'a Context,
    pub threads: usize,
    pub flight: &'a mut InFlight,
}

/// What became of the nodes of a stage.
#[derive(Default)]
pub struct Moved {
    /// Those that have a change.
    pub changed: Vec<usize>,
    /// Those whose index still has to merge.
    pub merging: Vec<usize>,
}

/// Evaluates the nodes of a stage that are due.
pub fn follow_together(steps: &mut [Step], rows: &mut [Rows], turn: Turn<'_>) -> Moved {
    let Turn { stages, stage, context, threads, flight } = turn;
    let places = Places::of(stages, stage);
    let crew = Crew {
        steps: steps.iter_mut().map(Mutex::new).collect(),
        rows: rows.iter_mut().map(RwLock::new).collect(),
        board: Mutex::new(Board::new(&places, flight)),
        places: &places,
        context,
        news: Condvar::new(),
    };
    thread::scope(|scope| {
        for _ in 1..threads {
            // Without a further thread this one does it alone.
            let further = thread::Builder::new().name("evaluation".to_string());
            let _ = further.spawn_scoped(scope, || {
                crew.caught(|| {
                    context.halt.measure_thread();
                    points::pass(Point::Further);
                });
                crew.work();
            });
        }
        crew.work();
    });
    let board = crew.board.into_inner().unwrap_or_else(PoisonError::into_inner);
    match board.panic {
        Some(panic) => resume_unwind(panic),
        None => board.moved,
    }
}

/// Who reads whom in a stage.
struct Places<'a> {
    stages: &'a Stages,
    stage: usize,
    /// Of each node of the stage those that it reads, each once.
    sources: Vec<Vec<usize>>,
    /// Nobody looks rows up in it, or reads it, behind this stage.
    indexed: BTreeSet<usize>,
    let_go: BTreeSet<usize>,
}

impl<'a> Places<'a> {
    fn of(stages: &'a Stages, stage: usize) -> Places<'a> {
        let mut sources = vec![Vec::new(); stages.of.len()];
        for (at, readers) in stages.readers.iter().enumerate() {
            readers.iter().filter(|reader| stages.of[**reader] == stage).for_each(|reader| sources[*reader].push(at));
        }
        let of_stage = |lists: &[Vec<usize>]| {
            let here = lists.iter().enumerate().filter(|(at, _)| stages.of[*at] == stage);
            here.flat_map(|(_, list)| list.iter().copied()).collect()
        };
        Places { stages, stage, sources, indexed: of_stage(&stages.indexed_by), let_go: of_stage(&stages.let_go_by) }
    }

    fn is_here(&self, at: usize) -> bool {
        self.stages.of[at] == self.stage
    }

    /// The nodes of the stage that read a node.
    fn readers(&self, at: usize) -> impl Iterator<Item = usize> {
        self.stages.readers[at].iter().copied().filter(|reader| self.is_here(*reader))
    }
}

/// What is to be done next.
#[derive(Clone, Copy)]
enum Task {
    /// A node is evaluated.
    Evaluate(usize),
    /// The rows of a node were read by all of this stage.
    Rest(usize),
}

/// What is done and what is not.
struct Board<'a> {
    flight: &'a mut InFlight,
    ready: Vec<Task>,
    /// Tasks that somebody is at.
    running: usize,
    /// Of each node of the stage how many that it reads are not settled.
    unsettled: Vec<usize>,
    /// Of each node how many of the stage have still to read it.
    unread: Vec<usize>,
    moved: Moved,
    /// What ended a thread, and with it all of them.
    panic: Option<Box<dyn Any + Send>>,
}

impl<'a> Board<'a> {
    fn new(places: &Places, flight: &'a mut InFlight) -> Board<'a> {
        let nodes = places.sources.len();
        let unsettled = places.sources.iter().map(|sources| sources.iter().filter(|at| places.is_here(**at)).count()).collect();
        let unread = (0..nodes).map(|at| places.readers(at).count()).collect();
        let mut board = Board { flight, ready: Vec::new(), running: 0, unsettled, unread, moved: Moved::default(), panic: None };
        let first = (0..nodes).filter(|at| places.is_here(*at) && board.unsettled[*at] == 0).collect();
        board.reach(first, places);
        board
    }

    /// All that these nodes read is settled.
    fn reach(&mut self, mut nodes: Vec<usize>, places: &Places) {
        while let Some(at) = nodes.pop() {
            if self.flight.due.remove(&(places.stage, at)) {
                self.ready.push(Task::Evaluate(at));
            } else {
                nodes.extend(self.settle(at, places));
            }
        }
    }

    /// A node has read what it reads, and its own change is known. Which others wait for nothing more?
    fn settle(&mut self, at: usize, places: &Places) -> Vec<usize> {
        for source in &places.sources[at] {
            self.unread[*source] -= 1;
            if self.unread[*source] == 0 && (places.indexed.contains(source) || places.let_go.contains(source)) {
                self.ready.push(Task::Rest(*source));
            }
        }
        let mut reached = Vec::new();
        for reader in places.readers(at) {
            self.unsettled[reader] -= 1;
            if self.unsettled[reader] == 0 {
                reached.push(reader);
            }
        }
        reached
    }

    fn evaluated(&mut self, at: usize, changed: bool, merging: bool, places: &Places) {
        if changed {
            let stages = places.stages;
            self.flight.due.extend(stages.readers[at].iter().map(|reader| (stages.of[*reader], *reader)));
            self.moved.changed.push(at);
        }
        self.moved.merging.extend(merging.then_some(at));
        let reached = self.settle(at, places);
        self.reach(reached, places);
    }
}

struct Crew<'a> {
    steps: Vec<Mutex<&'a mut Step>>,
    rows: Vec<RwLock<&'a mut Rows>>,
    places: &'a Places<'a>,
    context: &'a Context,
    board: Mutex<Board<'a>>,
    /// There is more to do, or nothing any more.
    news: Condvar,
}

/// Whoever panicked is told of by the board.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<'a> Crew<'a> {
    /// Takes part until all is done.
    fn work(&self) {
        while let Some(task) = self.next() {
            // All of it: a task that is not told to be over would be waited for.
            self.caught(|| {
                points::pass(Point::Task);
                match task {
                    Task::Evaluate(at) => self.evaluate(at),
                    Task::Rest(at) => self.rest(at),
                }
                self.context.halt.account();
            });
            locked(&self.board).running -= 1;
            self.news.notify_all();
        }
    }

    /// A panic ends all of them; it is told at once, whatever the others are at.
    fn caught(&self, part: impl FnOnce()) {
        let Err(panic) = catch_unwind(AssertUnwindSafe(part)) else { return };
        if !panic.is::<Stopped>() {
            self.context.halt.broke();
        }
        locked(&self.board).panic.get_or_insert(panic);
    }

    fn next(&self) -> Option<Task> {
        let mut board = locked(&self.board);
        loop {
            if board.panic.is_some() {
                return None;
            }
            if let Some(task) = board.ready.pop() {
                board.running += 1;
                return Some(task);
            }
            if board.running == 0 {
                return None;
            }
            board = self.news.wait(board).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn evaluate(&self, at: usize) {
        self.context.halt.leave_if_stopped();
        let mut step = locked(&self.steps[at]);
        let stride = self.read(at).stride;
        let change = match self.computed(at, &mut step, stride) {
            Some(change) => change,
            None => {
                let handed = step.handed_on(&mut |node| self.take(node), stride);
                locked(&self.board).flight.land(at, handed)
            }
        };
        let changed = {
            let mut rows = self.write(at);
            let changed = rows.set(change);
            if self.places.stages.readers[at].is_empty() {
                rows.let_go();
            }
            changed
        };
        let merging = step.results().is_some_and(|results| results.is_merging());
        locked(&self.board).evaluated(at, changed, merging, self.places);
    }

    fn computed(&self, at: usize, step: &mut Step, stride: usize) -> Option<Delta> {
        let sources = &self.places.sources[at];
        let rows: Vec<RwLockReadGuard<'_, &'a mut Rows>> = sources.iter().map(|source| self.read(*source)).collect();
        let row_of = |node: usize| -> &Rows { &rows[sources.binary_search(&node).expect("a step reads its sources")] };
        step.computed(&row_of, stride, self.context)
    }

    /// Only what nobody else reads is taken away, so nobody waits for a node that is being read.
    fn take(&self, node: usize) -> Delta {
        let copy = self.read(node).copy();
        copy.unwrap_or_else(|| self.write(node).take())
    }

    /// Rows that all have read stand as before from now on.
    fn rest(&self, at: usize) {
        let mut rows = self.write(at);
        let merging = self.places.indexed.contains(&at) && rows.index();
        if self.places.let_go.contains(&at) {
            rows.let_go();
        }
        locked(&self.board).moved.merging.extend(merging.then_some(at));
    }

    fn read(&self, at: usize) -> RwLockReadGuard<'_, &'a mut Rows> {
        self.rows[at].read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self, at: usize) -> RwLockWriteGuard<'_, &'a mut Rows> {
        self.rows[at].write().unwrap_or_else(PoisonError::into_inner)
    }
}
