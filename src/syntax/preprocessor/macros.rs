//! What names stand for.

use super::pieces::{Piece, PieceKind, pieces};
use crate::limits::MAX_MACRO_WORK;
use std::cell::Cell;
use std::collections::HashMap;
use std::rc::Rc;

/// What is predefined: how wide numbers are.
const WIDTH: (&str, &str) = ("RAM_DOMAIN_SIZE", "64");

/// What the last parameter is called if it is only `...`.
const REST: &str = "__VA_ARGS__";

/// The line and the file that a use stands in.
const PLACES: [&str; 2] = ["__LINE__", "__FILE__"];

#[derive(Debug)]
pub(super) struct Macro {
    /// `None`: its name alone is a use.
    pub params: Option<Vec<String>>,
    /// The last parameter takes all arguments that are left, commas among them: `...`, `rest...`.
    pub takes_rest: bool,
    /// Names, texts and all else, without the blanks around `##`.
    pub body: Vec<(PieceKind, String)>,
}

impl Macro {
    /// What stands behind `#define`: the name, its parameters, what it stands for.
    pub fn read(line: &str) -> Option<(String, Macro)> {
        let mut parts = pieces(line);
        let name = parts.next().filter(|piece| piece.kind == PieceKind::Name)?.text;
        let mut rest = &line[name.len()..];
        let (mut params, mut takes_rest) = (None, false);
        if let Some(inner) = rest.strip_prefix('(') {
            let (list, after) = inner.split_once(')')?;
            let mut names: Vec<String> = list.split(',').map(|param| param.trim().to_string()).collect();
            if let Some(last) = names.last_mut()
                && let Some(name) = last.strip_suffix("...")
            {
                *last = if name.is_empty() { REST.to_string() } else { name.trim_end().to_string() };
                takes_rest = true;
            }
            params = Some(if list.trim().is_empty() { Vec::new() } else { names });
            let names = params.as_deref().unwrap_or_default();
            let is_name = |name: &str| pieces(name).map(|piece| piece.kind).eq([PieceKind::Name]);
            if names.iter().enumerate().any(|(i, name)| !is_name(name) || names[..i].contains(name)) {
                return None;
            }
            rest = after;
        }
        // A comment is as good as a blank.
        let blank = |piece: Piece<'_>| if piece.kind == PieceKind::Blank { " ".to_string() } else { piece.text.to_string() };
        let body = pieces(rest.trim()).map(|piece| (piece.kind, blank(piece))).collect();
        Some((name.to_string(), Macro { params, takes_rest, body: without_blanks_at_pastes(body) }))
    }
}

/// `a ## b` as `a`, `##`, `b`.
fn without_blanks_at_pastes(body: Vec<(PieceKind, String)>) -> Vec<(PieceKind, String)> {
    let mut out: Vec<(PieceKind, String)> = Vec::new();
    for (kind, text) in body {
        let after_paste = out.last().is_some_and(|(_, last)| last == "##");
        if kind == PieceKind::Blank && after_paste {
            continue;
        }
        if text == "#" && out.last().is_some_and(|(_, last)| last == "#") {
            out.pop();
            if out.last().is_some_and(|(kind, _)| *kind == PieceKind::Blank) {
                out.pop();
            }
            out.push((PieceKind::Other, "##".to_string()));
            continue;
        }
        out.push((kind, text));
    }
    out
}

/// The macros that are defined at some place of the program.
pub struct Macros {
    found: HashMap<String, Rc<Macro>>,
    /// Pieces that may still be looked at or put out.
    work: Cell<usize>,
    /// Where the use stands that is being looked at.
    line: Cell<usize>,
    file: String,
}

impl Default for Macros {
    fn default() -> Macros {
        let (name, value) = WIDTH;
        let body = vec![(PieceKind::Number, value.to_string())];
        let found = HashMap::from([(name.to_string(), Rc::new(Macro { params: None, takes_rest: false, body }))]);
        Macros { found, work: Cell::new(MAX_MACRO_WORK), line: Cell::new(1), file: String::new() }
    }
}

impl Macros {
    /// With these beside what is predefined.
    pub fn with(defined: &[(String, String)]) -> Macros {
        let mut macros = Macros::default();
        let read = |(name, value): &(String, String)| Macro::read(&format!("{name} {value}"));
        defined.iter().filter_map(read).for_each(|(name, found)| macros.define(name, found));
        macros
    }

    pub(super) fn define(&mut self, name: String, found: Macro) {
        self.found.insert(name, Rc::new(found));
    }

    pub(super) fn forget(&mut self, name: &str) {
        self.found.remove(name);
    }

    pub(super) fn knows(&self, name: &str) -> bool {
        self.found.contains_key(name) || PLACES.contains(&name)
    }

    /// Some work more; `None` if there was enough of it.
    pub(super) fn work(&self, pieces: usize) -> Option<()> {
        self.work.set(self.work.get().checked_sub(pieces)?);
        Some(())
    }

    pub(super) fn get(&self, name: &str) -> Option<Rc<Macro>> {
        self.found.get(name).cloned().or_else(|| self.place(name))
    }

    /// From here on uses stand in this file.
    pub(super) fn enter(&mut self, file: &str) {
        self.file = file.to_string();
    }

    pub(super) fn line(&self) -> usize {
        self.line.get()
    }

    pub(super) fn at_line(&self, line: usize) {
        self.line.set(line);
    }

    fn place(&self, name: &str) -> Option<Rc<Macro>> {
        let piece = match PLACES.iter().position(|place| *place == name)? {
            0 => (PieceKind::Number, self.line.get().to_string()),
            _ => (PieceKind::Text, quoted(&self.file)),
        };
        Some(Rc::new(Macro { params: None, takes_rest: false, body: vec![piece] }))
    }
}

/// As a text of a program.
pub(super) fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
