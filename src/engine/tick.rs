//! Moving the clock: an entry for each stop on the way, so that every deadline opens on its own day.

use super::commit::Engine;
use super::failure::Failure;
use super::queue::ClockReply;
use super::walk::{Clocks, midnight, shown_by_wall, steps, until_next, value_at};
use super::{ClockMode, ClockTarget, EngineError};
use crate::limits::{CLOCK_GROUP, CLOCK_LOOK_US};
use crate::points::{self, Point};
use crate::security::Agency;
use crate::storage::bytes_at_most;
use crate::storage::entry::{EntryBody, NetChange};
use crate::types::{DAY_MAX, DAY_MIN, Value};
use std::time::Duration;

/// How far a clock got.
enum Walked {
    There,
    /// Stopped on the way, at a stop that is in the journal.
    NoRoom,
}

impl Engine {
    /// What `POST /clock` asks for.
    pub fn move_clock(&mut self, to: ClockTarget, reply: ClockReply) -> Result<(), Failure> {
        match self.stops(to) {
            Err(error) => reply(Err(error)),
            Ok(stops) => match self.walk(&stops) {
                Ok(Walked::There) => reply(Ok(self.world.shared.read().epoch)),
                Ok(Walked::NoRoom) => reply(Err(EngineError::DiskFull)),
                Err(failure) => {
                    reply(Err(EngineError::WriteFailed));
                    return Err(failure);
                }
            },
        }
        Ok(())
    }

    fn stops(&self, to: ClockTarget) -> Result<Vec<i64>, EngineError> {
        if self.mode == ClockMode::Wall {
            return Err(EngineError::WallClock);
        }
        let to = match to {
            ClockTarget::Day(day) if (DAY_MIN..=DAY_MAX).contains(&day) => midnight(day),
            ClockTarget::Day(_) => return Err(EngineError::ClockRange),
            ClockTarget::Instant(instant) => instant,
        };
        steps(self.clocks(), self.instant().ok_or(EngineError::NoClock)?, to)
    }

    /// On a wall clock: what the wall has passed since the last look. It never goes back.
    pub fn catch_up(&mut self) -> Result<(), Failure> {
        let (ClockMode::Wall, Some(now)) = (self.mode, self.instant()) else { return Ok(()) };
        let wall = shown_by_wall(self.clocks(), self.wall.now_us());
        if wall <= now {
            return Ok(());
        }
        match steps(self.clocks(), now, wall) {
            // On a full disk the clock stands still until there is room; the next look tries again.
            Ok(stops) => self.walk(&stops).map(|_| ()),
            Err(error) => {
                // Nothing to do about a wall that is a century off but to say so; the next look may find it mended.
                tracing::error!(%error, "the clock of this machine is too far ahead of the journal; the rules' clock stands still");
                Ok(())
            }
        }
    }

    /// How long the engine may wait for requests before it has to look at the wall again.
    pub fn patience(&self) -> Duration {
        let until = match (self.mode, self.clocks()) {
            (ClockMode::Manual(_), _) | (ClockMode::Wall, Clocks::None) => 60 * CLOCK_LOOK_US,
            (ClockMode::Wall, clocks) => until_next(clocks, self.wall.now_us()).clamp(1, CLOCK_LOOK_US),
        };
        Duration::from_micros(until.unsigned_abs())
    }

    fn walk(&mut self, stops: &[i64]) -> Result<Walked, Failure> {
        for group in stops.chunks(CLOCK_GROUP) {
            let bodies = self.stops_as_changes(group)?;
            if !self.has_room(bodies.iter().map(bytes_at_most).sum()) {
                return Ok(Walked::NoRoom);
            }
            points::pass(Point::Clock);
            self.commit(bodies)?;
        }
        Ok(Walked::There)
    }

    fn stops_as_changes(&self, stops: &[i64]) -> Result<Vec<EntryBody>, Failure> {
        let view = self.world.shared.read();
        let mut shown = view.now.clone();
        let mut bodies = Vec::new();
        for stop in stops {
            let mut changes = Vec::new();
            for (id, value) in &mut shown {
                let relation = view.program.relation(*id);
                let next = value_at(relation.columns[0].kind, *stop).ok_or(Failure::WallClock)?;
                if next != *value {
                    changes.push(clock_change(&relation.name, false, value.clone()));
                    changes.push(clock_change(&relation.name, true, next.clone()));
                    *value = next;
                }
            }
            bodies.push(EntryBody::Clock(changes));
        }
        Ok(bodies)
    }
}

/// A row of a clock that comes or goes.
pub fn clock_change(relation: &str, insert: bool, value: Value) -> NetChange {
    NetChange {
        relation: relation.to_string(),
        insert,
        row: vec![value],
        personal: vec![false],
        asserter: Agency::operator().as_str().to_string(),
        line: 0,
        source: None,
        repaired: Vec::new(),
    }
}
