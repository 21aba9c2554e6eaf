//! Values of number and text tokens.

use super::ast::NumberValue;
use super::complaint::{self, Sink};
use super::source::Span;

/// The value of a number token; 0 when it has none (which is reported).
pub(super) fn number(text: &str, span: Span, sink: &mut Sink) -> NumberValue {
    read_number(text).unwrap_or_else(|fault| {
        sink.push(match fault {
            NumberFault::Form => complaint::malformed_number(span, text),
            NumberFault::Range => complaint::number_out_of_range(span),
        });
        NumberValue::Integer(0)
    })
}

enum NumberFault {
    Form,
    Range,
}

fn read_number(text: &str) -> Result<NumberValue, NumberFault> {
    if text.contains('.') {
        let parts: Vec<&str> = text.split('.').collect();
        return match parts.as_slice() {
            [whole, fraction] if is_decimal(whole) && is_decimal(fraction) => read_float(text),
            [_, _, _, _] if parts.iter().all(|part| is_decimal(part)) => read_address(&parts),
            _ => Err(NumberFault::Form),
        };
    }
    let (digits, unsigned) = match text.strip_suffix('u') {
        Some(digits) => (digits, true),
        None => (text, false),
    };
    let value = read_integer(digits)?;
    Ok(if unsigned { NumberValue::Unsigned(value) } else { NumberValue::Integer(value) })
}

fn is_decimal(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

fn read_float(text: &str) -> Result<NumberValue, NumberFault> {
    match text.parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(NumberValue::Float(value)),
        Ok(_) => Err(NumberFault::Range),
        Err(_) => Err(NumberFault::Form),
    }
}

fn read_address(parts: &[&str]) -> Result<NumberValue, NumberFault> {
    let mut value = 0;
    for part in parts {
        let byte: u8 = part.parse().map_err(|_| NumberFault::Range)?;
        value = value << 8 | u64::from(byte);
    }
    Ok(NumberValue::Integer(value))
}

fn read_integer(digits: &str) -> Result<u64, NumberFault> {
    let (digits, radix) = match digits.get(..2) {
        Some("0x") => (&digits[2..], 16),
        Some("0b") => (&digits[2..], 2),
        _ => (digits, 10),
    };
    if digits.is_empty() || !digits.chars().all(|c| c.is_digit(radix)) {
        return Err(NumberFault::Form);
    }
    u64::from_str_radix(digits, radix).map_err(|_| NumberFault::Range)
}

/// The value of a text token, quotes taken off and escapes resolved. What has no meaning is reported and left out.
pub(super) fn text(token: &str, span: Span, sink: &mut Sink) -> String {
    let (opening, inner) = strip_quotes(token);
    let mut value = String::with_capacity(inner.len());
    let mut chars = inner.char_indices();
    while let Some((at, c)) = chars.next() {
        if c != '\\' {
            value.push(c);
            continue;
        }
        let Some((_, escaped)) = chars.next() else { break };
        match unescape(escaped) {
            Some(c) => value.push(c),
            None => {
                let start = span.start + (opening + at) as u32;
                let place = Span { start, end: start + 1 + escaped.len_utf8() as u32, ..span };
                sink.push(complaint::unknown_escape(place, escaped));
            }
        }
    }
    value
}

/// The length of the opening quote, and what stands between the quotes.
fn strip_quotes(token: &str) -> (usize, &str) {
    let (open, close) = if token.starts_with('“') { ('“', '”') } else { ('"', '"') };
    let rest = token.strip_prefix(open).unwrap_or(token);
    (token.len() - rest.len(), rest.strip_suffix(close).unwrap_or(rest))
}

fn unescape(c: char) -> Option<char> {
    Some(match c {
        '"' | '\'' | '\\' => c,
        'a' => '\u{7}',
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\u{b}',
        _ => return None,
    })
}

/// A text as it is written: quotes around it, what cannot stand in it escaped.
pub(super) fn write_text(value: &str, out: &mut String) {
    out.push('"');
    for c in value.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{b}' => out.push_str("\\v"),
            _ => out.push(c),
        }
    }
    out.push('"');
}

/// A number as it is written.
pub(super) fn write_number(value: NumberValue, out: &mut String) {
    match value {
        NumberValue::Integer(value) => out.push_str(&value.to_string()),
        NumberValue::Unsigned(value) => {
            out.push_str(&value.to_string());
            out.push('u');
        }
        NumberValue::Float(value) => {
            // Display never writes an exponent, which the language does not have.
            let text = value.to_string();
            out.push_str(&text);
            if !text.contains('.') {
                out.push_str(".0");
            }
        }
    }
}
