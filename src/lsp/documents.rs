//! What the editor holds open, with the texts as they are there.

use super::uri;
use crate::limits::{LSP_DOCUMENT_BYTES, LSP_DOCUMENTS, MAX_RULE_TEXT_BYTES};
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

#[derive(Default)]
pub(super) struct Documents {
    open: BTreeMap<String, Document>,
    by_path: HashMap<PathBuf, String>,
    bytes: usize,
}

struct Document {
    /// `None`: it is a file of the editor only.
    path: Option<PathBuf>,
    text: Arc<str>,
}

impl Documents {
    /// A text that is too long, or one too many, is not held: then the disk's counts.
    pub fn put(&mut self, uri: &str, text: &str) {
        self.close(uri);
        let fits = text.len() <= MAX_RULE_TEXT_BYTES && self.bytes + text.len() <= LSP_DOCUMENT_BYTES;
        if !fits || self.open.len() >= LSP_DOCUMENTS {
            return;
        }
        let path = uri::path(uri);
        if let Some(path) = &path {
            self.by_path.insert(path.clone(), uri.to_string());
        }
        self.bytes += text.len();
        self.open.insert(uri.to_string(), Document { path, text: Arc::from(text) });
    }

    pub fn close(&mut self, uri: &str) {
        if let Some(document) = self.open.remove(uri) {
            self.bytes -= document.text.len();
            document.path.iter().for_each(|path| drop(self.by_path.remove(path)));
        }
    }

    pub fn uris(&self) -> impl Iterator<Item = &str> {
        self.open.keys().map(String::as_str)
    }

    pub fn text(&self, uri: &str) -> Option<Arc<str>> {
        self.open.get(uri).map(|document| document.text.clone())
    }

    pub fn unsaved(&self, path: &Path) -> Option<Arc<str>> {
        self.text(self.by_path.get(&uri::plain(path))?)
    }

    /// As the editor calls it, if it has it open.
    pub fn uri_of(&self, path: &Path) -> String {
        let path = uri::plain(path);
        self.by_path.get(&path).cloned().unwrap_or_else(|| uri::of(&path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn q5_documents_are_held_up_to_their_number_and_bytes() {
        let mut documents = Documents::default();
        (0..=LSP_DOCUMENTS).for_each(|n| documents.put(&format!("untitled:{n}"), "a(1)."));
        assert_eq!(documents.uris().count(), LSP_DOCUMENTS);
        assert!(documents.text(&format!("untitled:{LSP_DOCUMENTS}")).is_none());
        documents.close("untitled:0");
        documents.put("untitled:new", "a(1).");
        assert_eq!(documents.uris().count(), LSP_DOCUMENTS, "there is room again");

        let (mut documents, text) = (Documents::default(), "x".repeat(MAX_RULE_TEXT_BYTES));
        let most = LSP_DOCUMENT_BYTES / MAX_RULE_TEXT_BYTES;
        (0..most).for_each(|n| documents.put(&format!("untitled:{n}"), &text));
        documents.put("untitled:more", "x");
        assert_eq!((documents.uris().count(), documents.bytes), (most, LSP_DOCUMENT_BYTES));
        documents.put("untitled:0", &format!("{text}x"));
        assert_eq!(documents.uris().count(), most - 1, "one that is too long is none");
    }
}
