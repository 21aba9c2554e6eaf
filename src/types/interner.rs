//! [`Interner`]: text and structured values to words and back, shared by all threads, append-only.
//!
//! Promises: equal text has one id for the life of the process; an id once given stays valid; [`super::ABSENT_TEXT`] is never given
//! out. Ids depend on who came first, so no answer may depend on their order. It is rebuilt from live rows at each start.

use super::made;
use super::node::{Nodes, Shape, ShapeId};
use super::part::{self, Part};
use super::{ABSENT_TEXT, Kind, NIL, Value, Word, absent_word, float_of, number_of, word_of_float, word_of_number};
use hashbrown::{DefaultHashBuilder, HashTable};
use std::cmp::Ordering;
use std::hash::BuildHasher;
use std::sync::{Arc, RwLock};

/// What a text takes beside its bytes: its own head, its place, and that in the index.
const TEXT_BYTES: usize = 64;

/// Append-only two-way map between text and ids.
#[derive(Default)]
pub struct Interner {
    inner: RwLock<Inner>,
    hasher: DefaultHashBuilder,
    nodes: Nodes,
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
        self.known_or(text, || true).expect("a new text may be put")
    }

    /// The id of a text; if it is new it is given out now, or `None` where that may not be.
    #[inline]
    fn known_or(&self, text: &str, may_be_put: impl FnOnce() -> bool) -> Option<Word> {
        let hash = self.hasher.hash_one(text);
        if let Some(id) = find(&self.read(), hash, text) {
            return Some(id);
        }
        if !may_be_put() {
            return None;
        }
        let mut inner = self.inner.write().unwrap_or_else(|poison| poison.into_inner());
        Some(find(&inner, hash, text).unwrap_or_else(|| self.put(&mut inner, hash, text)))
    }

    /// The ids of many texts, of which most are new.
    pub fn intern_all(&self, many: &[&str]) -> Vec<Word> {
        let hashes: Vec<u64> = many.iter().map(|text| self.hasher.hash_one(*text)).collect();
        let mut inner = self.inner.write().unwrap_or_else(|poison| poison.into_inner());
        let put = |(text, hash): (&&str, u64)| find(&inner, hash, text).unwrap_or_else(|| self.put(&mut inner, hash, text));
        many.iter().zip(hashes).map(put).collect()
    }

    /// A text that is not there.
    fn put(&self, inner: &mut Inner, hash: u64, text: &str) -> Word {
        let slot = u32::try_from(inner.texts.len()).expect("fewer than 2^32 different texts");
        inner.texts.push(Arc::from(text));
        let Inner { texts, index } = inner;
        index.insert_unique(hash, slot, |&i| self.hasher.hash_one(&*texts[i as usize]));
        u64::from(slot) + 1
    }

    /// The id of a text that an evaluation makes; if no more may be made, that of the empty text.
    pub fn make(&self, text: &str) -> Word {
        let made = self.known_or(text, || made::take(text.len() + TEXT_BYTES));
        made.unwrap_or_else(|| self.intern(""))
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
    pub fn compare(&self, a: Word, b: Word) -> Ordering {
        if a == b {
            return Ordering::Equal;
        }
        let inner = self.read();
        let text = |id: Word| (id != ABSENT_TEXT).then(|| &*inner.texts[(id - 1) as usize]);
        text(a).cmp(&text(b))
    }

    /// Every text in the order of first sight.
    pub fn texts(&self) -> Vec<Arc<str>> {
        self.read().texts.clone()
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
            Value::Record(parts) | Value::Adt(parts) => self.encode_parts(parts),
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
            Kind::Record => Value::Record(self.decode_parts(word, kind)),
            Kind::Adt => Value::Adt(self.decode_parts(word, kind)),
        }
    }

    /// The number of a shape, given out now if it is new.
    pub fn shape(&self, shape: &Shape) -> ShapeId {
        self.nodes.shape(shape)
    }

    /// The word of the structured value of these fields, given out now if it is new.
    pub fn build(&self, shape: ShapeId, fields: &[Word]) -> Word {
        self.nodes.build(shape, fields, |_| true).unwrap_or(NIL)
    }

    /// The same for an evaluation; if no more may be made, `nil`.
    #[inline]
    pub fn make_built(&self, shape: ShapeId, fields: &[Word]) -> Word {
        self.nodes.build(shape, fields, made::take).unwrap_or(NIL)
    }

    /// How many parts a value has when it is written out, at most [`u64::MAX`]: what is held once may stand in it many times.
    pub fn parts(&self, word: Word, kind: Kind) -> u64 {
        if kind.is_structured() { self.nodes.parts(word) } else { 1 }
    }

    /// Order of two structured values, that of their parts from the outside in. What both hold is passed over.
    pub fn compare_built(&self, mut a: Word, mut b: Word) -> Ordering {
        while a != b {
            let (Some(one), Some(other)) = (self.nodes.get(a), self.nodes.get(b)) else { return (a != NIL).cmp(&(b != NIL)) };
            let (shape, other_shape) = (self.nodes.shape_of(one.shape), self.nodes.shape_of(other.shape));
            let differ = part::opening(&shape).cmp(&part::opening(&other_shape));
            if differ != Ordering::Equal {
                return differ;
            }
            // Values of one column have the same kinds where they are alike so far.
            let pairs = one.fields.iter().zip(&other.fields).zip(shape.kinds.iter());
            let Some(((x, y), kind)) = pairs.into_iter().find(|((x, y), _)| x != y) else { return Ordering::Equal };
            if !kind.is_structured() {
                return self.decode(*x, *kind, false).cmp(&self.decode(*y, *kind, false));
            }
            (a, b) = (*x, *y);
        }
        Ordering::Equal
    }

    /// The fields of a structured value, if it is of this shape; `nil` is of none.
    #[inline]
    pub fn fields(&self, word: Word, shape: ShapeId) -> Option<&[Word]> {
        self.nodes.get(word).filter(|node| node.shape == shape).map(|node| &*node.fields)
    }

    /// From the inside out, which is the order of the parts backwards.
    fn encode_parts(&self, parts: &[Part]) -> Word {
        let mut done: Vec<(Word, Kind)> = Vec::new();
        for part in parts.iter().rev() {
            let (branch, fields, kind) = match part {
                Part::Plain(value) => {
                    let kind = value.kind().unwrap_or(Kind::Number);
                    done.push((self.encode(value, kind), kind));
                    continue;
                }
                Part::Nil => {
                    done.push((NIL, Kind::Record));
                    continue;
                }
                Part::Record(fields) => (None, *fields, Kind::Record),
                Part::Branch(name, fields) => (Some(name.clone()), *fields, Kind::Adt),
            };
            let (words, kinds) = done.drain(done.len() - fields..).rev().unzip::<Word, Kind, Vec<_>, Vec<_>>();
            let shape = self.shape(&Shape { branch, kinds: kinds.into() });
            done.push((self.build(shape, &words), kind));
        }
        done.pop().map_or(NIL, |(word, _)| word)
    }

    fn decode_parts(&self, word: Word, kind: Kind) -> std::sync::Arc<[Part]> {
        let (mut parts, mut open) = (Vec::new(), vec![(word, kind)]);
        while let Some((word, kind)) = open.pop() {
            if !kind.is_structured() {
                parts.push(Part::Plain(self.decode(word, kind, false)));
                continue;
            }
            let Some(node) = self.nodes.get(word) else {
                parts.push(Part::Nil);
                continue;
            };
            let shape = self.nodes.shape_of(node.shape);
            parts.push(part::opening(&shape));
            open.extend(node.fields.iter().copied().zip(shape.kinds.iter().copied()).rev());
        }
        parts.into()
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
        let many = interner.intern_all(&["new", "", "吴某某", "new"]);
        assert_eq!(many, [interner.intern("new"), empty, a, many[0]]);
        assert_eq!(&*interner.text(many[0]), "new");
        assert_eq!(interner.intern("吴某某"), a);
        assert_ne!(empty, ABSENT_TEXT);
        assert_eq!(&*interner.text(a), "吴某某");
        assert_eq!(interner.lookup("never seen"), None);
        assert!(interner.compare(ABSENT_TEXT, empty).is_lt() && interner.compare(empty, a).is_lt());
        assert_eq!(interner.decode(empty, Kind::Symbol, true), Value::symbol(""));
        assert_eq!(interner.decode(ABSENT_TEXT, Kind::Symbol, true), Value::Absent);
    }

    #[test]
    fn equal_structures_share_a_word_and_come_back_as_they_were() {
        let interner = Interner::new();
        let record = |x: i64, rest: Value| Value::record(&[Value::Number(x), rest]);
        let branch = |name: &str, fields: &[Value]| Value::branch(name, fields);
        let list = record(1, record(2, Value::nil()));
        let tree = branch("Node", &[branch("Leaf", &[]), list.clone(), Value::symbol("a")]);
        for value in [Value::nil(), list.clone(), tree.clone(), Value::record(&[]), branch("Leaf", &[])] {
            let kind = value.kind().unwrap();
            let word = interner.encode(&value, kind);
            assert_eq!(interner.encode(&value.clone(), kind), word);
            assert_eq!(interner.decode(word, kind, false), value);
        }
        assert_eq!(interner.encode(&Value::nil(), Kind::Record), NIL);
        let same = |a: &Value, b: &Value| interner.encode(a, Kind::Record) == interner.encode(b, Kind::Record);
        assert!(!same(&record(1, Value::nil()), &record(2, Value::nil())));
        let nested = [
            Value::nil(),
            list.clone(),
            record(1, Value::nil()),
            record(1, record(2, record(0, Value::nil()))),
            record(-3, list),
        ];
        for (one, other) in nested.iter().flat_map(|one| nested.iter().map(move |other| (one, other))) {
            let word = |value: &Value| interner.encode(value, Kind::Record);
            assert_eq!(interner.compare_built(word(one), word(other)), one.cmp(other), "{one} and {other}");
        }
        // Equal words of another kind are another record.
        assert!(!same(&Value::record(&[Value::Unsigned(1)]), &Value::record(&[Value::Number(i64::MIN + 1)])));
    }

    #[test]
    fn a_list_as_long_as_a_recursion_goes_needs_no_stack() {
        let interner = Interner::new();
        let shape = interner.shape(&Shape { branch: None, kinds: [Kind::Number, Kind::Record].into() });
        let word = (0..200_000).fold(NIL, |rest, x| interner.build(shape, &[word_of_number(x), rest]));
        let value = interner.decode(word, Kind::Record, false);
        assert!(value.to_string().contains("[0, nil]]"));
        assert_eq!(interner.encode(&value, Kind::Record), word);
    }
}
