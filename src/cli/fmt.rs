//! `huiyan fmt PATH…`: rule files in one layout, in place; a folder means its `.dl` files. What cannot be read stays as it is.

use super::{DONE, INPUT_FAULT, MACHINE_FAULT, out};
use crate::limits::MAX_RULE_TEXT_BYTES;
use crate::pack::Pack;
use crate::syntax::{Sources, format, render};
use crate::types::{Lang, Said};
use std::fs::OpenOptions;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
pub struct FmtArgs {
    /// Rule files, or folders of them; `-` takes standard input to standard output / 规则文件或目录，`-` 为标准输入
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// Change nothing; print the files that would change, and end with 1 if there are any / 只检查，不改动
    #[arg(long)]
    check: bool,
}

pub fn run(args: FmtArgs, lang: Lang) -> u8 {
    let (mut code, mut others) = (DONE, Vec::new());
    for path in &args.paths {
        if path.as_os_str() == "-" {
            code = code.max(standard(args.check, lang));
            continue;
        }
        let files = match files_of(path) {
            Ok(files) => files,
            Err(error) => {
                code = code.max(unreadable(path, &error, lang));
                continue;
            }
        };
        for file in files {
            match one(&file, args.check, lang) {
                Ok(true) => others.push(file),
                Ok(false) => {}
                Err(fault) => code = code.max(fault),
            }
        }
    }
    if args.check && !others.is_empty() {
        let list: String = others.iter().map(|file| format!("{}\n", file.display())).collect();
        code = code.max(out::tell(&list, lang)).max(INPUT_FAULT);
    }
    code
}

/// A file, or the rule files of a folder in the order of their names.
fn files_of(path: &Path) -> io::Result<Vec<PathBuf>> {
    if !path.is_dir() {
        return Ok(vec![path.to_path_buf()]);
    }
    let mut files = Vec::new();
    for entry in std::fs::read_dir(path)? {
        let file = entry?.path();
        if file.extension().is_some_and(|extension| extension == "dl") && file.is_file() {
            files.push(file);
        }
    }
    files.sort();
    Ok(files)
}

/// Is another layout due? Then it is written, unless it is only asked.
fn one(path: &Path, check: bool, lang: Lang) -> Result<bool, u8> {
    let text = read(std::fs::File::open(path)).map_err(|error| unreadable(path, &error, lang))?;
    let laid_out = laid_out(&sources(path, &text), lang)?;
    if laid_out == text || check {
        return Ok(laid_out != text);
    }
    replace(path, &laid_out).map_err(|error| {
        let Said { en, zh } = Said::of_io(&error);
        let path = path.display();
        eprintln!("{}", Said::new(format!("cannot write {path}: {en}"), format!("无法写入 {path}：{zh}")).get(lang));
        MACHINE_FAULT
    })?;
    Ok(true)
}

/// The file with what it includes, as far as that is there: macros may come from it.
fn sources(path: &Path, text: &str) -> Sources {
    let own = Sources::single(&path.display().to_string(), text);
    let mut sources = Pack::load(path).map_or(own.clone(), |pack| pack.sources);
    sources.files[0] = own.files[0].clone();
    sources
}

fn standard(check: bool, lang: Lang) -> u8 {
    let name = "-";
    let text = match read(Ok(io::stdin())) {
        Ok(text) => text,
        Err(error) => return unreadable(Path::new(name), &error, lang),
    };
    match laid_out(&Sources::single(name, &text), lang) {
        Ok(laid_out) if check => out::tell(if laid_out == text { "" } else { "-\n" }, lang).max(u8::from(laid_out != text)),
        Ok(laid_out) => out::tell(&laid_out, lang),
        Err(fault) => fault,
    }
}

fn laid_out(sources: &Sources, lang: Lang) -> Result<String, u8> {
    format(sources).map_err(|mistakes| {
        eprint!("{}", render(&mistakes, sources, lang));
        INPUT_FAULT
    })
}

/// A whole file, in UTF-8 and no longer than rules may be.
fn read(file: io::Result<impl Read>) -> io::Result<String> {
    let mut text = String::new();
    file?.take(MAX_RULE_TEXT_BYTES as u64 + 1).read_to_string(&mut text)?;
    if text.len() > MAX_RULE_TEXT_BYTES { Err(io::ErrorKind::FileTooLarge.into()) } else { Ok(text) }
}

/// In place, so that owner, rights and links stay. Until the file is whole, the new text stands whole beside it.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).open(path)?;
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(".fmt-part");
    let part = path.with_file_name(name);
    let mut copy = OpenOptions::new().write(true).create_new(true).open(&part)?;
    copy.write_all(text.as_bytes()).and_then(|()| copy.sync_all()).inspect_err(|_| drop(std::fs::remove_file(&part)))?;
    // From here on the part is the only whole text.
    file.write_all(text.as_bytes())?;
    file.set_len(text.len() as u64)?;
    file.sync_all()?;
    std::fs::remove_file(&part)
}

fn unreadable(path: &Path, error: &io::Error, lang: Lang) -> u8 {
    let Said { en, zh } = match error.kind() {
        io::ErrorKind::InvalidData => Said::new("it is not UTF-8", "不是 UTF-8 文本"),
        io::ErrorKind::FileTooLarge => Said::new("it is longer than rules may be", "超出规则文本的长度上限"),
        _ => Said::of_io(error),
    };
    let path = path.display();
    eprintln!("{}", Said::new(format!("cannot read {path}: {en}"), format!("无法读取 {path}：{zh}")).get(lang));
    INPUT_FAULT
}
