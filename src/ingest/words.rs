//! [`Words`]: the texts that one column takes, and which of them a cell means.
//!
//! Promises: what is none of them is told with all of them, in words that follow from the rules and the place alone; never with what was
//! sent.

use super::spelling::Spelled;
use crate::program::{KnownWord, Relation};
use crate::types::Said;
use std::collections::HashMap;

pub(super) struct Words<'p> {
    known: &'p [KnownWord],
    /// As they are compared, with those that mean the same.
    compared: HashMap<String, &'p str>,
}

impl<'p> Words<'p> {
    /// `None` where the column takes any text.
    pub fn of(relation: &'p Relation, column: usize) -> Option<Words<'p>> {
        let known = relation.record.as_ref()?.words_of(column)?;
        let spellings =
            |word: &'p KnownWord| std::iter::once(&word.word).chain(&word.also).map(|text| (text, word.word.as_str()));
        let compared = known.iter().flat_map(spellings).map(|(text, word)| (KnownWord::compared(text), word)).collect();
        Some(Words { known, compared })
    }

    /// The word that a text is, if it is one.
    pub fn read(&self, text: &str) -> Option<Spelled<&'p str>> {
        match self.known.iter().find(|known| known.word == text) {
            Some(known) => Some(Spelled::Clean(&known.word)),
            None => self.compared.get(&KnownWord::compared(text)).map(|word| Spelled::Mended(*word)),
        }
    }
}

/// Why a cell was refused that held none of the words of its column; `pointer` names the column as refusals do. Rules that came later
/// may have other words: those are told that are taken now.
pub(super) fn unknown_word(relation: &Relation, pointer: &str) -> Option<Said> {
    let column = relation.column(pointer.strip_prefix("/row/")?)?;
    let known: Vec<&str> = relation.record.as_ref()?.words_of(column)?.iter().map(|known| known.word.as_str()).collect();
    let en = format!("this column takes one of these words and no other: {}", known.join(", "));
    Some(Said::new(en, format!("此列只能填写下列用语之一：{}", known.join("、"))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_a_word_in_any_width_and_nothing_else_is() {
        let word =
            |word: &str, also: &[&str]| KnownWord { word: word.to_string(), also: also.iter().map(|a| a.to_string()).collect() };
        let known = [word("penalty", &["处罚"]), word("行政拘留", &[])];
        let compared = [("penalty", "penalty"), ("处罚", "penalty"), ("行政拘留", "行政拘留")];
        let words = Words { known: &known, compared: compared.map(|(text, word)| (text.to_string(), word)).into() };
        assert_eq!(words.read("penalty"), Some(Spelled::Clean("penalty")));
        for (text, word) in [("处罚", "penalty"), ("Ｐenalty", "penalty"), ("行政\u{3000}拘留", "行政拘留")] {
            assert_eq!(words.read(text), Some(Spelled::Mended(word)), "{text}");
        }
        for text in ["行政拘溜", "拘留", "", "penalties"] {
            assert_eq!(words.read(text), None, "{text}");
        }
    }
}
