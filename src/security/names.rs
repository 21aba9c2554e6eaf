//! [`Names`]: what clues and persons are called outside. Made from the data folder's key: the same after a replay, not to be guessed,
//! different in every installation.

use super::Secret;
use crate::expr::Naming;
use crate::types::{Row, Value};

/// Identity of a clue: a keyed hash over its relation and the values of its key columns.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClueId([u8; 16]);

impl ClueId {
    /// 32 hexadecimal digits in lower case, as they are printed.
    pub fn parse(text: &str) -> Option<ClueId> {
        if !is_opaque(text) {
            return None;
        }
        u128::from_str_radix(text, 16).ok().map(|number| ClueId(number.to_be_bytes()))
    }
}

impl ClueId {
    pub fn of_bytes(bytes: [u8; 16]) -> ClueId {
        ClueId(bytes)
    }

    pub fn bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl std::fmt::Display for ClueId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

impl std::fmt::Debug for ClueId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ClueId({self})")
    }
}

/// Gives clues and persons their names.
#[derive(Clone, Debug)]
pub struct Names {
    clues: Secret,
    persons: Secret,
    rows: Secret,
}

impl Names {
    pub fn new(secret: &Secret) -> Names {
        Names { clues: secret.derive("clue id"), persons: secret.derive("person id"), rows: secret.derive("clue rows") }
    }

    pub fn clue(&self, relation: &str, key: &Row) -> ClueId {
        let cells: Vec<Vec<u8>> = key.values().iter().map(cell).collect();
        let mut parts: Vec<&[u8]> = vec![relation.as_bytes()];
        parts.extend(cells.iter().map(Vec::as_slice));
        ClueId(self.clues.mac128(&parts))
    }

    /// Names as they are where there is no data folder: the same everywhere, secret nowhere.
    pub fn of_no_folder() -> Names {
        Names::new(&Secret::new([0; 32]))
    }

    /// For rules that read `clue`: they see the ids that people see.
    pub fn naming(&self) -> Naming {
        let names = self.clone();
        Naming::new(move |relation, key| names.clue(relation, key).to_string())
    }

    /// What a set of rows of one relation is known by, in value order: the same only for the same rows.
    pub fn rows<'r>(&self, rows: impl IntoIterator<Item = &'r Row>) -> [u8; 16] {
        let cells: Vec<Vec<Vec<u8>>> = rows.into_iter().map(|row| row.values().iter().map(cell).collect()).collect();
        self.rows.mac128(&cells.iter().flatten().map(Vec::as_slice).collect::<Vec<_>>())
    }

    /// What an identity number is called wherever it leaves the server.
    pub fn person(&self, number: &str) -> String {
        format!("{:032x}", u128::from_be_bytes(self.persons.mac128(&[number.as_bytes()])))
    }
}

/// Could this be the id of a clue or of a person? Never an identity number, which is shorter.
pub fn is_opaque(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

/// A value as bytes, its kind first: a date and a number of equal size are different keys. Frozen: clue ids depend on it.
fn cell(value: &Value) -> Vec<u8> {
    let (tag, body): (u8, Vec<u8>) = match value {
        Value::Absent => (0, Vec::new()),
        Value::Number(x) => (1, x.to_be_bytes().to_vec()),
        Value::Unsigned(x) => (2, x.to_be_bytes().to_vec()),
        Value::Float(x) => (3, x.get().to_bits().to_be_bytes().to_vec()),
        Value::Symbol(text) => (4, text.as_bytes().to_vec()),
        Value::Date(day) => (5, day.to_be_bytes().to_vec()),
        Value::Datetime(us) => (6, us.to_be_bytes().to_vec()),
        Value::Record(_) | Value::Adt(_) => (7, value.to_string().into_bytes()),
    };
    let mut bytes = vec![tag];
    bytes.extend(body);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(key: u8) -> Names {
        Names::new(&Secret::new([key; 32]))
    }

    #[test]
    fn a_clue_id_depends_on_relation_key_and_folder_and_reads_back() {
        let key = |v: Value| Row::new(vec![Value::symbol("police:640299-01"), v]);
        let id = names(1).clue("missing", &key(Value::Number(3)));
        assert_eq!(id, names(1).clue("missing", &key(Value::Number(3))));
        for other in [
            names(1).clue("late", &key(Value::Number(3))),
            names(1).clue("missing", &key(Value::Date(3))),
            names(1).clue("missing", &key(Value::Absent)),
            names(2).clue("missing", &key(Value::Number(3))),
        ] {
            assert_ne!(id, other);
        }
        assert_eq!(ClueId::parse(&id.to_string()), Some(id));
        for bad in [
            "",
            "0",
            &id.to_string().to_uppercase().replace(|c: char| c.is_ascii_digit(), "A"),
            "+0000000000000000000000000000000",
        ] {
            assert_eq!(ClueId::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_person_id_is_not_the_number() {
        let id = names(1).person("640299199001010017");
        assert_eq!(id.len(), 32);
        assert_ne!(id, names(2).person("640299199001010017"));
        assert_ne!(id, names(1).person("640299199001010018"));
    }
}
