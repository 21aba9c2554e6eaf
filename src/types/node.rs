//! [`Nodes`]: structured values as words. A node is a shape (branch, kinds of the fields) and the words of its fields, so that it can be
//! decoded without a table of types.
//!
//! Promises: equal values have one word for the life of the process; reading a node takes no lock. Words depend on who came first, so no
//! answer may depend on their order. Nodes are kept for ever, as texts are.

use super::{Kind, NIL, Word};
use hashbrown::{DefaultHashBuilder, HashTable};
use std::collections::HashMap;
use std::hash::BuildHasher;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

/// What a structured value looks like from outside.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Shape {
    /// Of a value of an algebraic type; a record has none.
    pub branch: Option<Arc<str>>,
    pub kinds: Box<[Kind]>,
}

/// The number of a [`Shape`] with one interner.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct ShapeId(u32);

impl Shape {
    pub fn kind(&self) -> Kind {
        if self.branch.is_some() { Kind::Adt } else { Kind::Record }
    }

    /// `Branch(number, symbol)`, of a record `(number, symbol)`: how expressions of checked programs carry it.
    pub fn text(&self) -> String {
        let kinds: Vec<&str> = self.kinds.iter().map(|kind| kind.name()).collect();
        format!("{}({})", self.branch.as_deref().unwrap_or(""), kinds.join(", "))
    }

    pub fn from_text(text: &str) -> Option<Shape> {
        let (branch, kinds) = text.strip_suffix(')')?.split_once('(')?;
        let kinds = kinds.split(", ").filter(|kind| !kind.is_empty()).map(Kind::from_name).collect::<Option<_>>()?;
        Some(Shape { branch: Some(branch).filter(|branch| !branch.is_empty()).map(Arc::from), kinds })
    }
}

pub(super) struct Node {
    pub shape: ShapeId,
    pub fields: Box<[Word]>,
    /// Parts of the value when it is written out.
    parts: u64,
}

/// What a node takes beside its fields: its head, its place, and that in the index.
const NODE_BYTES: usize = 96;

/// Nodes of the first bucket; each one after it holds twice as many.
const FIRST_BUCKET: u64 = 64;
const BUCKETS: usize = 27;

type Bucket = OnceLock<Box<[OnceLock<Node>]>>;

#[derive(Default)]
pub(super) struct Nodes {
    buckets: [Bucket; BUCKETS],
    /// Words of the nodes, found by hash of shape and fields.
    index: RwLock<HashTable<u32>>,
    hasher: DefaultHashBuilder,
    shapes: RwLock<Shapes>,
}

#[derive(Default)]
struct Shapes {
    all: Vec<Arc<Shape>>,
    index: HashMap<Arc<Shape>, ShapeId>,
}

impl Nodes {
    pub fn shape(&self, shape: &Shape) -> ShapeId {
        if let Some(id) = self.shapes.read().unwrap_or_else(PoisonError::into_inner).index.get(shape) {
            return *id;
        }
        let mut shapes = self.shapes.write().unwrap_or_else(PoisonError::into_inner);
        let Shapes { all, index } = &mut *shapes;
        let shape = Arc::new(shape.clone());
        *index.entry(shape.clone()).or_insert_with(|| {
            all.push(shape);
            ShapeId(all.len() as u32 - 1)
        })
    }

    pub fn shape_of(&self, id: ShapeId) -> Arc<Shape> {
        self.shapes.read().unwrap_or_else(PoisonError::into_inner).all[id.0 as usize].clone()
    }

    /// `fits`: may a new node take so many bytes? `None` if not.
    pub fn build(&self, shape: ShapeId, fields: &[Word], fits: impl FnOnce(usize) -> bool) -> Option<Word> {
        let hash = self.hasher.hash_one((shape, fields));
        if let Some(word) = self.find(&self.index.read().unwrap_or_else(PoisonError::into_inner), hash, shape, fields) {
            return Some(word);
        }
        if !fits(NODE_BYTES + std::mem::size_of_val(fields)) {
            return None;
        }
        let parts = self.parts_of(shape, fields);
        let mut index = self.index.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(word) = self.find(&index, hash, shape, fields) {
            return Some(word);
        }
        let word = u32::try_from(index.len() + 1).expect("fewer than 2^32 different structured values");
        let stored = self.slot(word).set(Node { shape, fields: fields.into(), parts });
        debug_assert!(stored.is_ok(), "words are given out once");
        index.insert_unique(hash, word, |&word| self.hash_of(word));
        Some(Word::from(word))
    }

    fn parts_of(&self, shape: ShapeId, fields: &[Word]) -> u64 {
        let shape = self.shape_of(shape);
        let of = |(word, kind): (&Word, &Kind)| if kind.is_structured() { self.parts(*word) } else { 1 };
        fields.iter().zip(shape.kinds.iter()).map(of).fold(1, u64::saturating_add)
    }

    /// Parts of a value when it is written out.
    pub fn parts(&self, word: Word) -> u64 {
        self.get(word).map_or(1, |node| node.parts)
    }

    fn find(&self, index: &HashTable<u32>, hash: u64, shape: ShapeId, fields: &[Word]) -> Option<Word> {
        let same = |&word: &u32| self.get(Word::from(word)).is_some_and(|node| node.shape == shape && *node.fields == *fields);
        index.find(hash, same).map(|word| Word::from(*word))
    }

    fn hash_of(&self, word: u32) -> u64 {
        let node = self.get(Word::from(word)).expect("what is indexed is stored");
        self.hasher.hash_one((node.shape, &*node.fields))
    }

    /// `None` for `nil`.
    #[inline]
    pub fn get(&self, word: Word) -> Option<&Node> {
        if word == NIL {
            return None;
        }
        let (bucket, at) = place(word);
        self.buckets.get(bucket)?.get()?.get(at)?.get()
    }

    fn slot(&self, word: u32) -> &OnceLock<Node> {
        let (bucket, at) = place(Word::from(word));
        let room = || (0..FIRST_BUCKET << bucket).map(|_| OnceLock::new()).collect();
        &self.buckets[bucket].get_or_init(room)[at]
    }
}

/// Bucket of a word, and its place there.
#[inline]
fn place(word: Word) -> (usize, usize) {
    let at = word.saturating_add(FIRST_BUCKET - 1);
    let power = at.ilog2();
    ((power - FIRST_BUCKET.ilog2()) as usize, (at - (1 << power)) as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_has_a_place_of_its_own() {
        assert_eq!((place(1), place(64), place(65), place(192)), ((0, 0), (0, 63), (1, 0), (1, 127)));
        assert_eq!(place(193), (2, 0));
        let nodes = Nodes::default();
        let shape = nodes.shape(&Shape { branch: None, kinds: [Kind::Number].into() });
        let words: Vec<Word> = (0..1_000).map(|x| nodes.build(shape, &[x], |_| true).unwrap()).collect();
        assert_eq!(words, (1..=1_000).collect::<Vec<Word>>());
        assert_eq!(nodes.build(shape, &[500], |_| true).unwrap(), 501);
        assert!(nodes.get(NIL).is_none() && nodes.get(1_001).is_none() && nodes.get(Word::MAX).is_none());
        assert_eq!(nodes.get(7).map(|node| &*node.fields), Some(&[6][..]));
    }

    #[test]
    fn threads_that_build_the_same_agree() {
        let nodes = Nodes::default();
        let shape = nodes.shape(&Shape { branch: Some("B".into()), kinds: [Kind::Number, Kind::Adt].into() });
        let build = || (0..5_000).map(|x| nodes.build(shape, &[x % 997, 0], |_| true).unwrap()).collect::<Vec<Word>>();
        let all: Vec<Vec<Word>> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..3).map(|_| scope.spawn(build)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(all.windows(2).all(|pair| pair[0] == pair[1]));
    }

    #[test]
    fn a_shape_is_what_its_text_says() {
        for (branch, kinds) in [(None, vec![]), (Some("a.B"), vec![Kind::Adt]), (None, vec![Kind::Record, Kind::Symbol])] {
            let shape = Shape { branch: branch.map(Arc::from), kinds: kinds.into() };
            assert_eq!(Shape::from_text(&shape.text()), Some(shape));
        }
        assert_eq!(Shape::from_text("B(nothing)"), None);
    }
}
