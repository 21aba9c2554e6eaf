//! [`Interner`]: text to word and back, shared by all threads, append-only.
//!
//! Promises: equal text has one id for the life of the process; an id once given stays valid; [`super::ABSENT_TEXT`] is never given
//! out. Ids depend on who came first, so no answer may depend on their order. It is rebuilt from live rows at each start.

use super::{ABSENT_TEXT, Kind, Value, Word, absent_word, float_of, number_of, word_of_float, word_of_number};
use hashbrown::{DefaultHashBuilder, HashTable};
use std::hash::BuildHasher;
use std::sync::{Arc, RwLock};

/// Append-only two-way map between text and ids.
#[derive(Default)]
pub struct Interner {
    inner: RwLock<Inner>,
    hasher: DefaultHashBuilder,
}

#[derive(Default)]
struct Inner {
    /// Text of id `i + 1`.
    texts: Vec<Arc<str>>,
    /// Indexes into `texts`, found by hash of the text.
    index: HashTable<u32>,
}

impl Interner {
    pub fn new() -> Interner {
        Interner::default()
    }

    /// The id of a text, given out now if it is new.
    pub fn intern(&self, text: &str) -> Word {
        let hash = self.hasher.hash_one(text);
        if let Some(id) = find(&self.read(), hash, text) {
            return id;
        }
        let mut inner = self.inner.write().unwrap_or_else(|poison| poison.into_inner());
        if let Some(id) = find(&inner, hash, text) {
            return id;
        }
        let slot = u32::try_from(inner.texts.len()).expect("fewer than 2^32 different texts");
        inner.texts.push(Arc::from(text));
        let Inner { texts, index } = &mut *inner;
        index.insert_unique(hash, slot, |&i| self.hasher.hash_one(&*texts[i as usize]));
        u64::from(slot) + 1
    }

    /// The id of a text if it was ever seen; a text never seen equals nothing in the engine.
    pub fn lookup(&self, text: &str) -> Option<Word> {
        find(&self.read(), self.hasher.hash_one(text), text)
    }

    /// The text of an id that this interner gave out. The absent id reads as empty text.
    pub fn text(&self, id: Word) -> Arc<str> {
        if id == ABSENT_TEXT {
            return Arc::from("");
        }
        self.read().texts[(id - 1) as usize].clone()
    }

    /// Order of two ids by the UTF-8 bytes of their texts; the absent one comes first, as among values.
    pub fn compare(&self, a: Word, b: Word) -> std::cmp::Ordering {
        if a == b {
            return std::cmp::Ordering::Equal;
        }
        let inner = self.read();
        let text = |id: Word| (id != ABSENT_TEXT).then(|| &*inner.texts[(id - 1) as usize]);
        text(a).cmp(&text(b))
    }

    /// How many different texts are held.
    pub fn len(&self) -> usize {
        self.read().texts.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The word of a value; `kind` says which absent word stands for [`Value::Absent`].
    pub fn encode(&self, value: &Value, kind: Kind) -> Word {
        match value {
            Value::Absent => absent_word(kind),
            Value::Number(x) | Value::Date(x) | Value::Datetime(x) => word_of_number(*x),
            Value::Unsigned(x) => *x,
            Value::Float(x) => word_of_float(x.get()),
            Value::Symbol(text) => self.intern(text),
        }
    }

    /// The value of a word of this kind. In a column that is not optional the absent word is an ordinary number: pass `optional`.
    pub fn decode(&self, word: Word, kind: Kind, optional: bool) -> Value {
        if optional && word == absent_word(kind) {
            return Value::Absent;
        }
        match kind {
            Kind::Number => Value::Number(number_of(word)),
            Kind::Unsigned => Value::Unsigned(word),
            Kind::Float => Value::float(float_of(word)),
            Kind::Symbol => Value::Symbol(self.text(word)),
            Kind::Date => Value::Date(number_of(word)),
            Kind::Datetime => Value::Datetime(number_of(word)),
        }
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, Inner> {
        self.inner.read().unwrap_or_else(|poison| poison.into_inner())
    }
}

fn find(inner: &Inner, hash: u64, text: &str) -> Option<Word> {
    inner.index.find(hash, |&i| &*inner.texts[i as usize] == text).map(|&i| u64::from(i) + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_texts_share_an_id_and_absent_is_no_text() {
        let interner = Interner::new();
        let (a, empty) = (interner.intern("吴某某"), interner.intern(""));
        assert_eq!(interner.intern("吴某某"), a);
        assert_ne!(empty, ABSENT_TEXT);
        assert_eq!(&*interner.text(a), "吴某某");
        assert_eq!(interner.lookup("never seen"), None);
        assert!(interner.compare(ABSENT_TEXT, empty).is_lt() && interner.compare(empty, a).is_lt());
        assert_eq!(interner.decode(empty, Kind::Symbol, true), Value::symbol(""));
        assert_eq!(interner.decode(ABSENT_TEXT, Kind::Symbol, true), Value::Absent);
    }
}
