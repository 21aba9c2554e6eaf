//! Files within files: `.include` and `.once`, over files that somebody else has read.

use super::super::ast::{Component, Item};
use super::super::complaint::{self, Sink};
use super::super::preprocessor::{Macros, Part, Places, Reading};
use super::super::source::{FileId, Sources, Span};
use super::super::token::TokenKind;
use super::cursor::Cursor;
use super::item::Piece;
use crate::limits::{MAX_INCLUDE_DEPTH, MAX_INCLUSIONS, MAX_RULE_NESTING, MAX_RULE_TEXT_BYTES};
use crate::types::Said;
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
    let (once, open, components, items) = (HashSet::new(), Vec::new(), Vec::new(), Vec::new());
    let macros = Macros::with(&sources.defined);
    let mut reader = Reader { sources, by_name, once, open, inclusions: 0, bytes: 0, expanded: 0, macros, components, items };
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
    /// Bytes that came out of the preprocessor.
    expanded: usize,
    macros: Macros,
    /// Components that have begun and not ended, the outermost first.
    components: Vec<Component>,
    items: Vec<Item>,
}

impl Reader<'_> {
    fn read(&mut self, file: FileId, sink: &mut Sink) {
        let sources = self.sources;
        self.open.push(file);
        let mut reading = Reading::new(file, sources);
        let outside = self.components.len();
        while !sink.is_full() {
            let most = MAX_RULE_TEXT_BYTES.saturating_sub(self.expanded);
            let Some(part) = reading.part(&mut self.macros, most, sink) else { break };
            self.expanded += part.text.len();
            if self.part(file, &part, outside, sink) {
                break;
            }
            if let Some((name, span)) = part.include {
                // What keeps a file from including itself may be a macro.
                self.include(file, &name, span, true, sink);
            }
        }
        while self.components.len() > outside {
            if let Some(component) = self.components.last() {
                sink.push(complaint::block_without_end(component.span, ".comp", '}'));
            }
            self.close();
        }
        self.open.pop();
    }

    /// The items of a part; is that all of the file? `outside`: components that are open around it.
    fn part(&mut self, file: FileId, part: &Part, outside: usize, sink: &mut Sink) -> bool {
        let mut cursor = Cursor::new(file, &part.text, &part.places, sink);
        while !cursor.sink.is_full() {
            match cursor.piece() {
                Piece::Item(item) => self.put(*item),
                Piece::Open(component) if self.components.len() < MAX_RULE_NESTING => self.components.push(*component),
                Piece::Open(component) => {
                    cursor.sink.push(complaint::too_deep(component.span));
                    return true;
                }
                Piece::Override(names, span) => match self.components.last_mut() {
                    Some(component) => component.overrides.extend(names),
                    None => cursor.sink.push(complaint::override_outside(span)),
                },
                Piece::Close(span) if self.components.len() == outside => {
                    let (brace, expected) = (Said::new("`}`", "`}`"), ("a rule or a directive", "规则或指令"));
                    cursor.sink.push(complaint::unexpected(span, brace, expected));
                }
                Piece::Close(_) => self.close(),
                Piece::Include(name, span) => self.include(file, &name, span, false, cursor.sink),
                Piece::Once if !self.once.insert(file) => return true,
                Piece::Once | Piece::Nothing => {}
                Piece::End => break,
            }
        }
        false
    }

    /// Where items belong at the moment.
    fn put(&mut self, item: Item) {
        match self.components.last_mut() {
            Some(component) => component.items.push(item),
            None => self.items.push(item),
        }
    }

    /// The innermost component is whole.
    fn close(&mut self) {
        if let Some(component) = self.components.pop() {
            self.put(Item::Component(component));
        }
    }

    fn include(&mut self, from: FileId, name: &str, span: Span, is_guarded: bool, sink: &mut Sink) {
        let resolved = resolve_include(&self.sources.file(from).name, name);
        let Some(file) = self.by_name.get(&resolved).copied() else {
            sink.push(complaint::include_missing(span, &resolved));
            return;
        };
        if self.once.contains(&file) {
            return;
        }
        if self.open.contains(&file) && !is_guarded {
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
    let places = Places::default();
    let mut cursor = Cursor::new(FileId(0), text, &places, &mut sink);
    while cursor.kind() != TokenKind::End {
        let token = cursor.take();
        if token.kind == TokenKind::Preprocessor {
            let line = cursor.text_of(token).trim_start_matches('#').trim_start();
            let name = line.strip_prefix("include").and_then(|rest| rest.trim_start().strip_prefix('"')?.split('"').next());
            names.extend(name.map(str::to_string));
        }
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
