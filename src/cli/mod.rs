//! Command line: one file per subcommand, messages in the user's language, exit codes 0 done, 1 the input is at fault, 2 usage, 3 the
//! server or disk is.

pub mod cards;
mod check;
mod client;
mod clues;
mod demo;
mod fmt;
mod generate;
mod load;
mod log;
mod lsp;
mod out;
mod plan;
mod push;
mod replay;
mod run;
mod serve;
mod snapshot;
mod table;
mod tail;
pub mod test;
mod usage;
mod verify;

use crate::types::Lang;
use clap::{Parser, Subcommand};

/// The command did what it was asked.
pub const DONE: u8 = 0;
/// The input is at fault: a program, a fact file, a case.
pub const INPUT_FAULT: u8 = 1;
/// The command line cannot be understood.
pub const USAGE: u8 = 2;
/// The server or the disk is at fault.
pub const MACHINE_FAULT: u8 = 3;

#[derive(Parser)]
#[command(name = "huiyan", version, about = "慧眼: an incremental reasoning server / 增量推理服务器")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// A synthetic county lives through a year; then its clues are served / 演示
    Demo(demo::DemoArgs),
    /// Evaluate a program once, like `souffle`; then, with --updates, incrementally / 运行一个规则程序
    Run(run::RunArgs),
    /// Serve rules and records over HTTP / 启动服务
    Serve(serve::ServeArgs),
    /// Send files of records to a server / 报送数据文件
    Push(push::PushArgs),
    /// Have a server take a snapshot, and wait until it is whole / 生成快照
    Snapshot(snapshot::SnapshotArgs),
    /// Print the clues that hold on a server / 列出线索
    Clues(clues::CluesArgs),
    /// Print changes on a server as they come, until Ctrl-C / 跟踪变化
    Tail(tail::TailArgs),
    /// Evaluate the history of a data folder again and print what each epoch changed / 重演历史
    Replay(replay::ReplayArgs),
    /// Check everything in a data folder / 校验数据文件夹
    Verify(verify::VerifyArgs),
    /// Check a program or pack and show every mistake / 检查规则
    Check(check::CheckArgs),
    /// Lay out rule files in one way, comments kept / 统一规则文件的版式
    Fmt(fmt::FmtArgs),
    /// Speak with an editor over standard input and output / 语言服务器，供编辑器启动
    Lsp(lsp::LspArgs),
    /// Write a card for each kind of clue of a pack / 生成规则卡
    Cards(cards::CardsArgs),
    /// Print the plan of a program / 打印执行计划
    Plan(plan::PlanArgs),
    /// Write a synthetic county as files, with the truth beside it / 生成合成数据
    Generate(generate::GenerateArgs),
    /// Run the cases of a pack / 运行规则包的用例
    Test(test::TestArgs),
}

/// Parses the arguments, runs the command, gives the exit code.
pub fn run() -> u8 {
    let lang = Lang::of_environment(|name| std::env::var(name).ok());
    let command = match Cli::try_parse() {
        Ok(cli) => cli.command,
        Err(error) => return usage::tell(&error, lang),
    };
    match command {
        Command::Demo(args) => demo::run(args, lang),
        Command::Run(args) => run::run(args, lang),
        Command::Serve(args) => serve::run(args, lang),
        Command::Push(args) => push::run(args, lang),
        Command::Snapshot(args) => snapshot::run(args, lang),
        Command::Clues(args) => clues::run(args, lang),
        Command::Tail(args) => tail::run(args, lang),
        Command::Replay(args) => replay::run(args, lang),
        Command::Verify(args) => verify::run(args, lang),
        Command::Check(args) => check::run(args, lang),
        Command::Fmt(args) => fmt::run(args, lang),
        Command::Lsp(args) => lsp::run(args, lang),
        Command::Cards(args) => cards::run(args, lang),
        Command::Plan(args) => plan::run(args, lang),
        Command::Generate(args) => generate::run(args, lang),
        Command::Test(args) => test::run(args, lang),
    }
}
