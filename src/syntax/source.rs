//! Where text came from: files read once, and places in them.

use std::sync::Arc;

/// Index of a file in [`Sources`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct FileId(pub u32);

/// A stretch of bytes of one file.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Span {
    pub file: FileId,
    pub start: u32,
    pub end: u32,
}

impl Span {
    /// From the start of this one to the end of the other.
    pub fn to(self, other: Span) -> Span {
        Span { file: self.file, start: self.start, end: other.end.max(self.start) }
    }
}

/// One file of rule text: the name that people see (relative to the program) and what it holds.
#[derive(Clone, Debug)]
pub struct SourceFile {
    pub name: String,
    pub text: Arc<str>,
}

/// All files of one program, the main file first. What `.include` names must be here already: the checker reads no disk, so that a
/// journal can carry the whole rule text.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    pub files: Vec<SourceFile>,
    /// No line of a preprocessor is obeyed and no macro replaced: such lines are mistakes.
    pub raw: bool,
    /// Macros that are there before the first line: a name and what it stands for.
    pub defined: Vec<(String, String)>,
}

impl Sources {
    /// A program of one text, for tests and for the server.
    pub fn single(name: &str, text: &str) -> Sources {
        Sources { files: vec![SourceFile { name: name.to_string(), text: Arc::from(text) }], raw: false, defined: Vec::new() }
    }

    pub fn file(&self, id: FileId) -> &SourceFile {
        &self.files[id.0 as usize]
    }

    /// Line and column (characters), both from 1.
    pub fn line_column(&self, span: Span) -> (usize, usize) {
        let text = &self.file(span.file).text;
        let before = &text[..(span.start as usize).min(text.len())];
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
        (line, column)
    }
}
