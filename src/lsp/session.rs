//! One editor's session: what it has said so far, and what follows from each message.

use super::End;
use super::answer::{Manner, Read};
use super::documents::Documents;
use super::findings::{self, ByFile};
use super::place::Encoding;
use super::project::Project;
use super::wire::Incoming;
use crate::types::{Lang, Said};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Before `initialize`.
    New,
    Open,
    /// Between `shutdown` and `exit`.
    Closing,
}

pub(super) struct Session {
    phase: Phase,
    manner: Manner,
    documents: Documents,
    /// Something has changed since the last check.
    stale: bool,
    published: ByFile,
    /// The last program that was asked about, until something changes.
    read: Option<(String, Option<Read>)>,
}

/// Messages to send, and whether this is the end.
pub(super) type Outcome = (Vec<Value>, Option<End>);

const PARSE_ERROR: i32 = -32_700;
const INVALID_REQUEST: i32 = -32_600;
const UNKNOWN_METHOD: i32 = -32_601;
const INTERNAL: i32 = -32_603;
const NOT_INITIALIZED: i32 = -32_002;

const ASKED_OF_DOCUMENTS: &[&str] = &[
    "textDocument/definition",
    "textDocument/references",
    "textDocument/hover",
    "textDocument/completion",
    "textDocument/documentSymbol",
    "textDocument/formatting",
];

impl Session {
    pub fn new(lang: Lang) -> Session {
        let manner = Manner { encoding: Encoding::Utf16, snippets: false, lang };
        let (documents, published) = (Documents::default(), ByFile::new());
        Session { phase: Phase::New, manner, documents, stale: false, published, read: None }
    }

    pub fn is_stale(&self) -> bool {
        self.stale
    }

    pub fn take(&mut self, came: Incoming) -> Outcome {
        match came {
            Incoming::Message(message) => self.message(&message),
            Incoming::Unreadable => {
                let said = Said::new("this is no JSON, or too long", "不是 JSON，或过长");
                (vec![self.refusal(&Value::Null, PARSE_ERROR, &said)], None)
            }
            Incoming::NoHead => (Vec::new(), Some(End::NoHead)),
            Incoming::End => (Vec::new(), Some(self.farewell())),
            Incoming::Failed(error) => (Vec::new(), Some(End::Failed(error))),
        }
    }

    fn farewell(&self) -> End {
        if self.phase == Phase::Closing { End::Asked } else { End::Left }
    }

    fn message(&mut self, message: &Value) -> Outcome {
        let (id, params) = (&message["id"], &message["params"]);
        match (message["method"].as_str(), id.is_null()) {
            (Some("exit"), _) => (Vec::new(), Some(self.farewell())),
            (Some(method), true) => {
                if self.phase == Phase::Open {
                    self.told(method, params);
                }
                (Vec::new(), None)
            }
            (Some(method), false) => (vec![self.request(id, method, params)], None),
            // An answer; we ask nothing.
            (None, false) if message.get("result").is_some() || message.get("error").is_some() => (Vec::new(), None),
            (None, _) => {
                let said = Said::new("a message without a method", "消息没有方法名");
                (vec![self.refusal(id, INVALID_REQUEST, &said)], None)
            }
        }
    }

    fn refusal(&self, id: &Value, code: i32, said: &Said) -> Value {
        json!({"id": id, "error": {"code": code, "message": said.get(self.manner.lang)}})
    }

    /// A notification. What is not understood is passed over, as the protocol has it.
    fn told(&mut self, method: &str, params: &Value) {
        let document = &params["textDocument"];
        let Some(uri) = document["uri"].as_str().or((method == "workspace/didChangeWatchedFiles").then_some("")) else { return };
        match method {
            "textDocument/didOpen" => {
                let Some(text) = document["text"].as_str() else { return };
                self.documents.put(uri, text);
            }
            "textDocument/didChange" => {
                // Each is the whole text.
                let changes = params["contentChanges"].as_array();
                let Some(text) = changes.and_then(|all| all.last()?["text"].as_str()) else { return };
                self.documents.put(uri, text);
            }
            "textDocument/didClose" => self.documents.close(uri),
            "textDocument/didSave" | "workspace/didChangeWatchedFiles" => {}
            _ => return,
        }
        (self.stale, self.read) = (true, None);
    }

    fn request(&mut self, id: &Value, method: &str, params: &Value) -> Value {
        match (self.phase, method) {
            (Phase::New, "initialize") => {
                self.initialize(params);
                json!({"id": id, "result": self.abilities()})
            }
            (Phase::New, _) => self.refusal(id, NOT_INITIALIZED, &Said::new("`initialize` comes first", "须先发送 `initialize`")),
            (Phase::Closing, _) | (_, "initialize") => {
                self.refusal(id, INVALID_REQUEST, &Said::new("this has no place here", "此处不能发送该请求"))
            }
            (Phase::Open, "shutdown") => {
                self.phase = Phase::Closing;
                json!({"id": id, "result": null})
            }
            (Phase::Open, method) if ASKED_OF_DOCUMENTS.contains(&method) => {
                match catch_unwind(AssertUnwindSafe(|| self.answer(method, params))) {
                    Ok(result) => json!({"id": id, "result": result}),
                    Err(_) => self.refusal(id, INTERNAL, &Said::new("a mistake of the server", "服务器内部错误")),
                }
            }
            (Phase::Open, _) => self.refusal(id, UNKNOWN_METHOD, &Said::new("unknown method", "未知的方法")),
        }
    }

    fn initialize(&mut self, params: &Value) {
        let abilities = &params["capabilities"];
        self.phase = Phase::Open;
        self.manner.encoding = Encoding::negotiated(&abilities["general"]["positionEncodings"]);
        let item = &abilities["textDocument"]["completion"]["completionItem"];
        self.manner.snippets = item["snippetSupport"].as_bool().unwrap_or(false);
        if let Some(locale) = params["locale"].as_str() {
            self.manner.lang = Lang::of_environment(|_| Some(locale.to_string()));
        }
    }

    fn abilities(&self) -> Value {
        json!({
            "capabilities": {
                "positionEncoding": self.manner.encoding.name(),
                "textDocumentSync": {"openClose": true, "change": 1, "save": {"includeText": false}},
                "definitionProvider": true,
                "referencesProvider": true,
                "hoverProvider": true,
                "completionProvider": {"triggerCharacters": [".", "(", ":"]},
                "documentSymbolProvider": true,
                "documentFormattingProvider": true,
            },
            "serverInfo": {"name": env!("CARGO_PKG_NAME"), "version": env!("CARGO_PKG_VERSION")},
        })
    }

    fn answer(&mut self, method: &str, params: &Value) -> Value {
        let uri = params["textDocument"]["uri"].as_str().unwrap_or("");
        if self.read.as_ref().is_none_or(|(own, _)| own != uri) {
            self.read = Some((uri.to_string(), Read::new(uri, &self.documents)));
        }
        let read = self.read.as_ref().and_then(|(_, read)| read.as_ref());
        read.map_or(Value::Null, |read| read.answer(method, params, self.manner))
    }

    /// Everything that is open, and what it is part of.
    pub fn check(&mut self) -> Outcome {
        self.stale = false;
        // A program that cannot be checked at all leaves what was said before.
        let found = catch_unwind(AssertUnwindSafe(|| self.findings())).ok();
        let messages = found.map_or_else(Vec::new, |found| self.publish(found));
        (messages, None)
    }

    fn findings(&self) -> ByFile {
        let (mut found, mut programs) = (ByFile::new(), BTreeSet::new());
        for uri in self.documents.uris() {
            found.entry(uri.to_string()).or_default();
            let Some(project) = Project::of(uri, &self.documents) else { continue };
            if programs.insert(project.uris.clone()) {
                findings::of(&project, self.manner.encoding, self.manner.lang, &mut found);
            }
        }
        found
    }

    /// What is new, and an empty list for what is mended.
    fn publish(&mut self, found: ByFile) -> Vec<Value> {
        let mut messages = Vec::new();
        let gone = self.published.keys().filter(|uri| !found.contains_key(*uri)).map(|uri| (uri, json!([])));
        let now = found.iter().filter(|(uri, all)| self.published.get(*uri) != Some(all)).map(|(uri, all)| (uri, json!(all)));
        for (uri, all) in gone.chain(now) {
            let params = json!({"uri": uri, "diagnostics": all});
            messages.push(json!({"method": "textDocument/publishDiagnostics", "params": params}));
        }
        self.published = found;
        messages
    }
}
