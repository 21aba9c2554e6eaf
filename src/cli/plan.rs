//! `huiyan plan PATH`: the plan of a program as indented text.

use super::{INPUT_FAULT, load, out};
use crate::types::Lang;
use std::path::PathBuf;

#[derive(clap::Args)]
pub struct PlanArgs {
    /// A pack or a program (.dl)
    path: PathBuf,
    /// Further folders to look for included files in
    #[arg(short = 'I', value_name = "DIR")]
    include: Vec<PathBuf>,
}

pub fn run(args: PlanArgs, lang: Lang) -> u8 {
    match load::program(&args.path, &args.include, load::Preprocessor::On { defined: Vec::new() }, true, lang) {
        Some(program) => out::tell(&crate::plan::print(&crate::plan::plan(&program), &program), lang),
        None => INPUT_FAULT,
    }
}
