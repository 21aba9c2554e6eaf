//! [`ReaderName`]: what a speaker calls one of its subscriptions. It stands in URLs, so it may be nobody's number.

/// Digits in a row that could be an identity number.
const NUMBER: usize = 15;

/// A letter, then letters, digits, `-`, `_`, `.`, at most 64 in all, all ASCII; never fifteen digits in a row.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ReaderName(String);

impl ReaderName {
    pub fn parse(text: &str) -> Option<ReaderName> {
        let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        let fits = (1..=64).contains(&text.len()) && text.chars().all(good);
        let number = text.split(|c: char| !c.is_ascii_digit()).any(|digits| digits.len() >= NUMBER);
        (fits && text.starts_with(|c: char| c.is_ascii_alphabetic()) && !number).then(|| ReaderName(text.to_string()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_short_plain_and_nobodys_number() {
        for good in ["a", "evening-report", "A.b_2", &format!("d{}", "1".repeat(14)), &"x".repeat(64)] {
            assert!(ReaderName::parse(good).is_some(), "{good}");
        }
        for bad in
            ["", "1a", "-a", "a b", "a/b", "吴", "a吴", &format!("d{}", "1".repeat(15)), "p-64029919900101001X", &"x".repeat(65)]
        {
            assert!(ReaderName::parse(bad).is_none(), "{bad}");
        }
    }
}
