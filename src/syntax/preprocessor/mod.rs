//! The C preprocessor, as far as rule text uses it: `#include "f"`, `#define` with and without arguments, `#`, `##`, `#undef`, `#if` and its like.
//!
//! A file is given out in parts that end where another file is to be read. A part keeps the places of its text, so that a mistake in what a
//! macro stands for is told where the macro is used. Lines that are left out or are the preprocessor's own stay as empty lines.
//!
//! Promises: text without a macro comes out as it is; it ends, however macros name each other; what comes out is bounded.

mod condition;
mod expand;
mod macros;
mod pieces;

pub(super) use macros::Macros;

use super::complaint::{self, Sink};
use super::source::{FileId, SourceFile, Sources, Span};
use expand::{Misused, Wrong};
use macros::Macro;
use pieces::{Piece, PieceKind, pieces};

/// Text that stands together, and where it came from.
pub(super) struct Part {
    pub text: String,
    pub places: Places,
    /// What the line at its end includes.
    pub include: Option<(String, Span)>,
}

/// Where text of a part stood in its file.
#[derive(Default)]
pub(super) struct Places(Vec<Stretch>);

/// Bytes from `start` on, up to the next stretch.
struct Stretch {
    start: u32,
    original: u32,
    /// Of what a macro stands for, the end of its use: all of it is told there.
    used: Option<u32>,
}

impl Places {
    /// Where a token from `start` to `end` stood.
    pub fn span(&self, file: FileId, start: u32, end: u32) -> Span {
        let first = self.at(start);
        let last = self.at(end.saturating_sub(1).max(start));
        let begins =
            first.map_or(start, |stretch| stretch.used.map_or(stretch.original + start - stretch.start, |_| stretch.original));
        let ends = last.map_or(end, |stretch| stretch.used.unwrap_or(stretch.original + end - stretch.start));
        Span { file, start: begins, end: ends.max(begins) }
    }

    fn at(&self, place: u32) -> Option<&Stretch> {
        self.0[..self.0.partition_point(|stretch| stretch.start <= place)].last()
    }

    fn put(&mut self, start: usize, original: usize, used: Option<usize>) {
        self.0.push(Stretch { start: start as u32, original: original as u32, used: used.map(|end| end as u32) });
    }
}

/// A file on its way through the preprocessor.
pub(super) struct Reading<'a> {
    file: FileId,
    name: &'a str,
    text: &'a str,
    at: usize,
    /// Up to where lines are counted, and the line there.
    counted: (usize, usize),
    /// For each `#if` that is open: where it stands, and what of it is read.
    open: Vec<(Span, Branch)>,
    raw: bool,
}

#[derive(Clone, Copy, PartialEq)]
enum Branch {
    /// Is read.
    Read,
    /// None was read so far.
    Waiting,
    /// Another one was read, or nothing of it can be.
    Done,
    /// The same, of an `#else`.
    Last,
    /// An `#else` that is read.
    ReadLast,
}

impl<'a> Reading<'a> {
    pub fn new(file: FileId, sources: &'a Sources) -> Reading<'a> {
        let SourceFile { name, text } = sources.file(file);
        Reading { file, name, text, at: 0, counted: (0, 1), open: Vec::new(), raw: sources.raw }
    }

    /// The next part; `None` at the end of the file. `most`: bytes that may come out.
    pub fn part(&mut self, macros: &mut Macros, most: usize, sink: &mut Sink) -> Option<Part> {
        if self.at >= self.text.len() {
            return None;
        }
        let (mut text, mut places, mut include) = (String::new(), Places::default(), None);
        if self.raw {
            self.at = self.text.len();
            places.put(0, 0, None);
            return Some(Part { text: self.text.to_string(), places, include });
        }
        macros.enter(self.name);
        while self.at < self.text.len() && include.is_none() {
            let start = self.at;
            let line = self.line();
            macros.at_line(line);
            if let Some(line) = self.own_line() {
                include = self.obey(line, start, macros, sink);
                self.at = start + line.len();
                places.put(text.len(), start, None);
                // Nothing of the line is left but its breaks, so that what stands before and behind it stays on lines of its own.
                text.extend(line.chars().filter(|c| *c == '\n'));
                continue;
            }
            let (end, is_end) = self.plain_end();
            let plain = &self.text[start..end];
            self.at = end;
            if !self.is_read() {
                places.put(text.len(), start, None);
                text.extend(plain.chars().filter(|c| *c == '\n'));
                continue;
            }
            let before = text.len();
            let wrongs = expand::expand(plain, (start, line), macros, &mut text, &mut places);
            let mut is_too_much = text.len() > most;
            if is_too_much {
                sink.push(complaint::long_program(self.span(start, end)));
            }
            for Misused { name, start, end, wrong } in wrongs {
                let span = self.span(start, end);
                sink.push(match wrong {
                    Wrong::TooMuch => complaint::macro_too_much(span, &name),
                    Wrong::Arguments { wanted, given } => complaint::macro_arguments(span, &name, wanted, given),
                });
                is_too_much |= matches!(wrong, Wrong::TooMuch);
            }
            if is_too_much {
                text.truncate(before);
                self.at = self.text.len();
                self.open.clear();
            }
            if is_end {
                break;
            }
        }
        if self.at >= self.text.len()
            && let Some((span, _)) = self.open.pop()
        {
            sink.push(complaint::preprocessor_unclosed(span));
        }
        Some(Part { text, places, include })
    }

    /// The line that the next text begins on.
    fn line(&mut self) -> usize {
        let (from, line) = self.counted;
        self.counted = (self.at, line + self.text[from..self.at].matches('\n').count());
        self.counted.1
    }

    fn is_read(&self) -> bool {
        self.open.iter().all(|(_, branch)| matches!(branch, Branch::Read | Branch::ReadLast))
    }

    fn span(&self, start: usize, end: usize) -> Span {
        Span { file: self.file, start: start as u32, end: end as u32 }
    }

    /// The line that begins here, if it is the preprocessor's, with those on which a `\` continues it.
    fn own_line(&self) -> Option<&'a str> {
        let rest = &self.text[self.at..];
        if !rest.trim_start_matches([' ', '\t', '\u{feff}']).starts_with('#') {
            return None;
        }
        let mut end = 0;
        loop {
            end += rest[end..].find('\n').map_or(rest.len() - end, |at| at + 1);
            let line = rest[..end].trim_end_matches(['\n', '\r']);
            if !line.ends_with('\\') || end == rest.len() {
                return Some(&rest[..end]);
            }
        }
    }

    /// Where the next line of the preprocessor begins (one within a comment or a text is none), or where an `.include` ends: then that file is
    /// read before what follows, and this is the end of the part.
    fn plain_end(&self) -> (usize, bool) {
        let (mut end, mut begins_line, mut includes) = (self.at, false, 0);
        for Piece { kind, text } in pieces(&self.text[self.at..]) {
            match kind {
                PieceKind::Other if begins_line && text == "#" => {
                    // Blanks before it belong to its line.
                    return (self.text[..end].rfind('\n').map_or(end, |at| at + 1), false);
                }
                PieceKind::Blank => begins_line |= text.contains('\n'),
                _ => begins_line = false,
            }
            includes = match (kind, text) {
                (PieceKind::Other, ".") => 1,
                (PieceKind::Name, "include") if includes == 1 => 2,
                (PieceKind::Blank, _) if includes == 2 => 2,
                (PieceKind::Text, _) if includes == 2 => return (end + text.len(), true),
                _ => 0,
            };
            end += text.len();
        }
        (end, false)
    }

    /// Does what a line says; the file that it includes, if that is what it says.
    fn obey(&mut self, line: &str, start: usize, macros: &mut Macros, sink: &mut Sink) -> Option<(String, Span)> {
        let joined = line.replace("\\\r\n", " ").replace("\\\n", " ");
        let bare = |piece: Piece<'_>| if piece.kind == PieceKind::Blank { " ".to_string() } else { piece.text.to_string() };
        let joined: String = pieces(&joined).map(bare).collect();
        let body = joined.trim().trim_start_matches('\u{feff}').trim_start_matches('#').trim_start();
        let length = line.trim_end().lines().next().unwrap_or("").len();
        let span = self.span(start, start + length);
        let word_end = body.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(body.len());
        let (word, rest) = (&body[..word_end], body[word_end..].trim());
        match word {
            "if" | "ifdef" | "ifndef" => {
                let branch = if !self.is_read() { Branch::Done } else { self.branch(word, rest, macros, span, sink) };
                self.open.push((span, branch));
            }
            "elif" | "else" => self.other_branch(word, rest, macros, span, sink),
            "endif" => {
                if self.open.pop().is_none() {
                    sink.push(complaint::preprocessor_line(span));
                }
            }
            _ if !self.is_read() => {}
            "define" => match Macro::read(rest) {
                Some((name, found)) => macros.define(name, found),
                None => sink.push(complaint::preprocessor_line(span)),
            },
            "undef" if is_name(rest) => macros.forget(rest),
            "include" => {
                let name = rest.strip_prefix('"').and_then(|rest| rest.split('"').next()).filter(|name| !name.is_empty());
                match name {
                    Some(name) => return Some((name.to_string(), span)),
                    None => sink.push(complaint::preprocessor_line(span)),
                }
            }
            // Marks of lines (`# 12 "file"`), and what is for C compilers only.
            "line" | "pragma" | "warning" => {}
            _ if body.is_empty() || body.starts_with(|c: char| c.is_ascii_digit()) => {}
            _ => sink.push(complaint::preprocessor_line(span)),
        }
        None
    }

    fn branch(&self, word: &str, rest: &str, macros: &Macros, span: Span, sink: &mut Sink) -> Branch {
        let holds = match word {
            "ifdef" | "ifndef" if !is_name(rest) => None,
            "ifdef" => Some(macros.knows(rest)),
            "ifndef" => Some(!macros.knows(rest)),
            _ => condition::holds(rest, macros),
        };
        match holds {
            Some(true) => Branch::Read,
            Some(false) => Branch::Waiting,
            None => {
                sink.push(complaint::preprocessor_line(span));
                Branch::Done
            }
        }
    }

    fn other_branch(&mut self, word: &str, rest: &str, macros: &Macros, span: Span, sink: &mut Sink) {
        let Some((opened, before)) = self.open.pop() else {
            sink.push(complaint::preprocessor_line(span));
            return;
        };
        let next = match before {
            // Nothing comes behind an `#else`.
            Branch::Last | Branch::ReadLast => {
                sink.push(complaint::preprocessor_line(span));
                Branch::Last
            }
            Branch::Read | Branch::Done if word == "else" => Branch::Last,
            Branch::Read | Branch::Done => Branch::Done,
            Branch::Waiting if word == "else" => Branch::ReadLast,
            Branch::Waiting => self.branch("if", rest, macros, span, sink),
        };
        self.open.push((opened, next));
    }
}

fn is_name(text: &str) -> bool {
    pieces(text).map(|piece| piece.kind).eq([PieceKind::Name])
}
