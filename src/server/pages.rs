//! [`Pages`]: where the next page of a list of rows begins. The place is a row, which may be personal, so it stays here and the reader
//! gets a token that means nothing.

use super::error::Problem;
use crate::limits::PAGES_REMEMBERED;
use crate::types::{Row, Said};
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
    pub fn place(&self, token: &str, list: &str) -> Result<Place, Problem> {
        self.find(token, list).ok_or_else(|| gone(is_token(token)))
    }

    fn find(&self, token: &str, list: &str) -> Option<Place> {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let known = inner.places.iter().rev().find(|(known, _, _)| known == token);
        known.filter(|(_, of, _)| of == list).map(|(_, _, place)| place.clone())
    }
}

/// Why a page cannot be told: it is no more, or (`form` false) never was one.
pub fn gone(form: bool) -> Problem {
    if form {
        return Problem::new("page-expired");
    }
    let said =
        Said::new("this is no page of a list; take it from next, as it stands there", "这不是列表的分页；请原样使用 next 中的值");
    Problem::parameter("page", said)
}

/// Does it look like a token that was given out?
fn is_token(token: &str) -> bool {
    token.len() == 32 && token.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
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
