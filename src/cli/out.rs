//! Standard output: what a command says to whoever called it.
//!
//! Promises: a reader that has left (`| head`) is no mistake and nothing is said of it; any other failure is one of the machine.

use super::{DONE, MACHINE_FAULT};
use crate::types::{Lang, Said};
use std::io::{self, Write};

/// Prints a text; the exit code of what becomes of it.
pub fn tell(text: &str, lang: Lang) -> u8 {
    let mut out = io::stdout().lock();
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    written.map_or_else(|error| failed(&error, lang), |()| DONE)
}

/// What to say and to end with where standard output did not take something.
pub fn failed(error: &io::Error, lang: Lang) -> u8 {
    if error.kind() == io::ErrorKind::BrokenPipe {
        return DONE;
    }
    let Said { en, zh } = Said::of_io(error);
    eprintln!("{}", Said::new(format!("cannot write standard output: {en}"), format!("无法写到标准输出：{zh}")).get(lang));
    MACHINE_FAULT
}
