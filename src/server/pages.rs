//! [`Pages`]: where the next page of a list of rows begins. The place is a row, which may be personal, so it stays here and the reader
//! gets a token that means nothing.

use crate::limits::PAGES_REMEMBERED;
use crate::types::Row;
use std::collections::VecDeque;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, PoisonError};

/// Bounded: the oldest place is forgotten first.
#[derive(Default)]
pub struct Pages {
    inner: Mutex<Inner>,
    secret: RandomState,
}

#[derive(Default)]
struct Inner {
    given: u64,
    /// Token, list, place. The list keeps a token from being good for another one.
    places: VecDeque<(String, String, Place)>,
}

/// Where a list goes on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Place {
    /// At this place of the records of a relation.
    Slot(u64),
    /// After this row.
    After(Row),
}

impl Pages {
    pub fn remember(&self, list: &str, place: Place) -> String {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.given += 1;
        let halves = [(inner.given, 0u8), (inner.given, 1u8)].map(|half| self.secret.hash_one(half));
        let token = format!("{:016x}{:016x}", halves[0], halves[1]);
        inner.places.push_back((token.clone(), list.to_string(), place));
        if inner.places.len() > PAGES_REMEMBERED {
            inner.places.pop_front();
        }
        token
    }

    /// The place, if this token was given for this list and is still known.
    pub fn find(&self, token: &str, list: &str) -> Option<Place> {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let known = inner.places.iter().rev().find(|(known, _, _)| known == token);
        known.filter(|(_, of, _)| of == list).map(|(_, _, place)| place.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_found_for_its_list_until_it_is_the_oldest() {
        let pages = Pages::default();
        let first = pages.remember("r", Place::Slot(0));
        assert_eq!(pages.find(&first, "r"), Some(Place::Slot(0)));
        assert_eq!(pages.find(&first, "s"), None);
        for n in 1..PAGES_REMEMBERED as u64 {
            pages.remember("r", Place::Slot(n));
        }
        assert!(pages.find(&first, "r").is_some());
        pages.remember("r", Place::After(Row::new(Vec::new())));
        assert!(pages.find(&first, "r").is_none());
    }
}
