//! A history under other rules, beside itself: the same entries go into two worlds, one with the rules that they were recorded under, one
//! with another pack, and both are told epoch by epoch.
//!
//! Promises: records are as they were accepted then, nothing is judged again; what the other rules cannot take is told. The other pack
//! brings its own data in place of those of the packs of the history, and stays in force to the end.

use super::Package;
use super::derived::Derived;
use super::failure::Failure;
use super::fitting::Fitting;
use super::install::refused_row;
use super::recover::{Published, Replay, Survey};
use super::replay::{Moment, Past, Retelling, Retold};
use super::rules::Rules;
use crate::security::Agency;
use crate::storage::entry::{Batch, Entry, EntryBody, Install, NetChange};
use crate::storage::{Recorded, Schema};
use crate::types::Said;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::rc::Rc;
use std::sync::Arc;

/// What comparing has to say in the end.
pub struct Compared {
    pub recorded: Retelling,
    /// Why the other rules stand still, if they do.
    pub suspended: Option<String>,
    /// Relations and rows that the other rules do not take.
    pub notes: Vec<Said>,
}

/// Moments of one world that the other has not reached.
type Line = Rc<RefCell<VecDeque<Moment>>>;

impl Retold {
    /// Evaluates a past under its own rules and under those of a package; both moments of an epoch are shown together.
    pub fn beside(
        &self,
        past: Past<'_>,
        package: Package,
        mut visit: impl FnMut(&Moment, &Moment) -> ControlFlow<()>,
    ) -> Result<Compared, Failure> {
        let (recorded, other) = (Line::default(), Line::default());
        let mut others = Others::begin(self, package, other.clone())?;
        let Past { reading, survey, world, shared } = past;
        let mut replay = Replay::new(world, survey, 0).telling(into(&recorded));
        let mut pairs = || -> Result<(), Failure> {
            loop {
                let (mut recorded, mut other) = (recorded.borrow_mut(), other.borrow_mut());
                if recorded.is_empty() || other.is_empty() {
                    return Ok(());
                }
                let (Some(one), Some(two)) = (recorded.pop_front(), other.pop_front()) else { return Ok(()) };
                if visit(&one, &two).is_break() {
                    return Err(Failure::Stopped);
                }
            }
        };
        let read = reading.entries(|recorded: Recorded| {
            others.entry(&recorded)?;
            replay.entry(recorded)?;
            pairs()
        });
        let read = read.and_then(|_| replay.flush()).and_then(|()| others.replay.flush()).and_then(|()| pairs());
        let recorded = Past::end(replay, &shared, read)?;
        Ok(Compared { recorded, suspended: others.replay.world.suspended.clone(), notes: others.fitting.said() })
    }
}

fn into<'t>(line: &Line) -> super::recover::Told<'t> {
    let line = line.clone();
    Some(Box::new(move |published: &Published| {
        line.borrow_mut().push_back(Moment::of(published));
        Ok(())
    }))
}

/// The world of the other rules.
struct Others<'t> {
    replay: Replay<'t>,
    rules: Rules,
    schema: Arc<Schema>,
    fitting: Fitting,
    /// Until the history begins.
    package: Option<Package>,
}

impl<'t> Others<'t> {
    fn begin(retold: &Retold, package: Package, line: Line) -> Result<Others<'t>, Failure> {
        let rules = Rules::of_text(&package.files).map_err(Failure::Rules)?;
        let (world, _) = retold.world(Derived::none())?;
        let replay = Replay::new(world, Survey::default(), 0).telling(into(&line));
        let (schema, fitting) = (Arc::new(rules.schema()), Fitting::new(rules.clone()));
        Ok(Others { replay, rules, schema, fitting, package: Some(package) })
    }

    /// The entry as these rules take it. Each epoch of the history is one here.
    fn entry(&mut self, Recorded { entry, schema, chain, done, total }: &Recorded) -> Result<(), Failure> {
        if self.replay.is_settled() {
            self.fitting.settled();
        }
        let own = match self.package.take() {
            Some(package) => Some(self.install(package)?),
            None => None,
        };
        let changes: &[NetChange] = match &entry.body {
            EntryBody::Install(install) => &install.changes,
            EntryBody::Batch(batch) => &batch.changes,
            EntryBody::Clock(changes) => changes,
            EntryBody::Verdict(_) | EntryBody::Suspended { .. } | EntryBody::Resumed => &[],
        };
        let fitted = {
            let view = self.replay.world.shared.read();
            self.fitting.fit(schema, changes, &view.records)
        };
        let body = match (own, &entry.body) {
            (Some(mut install), _) => {
                install.changes.extend(fitted);
                EntryBody::Install(install)
            }
            (None, EntryBody::Batch(batch)) => EntryBody::Batch(Batch { changes: fitted, ..batch.clone() }),
            (None, EntryBody::Verdict(verdict)) => EntryBody::Verdict(verdict.clone()),
            (None, EntryBody::Install(_) | EntryBody::Clock(_) | EntryBody::Suspended { .. } | EntryBody::Resumed) => {
                EntryBody::Clock(fitted)
            }
        };
        let entry = Entry { epoch: entry.epoch, wall_us: entry.wall_us, body };
        let schema = self.schema.clone();
        self.replay.entry(Recorded { entry, schema, chain: *chain, done: *done, total: *total })
    }

    /// The other pack as it would have been installed on an empty folder.
    fn install(&mut self, package: Package) -> Result<Install, Failure> {
        let world = &mut self.replay.world;
        world.take_rules(&self.rules)?;
        let draft = world.shared.read().records.judge_pack(&Agency::pack(&package.name), &package.data);
        if let Some((number, fault)) = draft.faults().next() {
            return Err(refused_row(&self.rules, &package, number, fault.code));
        }
        let Package { name: pack, version, hash, files, .. } = package;
        let speaker = Agency::operator().as_str().to_string();
        Ok(Install { speaker, pack, version, hash, files, changes: draft.changes })
    }
}
