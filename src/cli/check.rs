//! `huiyan check PATH`: every mistake of a program, or that there is none.

use super::{DONE, INPUT_FAULT, load};
use crate::types::Lang;
use std::path::PathBuf;

#[derive(clap::Args)]
pub struct CheckArgs {
    /// A pack or a program (.dl)
    path: PathBuf,
    /// Further folders to look for included files in
    #[arg(short = 'I', value_name = "DIR")]
    include: Vec<PathBuf>,
}

pub fn run(args: CheckArgs, lang: Lang) -> u8 {
    match load::program(&args.path, &args.include, lang) {
        Some(program) => {
            let (relations, rules) = (program.relations.len(), program.rules.len());
            match lang {
                Lang::En => println!("no mistakes: {relations} relations, {rules} rules"),
                Lang::Zh => println!("没有错误：{relations} 个关系，{rules} 条规则"),
            }
            DONE
        }
        None => INPUT_FAULT,
    }
}
