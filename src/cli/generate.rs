//! `huiyan generate DIR`: synthetic data as agencies would send it, with the truth beside it.

use super::{INPUT_FAULT, MACHINE_FAULT, out, usage};
use crate::demo::{self, Kinds, Order, Size};
use crate::types::{Lang, Said};
use std::path::PathBuf;

#[derive(clap::Args)]
pub struct GenerateArgs {
    /// An empty folder to write into: DIR/<day>/<agency>/<relation>.csv, and DIR/truth.csv / 写入的空文件夹
    dir: PathBuf,
    /// About how many records for each county: some 320 are planted whatever this says, and some 3,600 rows of coverage, which agencies
    /// send as they go, are written besides; with `--rules all` some 1,500, the reports of whoever is in correction, and 12,800 /
    /// 每县记录数（约），另有约 320 条埋设的记录和约 3600 行覆盖范围，均与此无关；`--rules all` 时约 1500 条、矫正对象的报告和约 12800 行
    #[arg(long, default_value_t = 7_000, value_parser = usage::whole::<u32>(0..=20_000_000))]
    records: u32,
    /// The same seed writes the same county / 随机种子
    #[arg(long, default_value_t = 1, value_parser = usage::whole::<u64>(0..=u64::MAX))]
    seed: u64,
    /// One county, a prefecture of ten, or a province of a hundred, each county with agencies of its own / 一个县、一个市（十县）或者一个省（百县）
    #[arg(long, value_enum, default_value_t = SizeArg::County)]
    size: SizeArg,
    /// What is planted: the twelve kinds of the demo, or something for each rule of the catalogue / 埋设的内容：演示的十二类，或者目录中的每条规则
    #[arg(long, value_enum, default_value_t = RulesArg::Demo)]
    rules: RulesArg,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum SizeArg {
    County,
    Prefecture,
    Province,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum RulesArg {
    Demo,
    All,
}

impl GenerateArgs {
    fn order(&self) -> Order {
        let size = match self.size {
            SizeArg::County => Size::County,
            SizeArg::Prefecture => Size::Prefecture,
            SizeArg::Province => Size::Province,
        };
        let kinds = match self.rules {
            RulesArg::Demo => Kinds::Twelve,
            RulesArg::All => Kinds::All,
        };
        Order { records: self.records as usize, seed: self.seed, size, kinds }
    }
}

pub fn run(args: GenerateArgs, lang: Lang) -> u8 {
    if std::fs::read_dir(&args.dir).is_ok_and(|mut entries| entries.next().is_some()) {
        let said = Said::new(
            format!("{} is not empty: two counties in one folder would not fit one truth", args.dir.display()),
            format!("{} 不是空目录：一个目录只能存放一个县的数据", args.dir.display()),
        );
        eprintln!("{}", said.get(lang));
        return INPUT_FAULT;
    }
    let written = match demo::write(demo::counties(&args.order()), &args.dir) {
        Ok(written) => written,
        Err(error) => {
            let (dir, Said { en, zh }) = (args.dir.display(), Said::of_io(&error));
            eprintln!("{}", Said::new(format!("cannot write into {dir}: {en}"), format!("无法写入 {dir}：{zh}")).get(lang));
            return MACHINE_FAULT;
        }
    };
    let (rows, clues) = (written.rows, written.intervals);
    let done = Said::new(
        format!("{rows} rows, {clues} clue intervals in {}/truth.csv\n", args.dir.display()),
        format!("{rows} 行，{clues} 个线索区间见 {}/truth.csv\n", args.dir.display()),
    );
    out::tell(done.get(lang), lang)
}
