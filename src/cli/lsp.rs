//! `huiyan lsp`: the language server, on standard input and output, until the editor ends it.

use super::{DONE, INPUT_FAULT, MACHINE_FAULT};
use crate::lsp::{self, End};
use crate::types::{Lang, Said};

#[derive(clap::Args)]
pub struct LspArgs {
    /// What editors add by habit; there is no other way to speak / 默认即标准输入输出
    #[arg(long)]
    stdio: bool,
}

pub fn run(args: LspArgs, lang: Lang) -> u8 {
    let LspArgs { stdio: _ } = args;
    let (code, said) = match lsp::serve(std::io::stdin(), std::io::stdout(), lang) {
        End::Asked => return DONE,
        End::Left => (INPUT_FAULT, Said::new("the editor left without a farewell", "编辑器未按协议结束便已断开")),
        End::NoHead => (
            INPUT_FAULT,
            Said::new(
                "this is no message of the language server protocol; an editor starts this command, not a person",
                "收到的不是语言服务器协议的消息；本命令由编辑器启动，不供手工输入",
            ),
        ),
        End::Failed(error) => {
            let Said { en, zh } = Said::of_io(&error);
            (MACHINE_FAULT, Said::new(format!("the editor cannot be reached: {en}"), format!("无法与编辑器通信：{zh}")))
        }
    };
    eprintln!("{}", said.get(lang));
    code
}
