//! What is unlikely of a cell that came in all the same, with its sentence. Nothing is refused for it: the day may come, the agency may be
//! entered.
//!
//! No sentence holds a value. Codes are kept for ever.

use crate::types::Said;

/// A day that has been lies ahead of the rules' clock, by more than clocks differ.
pub const DAY_AHEAD: &str = "day-ahead";
/// A well-formed code of an agency that is no row of `agency`.
pub const UNKNOWN_AGENCY: &str = "unknown-agency";

/// Code, English, Chinese.
pub const CODES: &[(&str, &str, &str)] = &[
    (
        DAY_AHEAD,
        "the day lies ahead of the server's, and nothing that counts from it is due before it comes; correct it if it was mistyped",
        "该日期晚于服务器的当前日期，到来之前不会据此起算；如系误填请更正",
    ),
    (
        UNKNOWN_AGENCY,
        "no agency of this code is known here, so nothing is laid at anybody's door by it; correct the code, or have the operator enter the agency",
        "机关表中没有这一代码，无法据此确定机关；请更正代码，或请管理员登记该机关",
    ),
];

pub fn said(code: &str) -> Said {
    let known = CODES.iter().find(|(name, _, _)| *name == code);
    known.map_or_else(|| Said::new(code, code), |(_, en, zh)| Said::new(*en, *zh))
}
