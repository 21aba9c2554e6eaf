//! Answers to what an editor asks about a place or a document.

use super::completion;
use super::documents::Documents;
use super::hover;
use super::index::{Index, Seen, What};
use super::place::{Encoding, Lines};
use super::project::Project;
use super::symbols;
use crate::limits::LSP_ITEMS;
use crate::syntax::ast::Program;
use crate::syntax::{FileId, SourceFile, Sources, Span, format, parse, resolve_include};
use crate::types::Lang;
use serde_json::{Value, json};

/// The program of a document as it is now.
pub(super) struct Read {
    project: Project,
    tree: Program,
    file: FileId,
}

/// How an editor is answered.
#[derive(Clone, Copy)]
pub(super) struct Manner {
    pub encoding: Encoding,
    pub snippets: bool,
    pub lang: Lang,
}

impl Read {
    pub fn new(uri: &str, documents: &Documents) -> Option<Read> {
        let project = Project::of(uri, documents)?;
        let file = project.file(uri)?;
        let (tree, _) = parse(&project.pack.sources);
        Some(Read { project, tree, file })
    }

    fn text(&self) -> &str {
        self.project.text(self.file)
    }

    /// `null` for what is not known, as the protocol has it.
    pub fn answer(&self, method: &str, params: &Value, manner: Manner) -> Value {
        let offset = manner.encoding.offset(self.text(), &params["position"]);
        let index = Index::new(&self.tree);
        match method {
            "textDocument/definition" => self.definition(&index, offset, manner),
            "textDocument/references" => self.references(&index, offset, params, manner),
            "textDocument/hover" => self.hover(&index, offset, manner),
            "textDocument/completion" => json!(completion::items(&index, self.text(), offset, manner.snippets, manner.lang)),
            "textDocument/documentSymbol" => json!(symbols::of(&index, self.file, &Lines::new(self.text(), manner.encoding))),
            "textDocument/formatting" => self.formatting(manner),
            _ => Value::Null,
        }
    }

    fn location(&self, span: Span, manner: Manner) -> Value {
        let lines = Lines::new(self.project.text(span.file), manner.encoding);
        json!({"uri": self.project.uri(span.file), "range": lines.range(span.start as usize, span.end as usize)})
    }

    fn definition(&self, index: &Index, offset: usize, manner: Manner) -> Value {
        if let Some(file) = self.included(offset) {
            return self.location(Span { file, start: 0, end: 0 }, manner);
        }
        let origin = self.seen(index, offset).and_then(|seen| index.origin(&seen));
        origin.map_or(Value::Null, |span| self.location(span, manner))
    }

    /// The name at a place. Where the sentence cannot be read, its word is taken for a relation or a type of the whole program.
    fn seen<'t>(&self, index: &Index<'t>, offset: usize) -> Option<Seen<'t>> {
        if let Some(found) = index.at(self.file, offset) {
            return Some(Seen { ..*found });
        }
        let word = word(self.text(), offset);
        let declared =
            index.seen.iter().find(|seen| seen.declares && seen.scope == 0 && seen.name == word && seen.what != What::Column);
        declared.map(|seen| Seen { ..*seen })
    }

    /// The file that the line includes.
    fn included(&self, offset: usize) -> Option<FileId> {
        let text = self.text();
        let start = text[..offset].rfind('\n').map_or(0, |at| at + 1);
        let line = text[start..].lines().next()?.trim_start();
        let rest = [".include", "#include"].iter().find_map(|word| line.strip_prefix(word))?;
        let named = rest.trim_start().strip_prefix('"')?.split('"').next()?;
        let sources = &self.project.pack.sources;
        let name = resolve_include(&sources.file(self.file).name, named);
        let found = sources.files.iter().position(|file| file.name == name)?;
        u32::try_from(found).ok().map(FileId)
    }

    fn references(&self, index: &Index, offset: usize, params: &Value, manner: Manner) -> Value {
        let Some(seen) = self.seen(index, offset) else { return Value::Null };
        let Some(origin) = index.origin(&seen) else { return json!([]) };
        let with_own = params["context"]["includeDeclaration"].as_bool().unwrap_or(true);
        // The last part of a name with dots is the name that is declared.
        let last = |name: &str| name.rsplit('.').next().map(str::to_string);
        let is_same = |one: &&Seen| {
            let may = one.what == seen.what
                && last(one.name) == last(seen.name)
                && (one.what != What::Variable || one.rule == seen.rule);
            may && (with_own || one.span != origin) && index.origin(one) == Some(origin)
        };
        let spans = index.seen.iter().filter(is_same).map(|one| one.span).take(LSP_ITEMS);
        let mut lines: std::collections::HashMap<FileId, Lines> = std::collections::HashMap::new();
        let mut places = Vec::new();
        for span in spans {
            let own = lines.entry(span.file).or_insert_with(|| Lines::new(self.project.text(span.file), manner.encoding));
            places.push(json!({"uri": self.project.uri(span.file), "range": own.range(span.start as usize, span.end as usize)}));
        }
        json!(places)
    }

    fn hover(&self, index: &Index, offset: usize, manner: Manner) -> Value {
        let Some(seen) = self.seen(index, offset) else { return Value::Null };
        let text = hover::text(index, &self.project, &seen, manner.lang);
        text.map_or(Value::Null, |text| json!({"contents": {"kind": "markdown", "value": text}}))
    }

    /// One edit of everything, none if it has the layout, and nothing for what cannot be read.
    fn formatting(&self, manner: Manner) -> Value {
        let text = self.text();
        let Ok(laid_out) = format(&self.beginning_here()) else { return Value::Null };
        if laid_out == text {
            return json!([]);
        }
        json!([{"range": Lines::new(text, manner.encoding).range(0, text.len()), "newText": laid_out}])
    }

    /// The document first, and what it includes: macros may come from there.
    fn beginning_here(&self) -> Sources {
        let mut files = self.project.pack.sources.files.clone();
        let own: SourceFile = files.remove(self.file.0 as usize);
        files.insert(0, own);
        Sources { files, ..self.project.pack.sources.clone() }
    }
}

/// The word around a byte.
fn word(text: &str, offset: usize) -> &str {
    let is_of_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '?' | '.');
    let start = text[..offset].trim_end_matches(is_of_name).len();
    let end = text[offset..].find(|c| !is_of_name(c)).map_or(text.len(), |length| offset + length);
    &text[start..end]
}
