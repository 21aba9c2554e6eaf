//! Files within files: `.include` and `.once`, over files that somebody else has read.

use super::super::ast::Item;
use super::super::complaint::{self, Sink};
use super::super::source::{FileId, Sources, Span};
use super::super::token::TokenKind;
use super::cursor::Cursor;
use super::item::Piece;
use crate::limits::{MAX_INCLUDE_DEPTH, MAX_INCLUSIONS, MAX_RULE_TEXT_BYTES};
use std::collections::{HashMap, HashSet};

/// The items of the main file, those of included files in their places.
pub(super) fn read_all(sources: &Sources, sink: &mut Sink) -> Vec<Item> {
    let Some(main) = sources.files.first() else {
        return Vec::new();
    };
    // The first of two files of one name is the one that is meant.
    let mut by_name = HashMap::new();
    for (index, file) in sources.files.iter().enumerate() {
        by_name.entry(normalise(&file.name)).or_insert(FileId(index as u32));
    }
    let mut reader =
        Reader { sources, by_name, once: HashSet::new(), open: Vec::new(), inclusions: 0, bytes: 0, items: Vec::new() };
    if main.text.len() > MAX_RULE_TEXT_BYTES {
        sink.push(complaint::long_program(Span::default()));
        return Vec::new();
    }
    reader.bytes = main.text.len();
    reader.read(FileId(0), sink);
    reader.items
}

struct Reader<'a> {
    sources: &'a Sources,
    by_name: HashMap<String, FileId>,
    /// Files that said `.once` and were read.
    once: HashSet<FileId>,
    /// Files being read, the main file first.
    open: Vec<FileId>,
    inclusions: usize,
    bytes: usize,
    items: Vec<Item>,
}

impl Reader<'_> {
    fn read(&mut self, file: FileId, sink: &mut Sink) {
        let sources = self.sources;
        self.open.push(file);
        let mut cursor = Cursor::new(file, &sources.file(file).text, sink);
        while !cursor.sink.is_full() {
            match cursor.piece() {
                Piece::Item(item) => self.items.push(*item),
                Piece::Include(name, span) => self.include(file, &name, span, cursor.sink),
                Piece::Once if !self.once.insert(file) => break,
                Piece::Once | Piece::Nothing => {}
                Piece::End => break,
            }
        }
        self.open.pop();
    }

    fn include(&mut self, from: FileId, name: &str, span: Span, sink: &mut Sink) {
        let resolved = resolve_include(&self.sources.file(from).name, name);
        let Some(file) = self.by_name.get(&resolved).copied() else {
            sink.push(complaint::include_missing(span, &resolved));
            return;
        };
        if self.once.contains(&file) {
            return;
        }
        if self.open.contains(&file) {
            sink.push(complaint::include_cycle(span, &resolved));
            return;
        }
        self.inclusions += 1;
        self.bytes += self.sources.file(file).text.len();
        if self.inclusions > MAX_INCLUSIONS || self.open.len() > MAX_INCLUDE_DEPTH {
            sink.push(complaint::too_many_includes(span));
        } else if self.bytes > MAX_RULE_TEXT_BYTES {
            sink.push(complaint::long_program(span));
        } else {
            self.read(file, sink);
        }
    }
}

/// The names that a file includes, as written, for whoever reads the disk.
pub fn includes(text: &str) -> Vec<String> {
    let mut sink = Sink::default();
    let mut names = Vec::new();
    if text.len() > MAX_RULE_TEXT_BYTES {
        return names;
    }
    let mut cursor = Cursor::new(FileId(0), text, &mut sink);
    while cursor.kind() != TokenKind::End {
        let token = cursor.take();
        if token.kind == TokenKind::Directive
            && cursor.text_of(token) == ".include"
            && let Some(name) = cursor.accept(TokenKind::Text)
        {
            names.push(cursor.text_value(name));
        }
    }
    names
}

/// The name, among the sources, of a file that another one includes: taken from that one's folder, without `.` and `..`.
pub fn resolve_include(from: &str, name: &str) -> String {
    match from.rsplit_once('/') {
        Some((folder, _)) if !name.starts_with('/') => normalise(&format!("{folder}/{name}")),
        _ => normalise(name),
    }
}

fn normalise(name: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in name.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    let path = parts.join("/");
    if name.starts_with('/') { format!("/{path}") } else { path }
}
