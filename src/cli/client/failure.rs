//! Why a command that speaks to a server ends: a sentence and an exit code.

use crate::cli::{INPUT_FAULT, MACHINE_FAULT, USAGE};
use crate::types::{Lang, Said};

#[derive(Debug)]
pub struct Failure {
    pub code: u8,
    pub said: Said,
}

impl Failure {
    /// What was given is at fault.
    pub fn input(said: Said) -> Failure {
        Failure { code: INPUT_FAULT, said }
    }

    /// How the command was called is at fault.
    pub fn usage(said: Said) -> Failure {
        Failure { code: USAGE, said }
    }

    /// The server, the network or this machine is at fault.
    pub fn machine(said: Said) -> Failure {
        Failure { code: MACHINE_FAULT, said }
    }

    /// Says it on standard error and gives the exit code.
    pub fn tell(&self, lang: Lang) -> u8 {
        eprintln!("{}", self.said.get(lang));
        self.code
    }
}
