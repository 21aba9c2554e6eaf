//! The condition of an `#if`: whole numbers, `defined(X)`, and the operators of C. A name that stands for nothing is 0.

use super::Places;
use super::expand::expand;
use super::macros::Macros;
use super::pieces::{Piece, PieceKind, pieces};

/// Parentheses and operators before a value, at most.
const DEEP: usize = 64;

/// `None` if it cannot be read.
pub(super) fn holds(condition: &str, macros: &Macros) -> Option<bool> {
    let mut text = String::new();
    if !expand(&with_defined(condition, macros), (0, macros.line()), macros, &mut text, &mut Places::default()).is_empty() {
        return None;
    }
    let tokens: Vec<Piece<'_>> = pieces(&text).filter(|piece| piece.kind != PieceKind::Blank).collect();
    let mut reader = Reader { tokens: &tokens, at: 0 };
    let value = reader.binary(0, DEEP)?;
    (reader.at == tokens.len()).then_some(value != 0)
}

/// `defined X` and `defined(X)` as 1 or 0, before anything is replaced.
fn with_defined(condition: &str, macros: &Macros) -> String {
    let (mut out, mut waiting) = (String::new(), false);
    for piece in pieces(condition) {
        match piece.kind {
            PieceKind::Name if piece.text == "defined" => waiting = true,
            PieceKind::Name if waiting => {
                out.push_str(if macros.knows(piece.text) { "1" } else { "0" });
                waiting = false;
            }
            _ => out.push_str(piece.text),
        }
    }
    out
}

struct Reader<'t> {
    tokens: &'t [Piece<'t>],
    at: usize,
}

/// Each line binds tighter than the one before.
const OPERATORS: [&[&str]; 6] = [&["||"], &["&&"], &["==", "!="], &["<=", ">=", "<", ">"], &["+", "-"], &["*", "/", "%"]];

impl Reader<'_> {
    fn take(&mut self, symbol: &str) -> bool {
        let fits = symbol
            .chars()
            .enumerate()
            .all(|(i, c)| self.tokens.get(self.at + i).is_some_and(|t| t.text.starts_with(c) && t.text.len() == 1));
        if fits {
            self.at += symbol.len();
        }
        fits
    }

    fn binary(&mut self, level: usize, deep: usize) -> Option<i64> {
        let Some(symbols) = OPERATORS.get(level) else { return self.unary(deep) };
        let mut left = self.binary(level + 1, deep)?;
        while let Some(symbol) = symbols.iter().find(|symbol| self.take(symbol)) {
            let right = self.binary(level + 1, deep)?;
            left = match *symbol {
                "||" => i64::from(left != 0 || right != 0),
                "&&" => i64::from(left != 0 && right != 0),
                "==" => i64::from(left == right),
                "!=" => i64::from(left != right),
                "<=" => i64::from(left <= right),
                ">=" => i64::from(left >= right),
                "<" => i64::from(left < right),
                ">" => i64::from(left > right),
                "+" => left.wrapping_add(right),
                "-" => left.wrapping_sub(right),
                "*" => left.wrapping_mul(right),
                "/" => left.checked_div(right)?,
                _ => left.checked_rem(right)?,
            };
        }
        Some(left)
    }

    fn unary(&mut self, deep: usize) -> Option<i64> {
        let deep = deep.checked_sub(1)?;
        if self.take("!") {
            return Some(i64::from(self.unary(deep)? == 0));
        }
        if self.take("-") {
            return Some(self.unary(deep)?.wrapping_neg());
        }
        if self.take("(") {
            let value = self.binary(0, deep)?;
            return self.take(")").then_some(value);
        }
        let token = self.tokens.get(self.at)?;
        self.at += 1;
        match token.kind {
            PieceKind::Number => {
                let digits = token.text.trim_end_matches(['u', 'U', 'l', 'L']);
                let (digits, base) = match digits.strip_prefix("0x") {
                    Some(digits) => (digits, 16),
                    None if digits.len() > 1 && digits.starts_with('0') => (digits, 8),
                    None => (digits, 10),
                };
                i64::from_str_radix(digits, base).ok()
            }
            PieceKind::Name => Some(0),
            PieceKind::Text | PieceKind::Blank | PieceKind::Other => None,
        }
    }
}
