//! Options that `souffle` takes and that change no answer here. They are read, so that a script that calls `souffle` goes on working, and have
//! no effect. Options that would do something else than evaluate (write a program, a profile, a proof) are not among them.

use crate::cli::usage::{self, Wrong};
use clap::{Arg, ArgAction, ArgMatches, Args, Command, Error, FromArgMatches};

/// Threads, at most.
const JOBS_MAX: u16 = 64;

/// A letter if there is one, the word, and whether a value follows.
const IGNORED: [(Option<char>, &str, bool); 9] = [
    (Some('c'), "compile", false),
    (None, "legacy", false),
    (Some('v'), "verbose", false),
    (Some('m'), "magic-transform", true),
    (None, "magic-transform-exclude", true),
    (None, "inline-exclude", true),
    (Some('z'), "disable-transformers", true),
    (Some('P'), "pragma", true),
    (Some('W'), "warn", true),
];

pub struct Ignored;

impl Args for Ignored {
    fn augment_args(command: Command) -> Command {
        let arg = |(letter, word, has_value): (Option<char>, &'static str, bool)| {
            let action = if has_value { ArgAction::Append } else { ArgAction::Count };
            let arg = Arg::new(word).long(word).action(action).hide(true);
            if let Some(letter) = letter { arg.short(letter) } else { arg }
        };
        command.args(IGNORED.map(arg))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Ignored::augment_args(command)
    }
}

impl FromArgMatches for Ignored {
    fn from_arg_matches(_: &ArgMatches) -> Result<Ignored, Error> {
        Ok(Ignored)
    }

    fn update_from_arg_matches(&mut self, _: &ArgMatches) -> Result<(), Error> {
        Ok(())
    }
}

/// A number of threads; `auto` is as many as there are processors.
pub fn jobs(text: &str) -> Result<u16, Wrong> {
    if text != "auto" {
        return usage::whole::<u16>(1..=u64::from(JOBS_MAX))(text);
    }
    let all = std::thread::available_parallelism().map_or(1, usize::from);
    Ok(u16::try_from(all).unwrap_or(JOBS_MAX).min(JOBS_MAX))
}
