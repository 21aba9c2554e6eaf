//! [`Fault`]: why a line is refused in view of what is there. The codes are those of the door; they are kept for ever.

pub const NOT_WRITABLE: &str = "not-writable";
pub const WRONG_KIND: &str = "wrong-kind";
pub const RESERVED_VALUE: &str = "reserved-value";
pub const NOT_YOURSELF: &str = "not-yourself";
pub const KEY_PRESENT: &str = "key-present";
pub const KEY_TWICE: &str = "key-twice";
pub const FOREIGN_OWNER: &str = "foreign-owner";
pub const ABSENT: &str = "absent";
pub const ROW_DIFFERS: &str = "row-differs";
pub const NO_KEY: &str = "no-key";

/// Holds no value of the line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Fault {
    pub code: &'static str,
    /// The column it is about, if one.
    pub column: Option<usize>,
}

impl Fault {
    pub(super) fn line(code: &'static str) -> Fault {
        Fault { code, column: None }
    }

    pub(super) fn column(code: &'static str, column: usize) -> Fault {
        Fault { code, column: Some(column) }
    }
}
