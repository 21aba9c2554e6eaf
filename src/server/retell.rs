//! [`Teller`]: history that was evaluated again, in the very words of the stream.

use super::app::{App, Pace};
use super::filter::Filter;
use super::show;
use super::tell;
use crate::clues::{Clue, EpochChanges};
use crate::engine::EngineHandle;
use serde_json::Value as Json;
use std::io::{self, Write};

pub struct Teller {
    app: App,
    everything: Filter,
}

impl Teller {
    pub fn new(engine: EngineHandle) -> Teller {
        Teller { app: App::new(engine, true, Pace::default(), 0), everything: Filter::default() }
    }

    /// The data of the `change` event of an epoch, whole, as one line.
    pub fn line(&self, changes: &EpochChanges, out: &mut impl Write) -> io::Result<()> {
        let head = show::epoch_head(&self.app, changes).to_string();
        write!(out, "{},\"changes\":[", &head[..head.len() - 1])?;
        for (number, change) in tell::see(&self.app, &self.everything, changes).enumerate() {
            let comma = if number == 0 { "" } else { "," };
            write!(out, "{comma}{change}")?;
        }
        writeln!(out, "]}}")
    }

    /// What stands before the changes of an epoch.
    pub fn head(&self, changes: &EpochChanges) -> Json {
        show::epoch_head(&self.app, changes)
    }

    pub fn clue(&self, clue: &Clue) -> Json {
        show::clue(&self.app, clue)
    }
}
