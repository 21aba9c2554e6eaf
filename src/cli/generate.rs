//! `huiyan generate DIR`: synthetic data as agencies would send it, with the truth beside it.

use super::{DONE, INPUT_FAULT, MACHINE_FAULT};
use crate::demo;
use crate::types::Lang;
use std::path::PathBuf;

#[derive(clap::Args)]
pub struct GenerateArgs {
    /// Folder to write into: DIR/<day>/<agency>/<relation>.csv and DIR/truth.csv
    dir: PathBuf,
    /// About how many rows, coverage not counted; what is planted does not depend on it
    #[arg(long, default_value_t = 7_000, value_parser = clap::value_parser!(u32).range(0..=20_000_000))]
    records: u32,
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

pub fn run(args: GenerateArgs, lang: Lang) -> u8 {
    if std::fs::read_dir(&args.dir).is_ok_and(|mut entries| entries.next().is_some()) {
        match lang {
            Lang::En => eprintln!("{} is not empty: two counties in one folder would not fit one truth", args.dir.display()),
            Lang::Zh => eprintln!("{} 不是空目录：一个目录只能存放一个县的数据", args.dir.display()),
        }
        return INPUT_FAULT;
    }
    let county = demo::county(args.records as usize, args.seed);
    if let Err(error) = demo::write(&county, &args.dir) {
        match lang {
            Lang::En => eprintln!("cannot write into {}: {error}", args.dir.display()),
            Lang::Zh => eprintln!("无法写入 {}：{error}", args.dir.display()),
        }
        return MACHINE_FAULT;
    }
    let (rows, clues) = (county.sent.len(), county.truth.len());
    match lang {
        Lang::En => println!("{rows} rows, {clues} clue intervals in {}/truth.csv", args.dir.display()),
        Lang::Zh => println!("{rows} 行，{clues} 个线索区间见 {}/truth.csv", args.dir.display()),
    }
    DONE
}
