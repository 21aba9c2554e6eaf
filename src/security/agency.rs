//! [`Agency`]: who is speaking, `kind:code` in ASCII.

/// The kinds of agency.
pub const KINDS: [&str; 7] = ["court", "police", "prison", "justice", "procuratorate", "operator", "pack"];

/// A speaker, checked: a known kind, and a code of 1 to 64 of `A-Z a-z 0-9 - _ .`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Agency(String);

impl Agency {
    pub fn parse(text: &str) -> Option<Agency> {
        let (kind, code) = text.split_once(':')?;
        let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        let fits = (1..=64).contains(&code.len()) && code.chars().all(good);
        (KINDS.contains(&kind) && fits).then(|| Agency(text.to_string()))
    }

    /// `operator:local`, which may write everything.
    pub fn operator() -> Agency {
        Agency("operator:local".to_string())
    }

    /// `pack:NAME`, which asserts the data of a pack.
    pub fn pack(name: &str) -> Agency {
        Agency(format!("pack:{name}"))
    }

    pub fn kind(&self) -> &str {
        self.0.split(':').next().unwrap_or("")
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The operator or a pack: no office, and in no list of them.
    pub fn is_ours(&self) -> bool {
        self.is_operator() || self.kind() == "pack"
    }

    /// May it say what becomes of clues, and see what concerns other agencies?
    pub fn may_judge(&self) -> bool {
        self.is_operator() || self.kind() == "procuratorate"
    }

    pub fn is_operator(&self) -> bool {
        self.kind() == "operator"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_known_kinds_and_plain_codes_are_agencies() {
        for good in ["police:640299-01", "operator:local", "court:x"] {
            assert!(Agency::parse(good).is_some(), "{good}");
        }
        for bad in ["police", "police:", "army:1", "police:a b", "police:吴", ""] {
            assert!(Agency::parse(bad).is_none(), "{bad}");
        }
        assert_eq!(
            Agency::parse(&format!("police:{}", "a".repeat(64))).map(|a| a.kind().to_string()),
            Some("police".to_string())
        );
        assert!(Agency::parse(&format!("police:{}", "a".repeat(65))).is_none());
    }
}
