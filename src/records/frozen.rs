//! [`Frozen`]: the records of one moment, to be written into a snapshot while they go on changing; and records made of a snapshot again.
//!
//! Promises: every row comes back in its slot, so that lists keep their order and later rows go where they would have gone; a text stands
//! once; what was written is let go at once.

use super::chunk::{Chunk, FREE};
use super::held::{Asserted, Rank};
use super::shape::{ColumnShape, Shape};
use super::store::{Appeared, Asserters, Records};
use super::table::{FrozenTable, Table};
use crate::limits::{SNAPSHOT_CHUNKS, SNAPSHOT_ITEMS, SNAPSHOT_TEXT_BYTES, TABLE_CHUNK_SLOTS};
use crate::program::Program;
use crate::storage::snapshot::{self as file, Section, SnapshotError, SnapshotWriter};
use crate::storage::{kind_of_tag, tag_of_kind};
use crate::types::{Interner, Kind, RelId, Word, number_of, word_of_number};
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

/// Tables as they were, and what is needed to read them.
pub struct Frozen {
    texts: Arc<Interner>,
    asserters: Asserters,
    /// With whether it is set aside.
    tables: VecDeque<(FrozenTable, bool)>,
}

impl Records {
    /// What is there now, whatever comes. Rows are not copied.
    pub fn freeze(&self) -> Frozen {
        let there = self.tables.values().map(|table| (table.freeze(), false));
        let parked = self.parked.values().map(|table| (table.freeze(), true));
        Frozen { texts: self.texts.clone(), asserters: self.asserters.clone(), tables: there.chain(parked).collect() }
    }
}

impl Frozen {
    /// Rows of all relations.
    pub fn rows(&self) -> usize {
        self.tables.iter().map(|(table, _)| table.rows).sum()
    }

    pub fn texts(&self) -> &Arc<Interner> {
        &self.texts
    }

    /// Every row that everybody sees, for a dataflow that begins. Each table is let go as soon as it is read.
    pub fn into_rows(mut self) -> Vec<Appeared> {
        let mut all = Vec::new();
        while let Some((mut table, parked)) = self.tables.pop_front() {
            if parked || table.rows == 0 {
                continue;
            }
            let arity = table.shape.arity();
            let mut words = Vec::with_capacity(arity * table.rows);
            while let Some(chunk) = table.chunks.pop_front() {
                let there = chunk.asserters().iter().enumerate().filter(|(_, asserter)| **asserter != FREE);
                there.for_each(|(slot, _)| words.extend_from_slice(chunk.row(slot, arity)));
            }
            all.push(Appeared { relation: table.shape.id, words, diffs: vec![1; table.rows] });
        }
        all
    }

    /// Bytes of rows that are kept for nobody else any more: they have changed since.
    pub fn held(&self) -> usize {
        let chunks = self.tables.iter().flat_map(|(table, _)| &table.chunks);
        chunks.filter(|chunk| Arc::strong_count(chunk) == 1).map(|chunk| chunk.bytes()).sum()
    }

    /// Writes all of it; `go_on` is asked between two sections, with what is still to be written.
    pub fn write<E: From<SnapshotError>>(
        mut self,
        to: &mut SnapshotWriter,
        mut go_on: impl FnMut(&Frozen) -> Result<(), E>,
    ) -> Result<(), E> {
        let names: Vec<&str> = self.asserters.names().collect();
        to.put(&file::Asserters(names))?;
        let mut numbers = Numbers::default();
        while let Some((table, parked)) = self.tables.front_mut() {
            begin(to, table, *parked)?;
            while let Some((table, _)) = self.tables.front_mut() {
                let chunks: Vec<Arc<Chunk>> = (0..SNAPSHOT_CHUNKS).map_while(|_| table.chunks.pop_front()).collect();
                if chunks.is_empty() {
                    break;
                }
                rows(to, &table.shape, &chunks, &mut numbers, &self.texts)?;
                drop(chunks);
                go_on(&self)?;
            }
            if let Some((table, _)) = self.tables.pop_front() {
                end(to, &table, &mut numbers, &self.texts)?;
            }
        }
        Ok(())
    }
}

fn begin(to: &mut SnapshotWriter, table: &FrozenTable, parked: bool) -> Result<(), SnapshotError> {
    let Shape { name, columns, key, keyed, owners, by, personal, clock, id: _, alike: _ } = &table.shape;
    to.put(&file::Relation {
        name,
        columns: columns.iter().map(|column| (&*column.name, tag_of_kind(column.kind), column.optional)).collect(),
        key: key.iter().map(|column| *column as u32).collect(),
        keyed: *keyed,
        owners: owners.iter().map(String::as_str).collect(),
        by: by.map(|column| column as u32),
        personal: personal.clone(),
        clock: *clock,
        parked,
        written: table.written.clone(),
        rows: table.rows as u64,
    })
}

fn rows(
    to: &mut SnapshotWriter,
    shape: &Shape,
    chunks: &[Arc<Chunk>],
    numbers: &mut Numbers,
    texts: &Interner,
) -> Result<(), SnapshotError> {
    let mut part = file::Rows { asserters: Vec::new(), words: Vec::new(), repaired: Vec::new() };
    for chunk in chunks {
        let first = part.asserters.len();
        for (slot, asserter) in chunk.asserters().iter().enumerate() {
            part.asserters.push(if *asserter == FREE { 0 } else { asserter + 1 });
            if *asserter != FREE {
                numbers.row(to, shape, chunk.row(slot, shape.arity()), texts, &mut part.words)?;
            }
        }
        part.repaired.extend(chunk.repaired(0).map(|(slot, as_sent)| {
            let cells = as_sent.iter().map(|(column, text)| (*column, &**text)).collect();
            ((first + slot) as u32, cells)
        }));
    }
    numbers.texts(to)?;
    to.put(&part)
}

fn end(to: &mut SnapshotWriter, table: &FrozenTable, numbers: &mut Numbers, texts: &Interner) -> Result<(), SnapshotError> {
    for free in table.free.chunks(SNAPSHOT_ITEMS) {
        to.put(&file::Free(free.to_vec()))?;
    }
    let mut hidden: Vec<(&Box<[Word]>, &Asserted)> = table.hidden.iter().collect();
    // One state has one form; no words, whose order is of this process.
    hidden.sort_by_cached_key(|(key, _)| table.shape.decode_key(key, texts));
    for some in hidden.chunks(SNAPSHOT_ITEMS) {
        let mut part = Vec::new();
        for (_, one) in some {
            let mut words = Vec::new();
            numbers.row(to, &table.shape, &one.row, texts, &mut words)?;
            part.push((one.asserter, words));
        }
        numbers.texts(to)?;
        to.put(&file::Hidden(part))?;
    }
    Ok(())
}

/// Which texts were written, and those that are next.
#[derive(Default)]
struct Numbers {
    /// By word; 0 is none yet.
    of: Vec<u32>,
    next: Vec<Arc<str>>,
    bytes: usize,
    last: u32,
}

impl Numbers {
    fn row(
        &mut self,
        to: &mut SnapshotWriter,
        shape: &Shape,
        row: &[Word],
        texts: &Interner,
        into: &mut Vec<u64>,
    ) -> Result<(), SnapshotError> {
        for (word, column) in row.iter().zip(&shape.columns) {
            into.push(match column.kind {
                Kind::Symbol => u64::from(self.number(*word, texts)),
                Kind::Number | Kind::Date | Kind::Datetime => zigzag(number_of(*word)),
                Kind::Unsigned | Kind::Float | Kind::Record | Kind::Adt => *word,
            });
        }
        if self.bytes >= SNAPSHOT_TEXT_BYTES { self.texts(to) } else { Ok(()) }
    }

    fn number(&mut self, word: Word, texts: &Interner) -> u32 {
        if word == 0 {
            return 0;
        }
        let at = word as usize;
        if at >= self.of.len() {
            self.of.resize(at.max(texts.len()) + 1, 0);
        }
        if self.of[at] == 0 {
            let text = texts.text(word);
            self.last += 1;
            self.of[at] = self.last;
            self.bytes += text.len();
            self.next.push(text);
        }
        self.of[at]
    }

    /// Before the rows that refer to them.
    fn texts(&mut self, to: &mut SnapshotWriter) -> Result<(), SnapshotError> {
        let next = std::mem::take(&mut self.next);
        self.bytes = 0;
        if next.is_empty() { Ok(()) } else { to.put(&file::Texts(next.iter().map(|text| &**text).collect())) }
    }
}

fn zigzag(x: i64) -> u64 {
    ((x << 1) ^ (x >> 63)).cast_unsigned()
}

fn unzigzag(x: u64) -> i64 {
    (x >> 1).cast_signed() ^ -((x & 1).cast_signed())
}

/// Records that are made of the sections of a snapshot.
pub struct Thawing {
    records: Records,
    /// The words of the file's texts.
    words: Vec<Word>,
    table: Option<(FrozenTable, bool)>,
    /// Rows that have come.
    rows: u64,
}

const UNFIT: &str = "rows do not go together";

impl Thawing {
    /// `program`: of the rules that the snapshot has.
    pub fn new(program: &Program, texts: Arc<Interner>) -> Thawing {
        Thawing { records: Records::new(program, texts), words: vec![0], table: None, rows: 0 }
    }

    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// One section; `false` if it is none of records.
    pub fn take(&mut self, section: &Section) -> Result<bool, SnapshotError> {
        match section.kind {
            <file::Asserters<'_> as file::Part>::KIND => {
                for name in section.read::<file::Asserters<'_>>()?.0 {
                    self.records.asserters.id(name);
                }
            }
            <file::Relation<'_> as file::Part>::KIND => {
                self.finish_table(section)?;
                self.table = Some(table(section, section.read()?)?);
            }
            <file::Texts<'_> as file::Part>::KIND => {
                self.words.extend(self.records.texts.intern_all(&section.read::<file::Texts<'_>>()?.0));
            }
            <file::Rows<'_> as file::Part>::KIND => self.take_rows(section, section.read()?)?,
            <file::Free as file::Part>::KIND => {
                let free = section.read::<file::Free>()?.0;
                self.table.as_mut().ok_or_else(|| section.damaged(UNFIT))?.0.free.extend(free);
            }
            <file::Hidden as file::Part>::KIND => self.take_hidden(section, section.read()?)?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// After the last section.
    pub fn finish(mut self, last: &Section) -> Result<Records, SnapshotError> {
        self.finish_table(last)?;
        Ok(self.records)
    }

    fn take_rows(&mut self, section: &Section, part: file::Rows<'_>) -> Result<(), SnapshotError> {
        let Thawing { table: Some((table, _)), words: texts, records, rows } = self else { return Err(section.damaged(UNFIT)) };
        let arity = table.shape.arity();
        let mut words = part.words.chunks(arity.max(1));
        let mut repaired = part.repaired.into_iter().peekable();
        for (number, asserters) in part.asserters.chunks(TABLE_CHUNK_SLOTS).enumerate() {
            let mut chunk = Chunk::with_room(arity);
            let nothing = vec![0; arity];
            let mut here = Vec::with_capacity(arity);
            for asserter in asserters {
                let Some(asserter) = asserter.checked_sub(1) else {
                    chunk.push(&nothing, FREE);
                    continue;
                };
                let row = if arity == 0 { &[] } else { words.next().ok_or_else(|| section.damaged(UNFIT))? };
                here.clear();
                put_row(&table.shape, row, texts, &mut here).ok_or_else(|| section.damaged(UNFIT))?;
                if asserter as usize >= records.asserters.len() {
                    return Err(section.damaged(UNFIT));
                }
                *rows += 1;
                chunk.push(&here, asserter);
            }
            let end = ((number + 1) * TABLE_CHUNK_SLOTS) as u32;
            while let Some((slot, cells)) = repaired.next_if(|(slot, _)| *slot < end) {
                let at = slot as usize % TABLE_CHUNK_SLOTS;
                if chunk.asserters().get(at).is_none_or(|asserter| *asserter == FREE) {
                    return Err(section.damaged(UNFIT));
                }
                chunk.note(at, cells.into_iter().map(|(column, text)| (column, text.into())).collect());
            }
            table.chunks.push_back(Arc::new(chunk));
        }
        if words.next().is_some() { Err(section.damaged(UNFIT)) } else { Ok(()) }
    }

    fn take_hidden(&mut self, section: &Section, part: file::Hidden) -> Result<(), SnapshotError> {
        let Thawing { table: Some((table, _)), words, records, .. } = self else { return Err(section.damaged(UNFIT)) };
        for (asserter, row) in part.0 {
            let known = (asserter as usize) < records.asserters.len();
            let mut here = Vec::new();
            put_row(&table.shape, &row, words, &mut here).filter(|()| known).ok_or_else(|| section.damaged(UNFIT))?;
            let row: Box<[Word]> = here.into();
            let rank: Rank = records.asserters.rank(asserter);
            let key = table.shape.key_of(&row);
            Arc::make_mut(&mut table.hidden).insert(key, Asserted { row, asserter, rank });
        }
        Ok(())
    }

    fn finish_table(&mut self, section: &Section) -> Result<(), SnapshotError> {
        let Some((mut frozen, parked)) = self.table.take() else { return Ok(()) };
        let name = frozen.shape.name.clone();
        if !parked {
            let found = self.records.tables.iter().find(|(_, table)| table.shape.name == name);
            let (id, empty) = found.ok_or_else(|| section.damaged("a relation is not one of the rules"))?;
            // The rules say what it is, and so does the file, but for its number and for what spellings of a key mean.
            frozen.shape.id = *id;
            frozen.shape.alike = empty.shape.alike.clone();
            if frozen.shape != empty.shape {
                return Err(section.damaged("a relation is not that of the rules"));
            }
        }
        let id = frozen.shape.id;
        let table = Table::thaw(frozen, &self.records.texts).ok_or_else(|| section.damaged(UNFIT))?;
        if parked {
            self.records.parked.insert(name, table);
        } else {
            self.records.tables.insert(id, table);
        }
        Ok(())
    }
}

fn table(section: &Section, part: file::Relation<'_>) -> Result<(FrozenTable, bool), SnapshotError> {
    let arity = part.columns.len();
    let column = |(name, tag, optional): (&str, u8, bool)| {
        let kind = kind_of_tag(tag).ok_or_else(|| section.damaged("a kind is not known"))?;
        Ok(ColumnShape { name: name.to_string(), kind, optional })
    };
    let columns = part.columns.into_iter().map(column).collect::<Result<Vec<_>, SnapshotError>>()?;
    let fits = part.key.iter().chain(&part.by).all(|column| (*column as usize) < arity)
        && part.personal.len() == arity
        && part.written.as_ref().is_none_or(|written| written.len() == arity);
    if !fits {
        return Err(section.damaged("a relation is not whole"));
    }
    let shape = Shape {
        id: RelId(u32::MAX),
        name: part.name.to_string(),
        columns,
        key: part.key.into_iter().map(|column| column as usize).collect(),
        keyed: part.keyed,
        alike: Vec::new(),
        owners: part.owners.into_iter().map(str::to_string).collect(),
        by: part.by.map(|column| column as usize),
        personal: part.personal,
        clock: part.clock,
    };
    let table = FrozenTable {
        shape,
        written: part.written,
        chunks: VecDeque::new(),
        free: Vec::new(),
        hidden: Arc::new(HashMap::new()),
        rows: part.rows as usize,
    };
    Ok((table, part.parked))
}

/// The words of a row; `None` if it is none.
fn put_row(shape: &Shape, row: &[u64], texts: &[Word], into: &mut Vec<Word>) -> Option<()> {
    if row.len() != shape.arity() {
        return None;
    }
    for (x, column) in row.iter().zip(&shape.columns) {
        into.push(match column.kind {
            Kind::Symbol => *texts.get(usize::try_from(*x).ok()?)?,
            Kind::Number | Kind::Date | Kind::Datetime => word_of_number(unzigzag(*x)),
            Kind::Unsigned | Kind::Float | Kind::Record | Kind::Adt => *x,
        });
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zigzag_goes_there_and_back() {
        for x in [0, 1, -1, i64::MIN, i64::MAX, 19_000] {
            assert_eq!(unzigzag(zigzag(x)), x);
        }
        assert_eq!([zigzag(0), zigzag(-1), zigzag(1)], [0, 1, 2]);
    }
}
