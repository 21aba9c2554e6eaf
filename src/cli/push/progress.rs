//! How far a push is, on standard error: a bar that is drawn over itself when a terminal shows it, else a line for each step.

use crate::cli::client::{Watch, again};
use crate::types::{Lang, Said};
use std::io::{IsTerminal, Write, stderr};
use std::time::{Duration, Instant};

const BAR: usize = 24;
/// Between two drawings.
const PAUSE: Duration = Duration::from_millis(100);

pub struct Progress {
    lang: Lang,
    is_terminal: bool,
    /// Bytes of all files, of parts that are done, of the part under way.
    total: u64,
    done: u64,
    sent: u64,
    step: String,
    began: Instant,
    drawn: Option<Instant>,
}

impl Progress {
    pub fn new(total: u64, lang: Lang) -> Progress {
        let is_terminal = stderr().is_terminal();
        Progress { lang, is_terminal, total, done: 0, sent: 0, step: String::new(), began: Instant::now(), drawn: None }
    }

    /// What is under way.
    pub fn begin(&mut self, step: String) {
        self.step = step;
        self.sent = 0;
        self.draw();
    }

    /// So many bytes are done.
    pub fn done(&mut self, bytes: u64) {
        self.done += bytes;
        self.sent = 0;
        self.draw();
    }

    /// A step is over: a line of its own where nothing can be drawn over.
    pub fn line(&mut self, said: &Said) {
        if !self.is_terminal {
            eprintln!("{}", said.get(self.lang));
        }
    }

    /// Something that must stay to be read.
    pub fn say(&mut self, said: &Said) {
        self.hide();
        eprintln!("{}", said.get(self.lang));
    }

    pub fn hide(&mut self) {
        if self.drawn.take().is_some() {
            eprint!("\r\x1b[K");
        }
    }

    fn draw(&mut self) {
        if !self.is_terminal || self.drawn.is_some_and(|at| at.elapsed() < PAUSE) {
            return;
        }
        self.drawn = Some(Instant::now());
        let done = (self.done + self.sent).min(self.total);
        let share = if self.total == 0 { 1.0 } else { done as f64 / self.total as f64 };
        let filled = (share * BAR as f64) as usize;
        let pace = done as f64 / self.began.elapsed().as_secs_f64().max(0.001) / f64::from(1 << 20);
        let bar = format!("{}{}", "#".repeat(filled), ".".repeat(BAR - filled));
        eprint!("\r[{bar}] {:3.0} %  {pace:.1} MiB/s  {}\x1b[K", share * 100.0, self.step);
        // A bar that cannot be drawn is not worth a mistake.
        let _ = stderr().flush();
    }
}

impl Watch for Progress {
    fn sent(&mut self, bytes: u64) {
        self.sent = bytes;
        self.draw();
    }

    fn waits(&mut self, why: &Said, pause: Duration) {
        self.say(&again(why, pause));
    }
}
