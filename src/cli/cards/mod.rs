//! `huiyan cards PACK`: a page for each kind of clue, made from what the pack itself knows: who owes what to whom, by when and by which
//! article, which data it takes, and what is known to go wrong. So that a card never says other than the rules do.

mod card;
mod cases;
mod remarks;
mod text;

use super::test::TestError;
use super::{DONE, INPUT_FAULT, MACHINE_FAULT, out};
use crate::pack::Pack;
use crate::types::{Lang, Said};
use card::{Card, Source};
use cases::Case;
use std::io;
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
pub struct CardsArgs {
    /// A pack or a program (.dl)
    pack: PathBuf,
    /// Write one file for each kind of clue into this folder, and README.md with all of them / 写入文件夹
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// A page, by the name of its file.
pub struct Page {
    pub name: String,
    pub text: String,
}

/// The pages of a pack: the list of its cards, then the cards in the order of the rules.
pub fn pages(path: &Path) -> Result<Vec<Page>, TestError> {
    let pack = Pack::load(path)?;
    let (program, _) = match pack.check() {
        Ok(checked) => checked,
        Err(diagnostics) => return Err(TestError::Rules(Box::new(pack), diagnostics)),
    };
    let cases = Case::all(&path.join("cases"))?;
    let source = Source::new(&pack, &program, pack.rows(&program)?, &cases);
    let cards: Vec<Card> = program.clue_ids().filter_map(|id| source.card(id)).collect();
    let mut pages = vec![Page { name: "README.md".to_string(), text: text::index(&pack.name, &cards) }];
    pages.extend(cards.iter().map(|card| Page { name: format!("{}.md", card.relation.name), text: text::page(card) }));
    Ok(pages)
}

pub fn run(args: CardsArgs, lang: Lang) -> u8 {
    let pages = match pages(&args.pack) {
        Ok(pages) => pages,
        Err(error) => {
            eprintln!("{}", error.said(lang).trim_end());
            return INPUT_FAULT;
        }
    };
    let Some(folder) = args.out else {
        let all: Vec<&str> = pages.iter().map(|page| page.text.as_str()).collect();
        return out::tell(&all.join("\n"), lang);
    };
    match write(&folder, &pages) {
        Ok(()) => DONE,
        Err(error) => {
            let Said { en, zh } = Said::of_io(&error);
            let folder = folder.display();
            eprintln!("{}", Said::new(format!("cannot write into {folder}: {en}"), format!("无法写入 {folder}：{zh}")).get(lang));
            MACHINE_FAULT
        }
    }
}

/// Writes the pages; a file that is there already is replaced, others in the folder stay.
fn write(folder: &Path, pages: &[Page]) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    pages.iter().try_for_each(|page| std::fs::write(folder.join(&page.name), &page.text))
}
