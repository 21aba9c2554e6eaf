//! `.record r(words="re_kind=case|penalty:处罚,…")`: the columns of text that take these words and no others.

use super::params::{Params, list};
use super::report::{Report, say};
use crate::program::{KnownWord, Relation};
use crate::syntax::{Diagnostic, Span};
use crate::types::Kind;
use std::collections::HashSet;

/// Each column once, of text; each word once in its column, in whatever width. After a colon stands what is read as the word.
pub(super) fn words(params: &Params, relation: &Relation, report: &mut Report) -> Vec<(usize, Vec<KnownWord>)> {
    let Some(param) = params.get("words") else { return Vec::new() };
    let span = param.value_span;
    let mut all: Vec<(usize, Vec<KnownWord>)> = Vec::new();
    for item in list(&param.value) {
        let Some((name, words)) = item.split_once('=') else {
            let message = say(format!("`{item}` is not `column=word|word`"), format!("`{item}` 不符合 `列=用语|用语`"));
            let help = say("for example `words=\"kind=case|penalty:处罚\"`", "例如 `words=\"kind=case|penalty:处罚\"`");
            report.add(Diagnostic::error("E0236", span, message).help(help));
            continue;
        };
        let name = name.trim();
        let Some(column) = params.find(name, span, report) else { continue };
        if relation.columns[column].kind != Kind::Symbol {
            let message = say(format!("`words` names `{name}`, which is no text"), format!("`words` 所指的 `{name}` 不是文本"));
            let help = say("leave it out: only text has words", "请去掉该列：只有文本列才有用语");
            report.add(Diagnostic::error("E0229", span, message).help(help));
        } else if all.iter().any(|(other, _)| *other == column) {
            let message = say(format!("column `{name}` stands twice in `words`"), format!("列 `{name}` 在 `words` 中重复"));
            let help = say("put its words into one list, with `|` between them", "请将其用语并为一组，以 `|` 分隔");
            report.add(Diagnostic::error("E0224", span, message).help(help));
        } else {
            all.push((column, words_of(name, words, span, report)));
        }
    }
    all
}

fn words_of(name: &str, text: &str, span: Span, report: &mut Report) -> Vec<KnownWord> {
    let mut taken: HashSet<String> = HashSet::new();
    let mut known = Vec::new();
    for group in text.split('|') {
        let mut spellings = group.split(':').map(str::trim);
        for spelling in spellings.clone() {
            if spelling.is_empty() {
                let message = say(format!("a word of `{name}` is empty"), format!("`{name}` 的用语中有一个为空"));
                let help = say(
                    "remove the `|` or `:` beside it; a column that may be without a value is declared with `?`",
                    "请删除多余的 `|` 或 `:`；可以无值的列请在类型后加 `?`",
                );
                report.add(Diagnostic::error("E0236", span, message).help(help));
            } else if !taken.insert(KnownWord::compared(spelling)) {
                let message =
                    say(format!("the word `{spelling}` of `{name}` stands twice"), format!("`{name}` 的用语 `{spelling}` 重复"));
                report.add(Diagnostic::error("E0236", span, message).help(say("remove one of them", "请删除其中一个")));
            }
        }
        let word = spellings.next().unwrap_or_default().to_string();
        known.push(KnownWord { word, also: spellings.map(str::to_string).collect() });
    }
    known
}
