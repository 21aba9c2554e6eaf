//! [`Pieces`]: many changes on their way out, written one after the other and cut into texts of bounded length.
//!
//! Promises: nothing is made before it is asked for, so that a reader holds one piece whatever the size of what it reads; which piece is
//! the last is known with it.

use crate::limits::{PIECE_BYTES, PIECE_CHANGES};
use serde_json::Value as Json;
use std::iter::Peekable;

pub struct Pieces<I: Iterator<Item = Json>> {
    from: Peekable<I>,
}

/// Changes as the members of a JSON list, without its brackets.
pub struct Piece {
    pub changes: String,
    /// There are others behind it.
    pub more: bool,
}

impl<I: Iterator<Item = Json>> Pieces<I> {
    pub fn of(changes: I) -> Pieces<I> {
        Pieces { from: changes.peekable() }
    }
}

impl<I: Iterator<Item = Json>> Iterator for Pieces<I> {
    type Item = Piece;

    fn next(&mut self) -> Option<Piece> {
        let mut changes = self.from.next()?.to_string();
        for _ in 1..PIECE_CHANGES {
            if changes.len() >= PIECE_BYTES {
                break;
            }
            let Some(next) = self.from.next() else { break };
            changes.push(',');
            changes.push_str(&next.to_string());
        }
        Some(Piece { changes, more: self.from.peek().is_some() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lengths(changes: impl Iterator<Item = Json>) -> Vec<(usize, bool)> {
        let count = |piece: Piece| {
            let list: Vec<Json> = serde_json::from_str(&format!("[{}]", piece.changes)).unwrap();
            (list.len(), piece.more)
        };
        Pieces::of(changes).map(count).collect()
    }

    #[test]
    fn a_piece_is_full_or_the_last() {
        let many = |n: usize| (0..n).map(Json::from);
        assert_eq!(lengths(many(0)), []);
        assert_eq!(lengths(many(1)), [(1, false)]);
        assert_eq!(lengths(many(PIECE_CHANGES)), [(PIECE_CHANGES, false)]);
        assert_eq!(lengths(many(PIECE_CHANGES + 1)), [(PIECE_CHANGES, true), (1, false)]);
    }

    #[test]
    fn long_changes_make_short_pieces() {
        let long = || Json::from("x".repeat(PIECE_BYTES / 2));
        assert_eq!(lengths([long(), long(), long(), Json::from(1)].into_iter()), [(2, true), (2, false)]);
    }

    #[test]
    fn nothing_is_made_before_it_is_asked_for() {
        let made = std::cell::Cell::new(0);
        let count = |n: usize| {
            made.set(made.get() + 1);
            Json::from(n)
        };
        let mut pieces = Pieces::of((0..10 * PIECE_CHANGES).map(count));
        pieces.next();
        assert_eq!(made.get(), PIECE_CHANGES + 1);
    }
}
