//! An editor in small speaks with the real language server: does it find what `huiyan check` finds, and know every name?

use super::process::{CHINESE, ENGLISH, huiyan};
use huiyan::limits::LSP_ITEMS;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use tempfile::TempDir;

struct Editor {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
    asked: u64,
}

impl Editor {
    fn start(lang: &str) -> Editor {
        let mut command = huiyan(lang, &["lsp"]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (to, from) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        Editor { child, to, from, asked: 0 }
    }

    /// As most editors are: UTF-16, English.
    fn open() -> Editor {
        let mut editor = Editor::start(ENGLISH);
        editor.ask("initialize", json!({"capabilities": {}}));
        editor.tell("initialized", json!({}));
        editor
    }

    fn raw(&mut self, body: &[u8]) {
        write!(self.to, "Content-Length: {}\r\n\r\n", body.len()).unwrap();
        self.to.write_all(body).unwrap();
        self.to.flush().unwrap();
    }

    fn tell(&mut self, method: &str, params: Value) {
        self.raw(json!({"jsonrpc": "2.0", "method": method, "params": params}).to_string().as_bytes());
    }

    fn hear(&mut self) -> Value {
        let mut length = 0;
        loop {
            let mut line = String::new();
            assert!(self.from.read_line(&mut line).unwrap() > 0, "the server has gone");
            match line.trim_end() {
                "" => break,
                line => length = line.strip_prefix("Content-Length: ").unwrap().parse().unwrap(),
            }
        }
        let mut body = vec![0; length];
        self.from.read_exact(&mut body).unwrap();
        serde_json::from_slice(&body).unwrap()
    }

    /// The whole answer.
    fn ask_whole(&mut self, method: &str, params: Value) -> Value {
        self.asked += 1;
        let id = self.asked;
        self.raw(json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}).to_string().as_bytes());
        loop {
            let heard = self.hear();
            if heard["id"] == id {
                return heard;
            }
        }
    }

    fn ask(&mut self, method: &str, params: Value) -> Value {
        let answer = self.ask_whole(method, params);
        assert!(answer.get("result").is_some(), "{answer}");
        answer["result"].clone()
    }

    /// What is asked of the place of the first `mark` in a text, and so many bytes behind its beginning.
    fn at(&mut self, what: &str, uri: &str, text: &str, (mark, behind): (&str, usize)) -> Value {
        let place = place(text, text.find(mark).unwrap() + behind);
        self.ask(&format!("textDocument/{what}"), json!({"textDocument": {"uri": uri}, "position": place}))
    }

    fn write(&mut self, uri: &str, text: &str) {
        self.tell("textDocument/didOpen", json!({"textDocument": {"uri": uri, "text": text, "version": 1, "languageId": "dl"}}));
    }

    fn change(&mut self, uri: &str, text: &str) {
        self.tell(
            "textDocument/didChange",
            json!({"textDocument": {"uri": uri, "version": 2}, "contentChanges": [{"text": text}]}),
        );
    }

    /// The next list for a document.
    fn findings(&mut self, uri: &str) -> Vec<Value> {
        loop {
            let heard = self.hear();
            if heard["method"] == "textDocument/publishDiagnostics" && heard["params"]["uri"] == uri {
                return heard["params"]["diagnostics"].as_array().unwrap().clone();
            }
        }
    }

    fn end(mut self) -> (Option<i32>, String) {
        drop(self.to);
        let code = self.child.wait().unwrap().code();
        let mut err = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
        (code, err)
    }
}

/// In UTF-16.
fn place(text: &str, byte: usize) -> Value {
    let line = text[..byte].rsplit('\n').next().unwrap();
    json!({"line": text[..byte].matches('\n').count(), "character": line.encode_utf16().count()})
}

fn range(text: &str, part: &str) -> Value {
    let start = text.find(part).unwrap();
    json!({"start": place(text, start), "end": place(text, start + part.len())})
}

fn codes(findings: &[Value]) -> Vec<&str> {
    findings.iter().map(|one| one["code"].as_str().unwrap()).collect()
}

fn labels(items: &Value) -> Vec<&str> {
    items.as_array().unwrap().iter().map(|item| item["label"].as_str().unwrap()).collect()
}

fn folder(files: &[(&str, &str)]) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let file = dir.path().join(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    }
    dir
}

fn uri(dir: &TempDir, name: &str) -> String {
    format!("file://{}", Path::new(dir.path()).join(name).display())
}

const LONE: &str = "untitled:Untitled-1";

const TEXT: &str = "\
.type Office <: symbol\n\
/// Papers 文书😀\n\
//? 误报：无\n\
.decl paper(office: Office, no: symbol, day: date?)\n\
.record paper(key=\"office,no\", owner=\"police\", title=\"文书\")\n\
.decl 多(office: Office, n: number)\n\
.output 多\n\
多(o, n) :- paper(office: o), \"😀😀\" != \"\", n = count : { paper(o, _, _) }, strlen(o) > 1.\n\
.comp C<T> {\n    .decl r(x: T)\n}\n\
.init c = C<number>\n\
c.r(1).\n\
.type Tree = Leaf {} | Node {up: Tree}\n.decl t(x: Tree)\nt($Node($Leaf())).\n";

#[test]
fn a_session_begins_and_ends_as_the_protocol_says() {
    let mut editor = Editor::start(ENGLISH);
    assert_eq!(editor.ask_whole("textDocument/hover", json!({}))["error"]["code"], -32002);
    let offered = json!({"capabilities": {"general": {"positionEncodings": ["utf-16", "utf-8"]}}});
    let can = editor.ask("initialize", offered);
    assert_eq!(can["capabilities"]["positionEncoding"], "utf-8");
    assert_eq!(editor.ask_whole("initialize", json!({}))["error"]["code"], -32600);
    assert_eq!(editor.ask_whole("no/such", json!({}))["error"]["code"], -32601);
    assert_eq!(editor.ask("shutdown", Value::Null), Value::Null);
    assert_eq!(editor.ask_whole("textDocument/hover", json!({}))["error"]["code"], -32600);
    editor.tell("exit", Value::Null);
    assert_eq!(editor.end(), (Some(0), String::new()));

    let mut editor = Editor::start(CHINESE);
    editor.tell("exit", Value::Null);
    let (code, err) = editor.end();
    assert!(code == Some(1) && err.contains("编辑器"), "{err}");
    let mut editor = Editor::start(ENGLISH);
    editor.to.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
    let (code, err) = editor.end();
    assert!(code == Some(1) && err.contains("no message of the language server protocol"), "{err}");
}

#[test]
fn findings_are_those_of_check_and_go_when_they_are_mended() {
    let mut editor = Editor::open();
    let wrong = "/* 😀罪 */ .decl p(x: number) p(x) :- 無(x).\n";
    editor.write(LONE, wrong);
    let found = editor.findings(LONE);
    let own = found.iter().find(|one| one["code"] == "E0201").unwrap();
    assert_eq!(own["range"], range(wrong, "無"), "in UTF-16");
    assert_eq!(own["severity"], 1);
    assert!(own["message"].as_str().unwrap().starts_with("undefined relation"), "{own}");
    editor.change(LONE, ".decl p(x: number)\n.decl p(y: number)\np(1).\n");
    let twice = editor.findings(LONE);
    assert_eq!(codes(&twice), ["E0202"]);
    assert_eq!(twice[0]["relatedInformation"][0]["location"]["uri"], LONE);
    editor.change(LONE, ".decl p(x: number)\n.output p\np(1).\n.decl q(x: number)\n.output q\nq(x) :- p(x), p(y).\n");
    let warned = editor.findings(LONE);
    assert_eq!((codes(&warned), &warned[0]["severity"]), (vec!["W0201"], &json!(2)));
    editor.change(LONE, ".decl p(x: number)\n.output p\np(1).\n");
    assert_eq!(editor.findings(LONE), Vec::<Value>::new());

    let mut editor = Editor::start(ENGLISH);
    editor.ask("initialize", json!({"capabilities": {}, "locale": "zh-cn"}));
    editor.write(LONE, wrong);
    assert!(editor.findings(LONE).iter().any(|one| one["message"].as_str().unwrap().contains("未定义的关系")));
}

#[test]
fn files_of_a_pack_are_one_program_with_what_is_not_saved() {
    let (main, part) = (".include \"part.dl\"\n.output q\n", ".decl q(x: number)\nq(x) :- p(x).\n");
    let decl = ".decl p(x: number)\np(1).\n";
    let manifest = "name = \"a\"\nversion = \"1\"\nmain = \"main.dl\"\n";
    // With a manifest, and without one.
    for with in [Some(("pack.toml", manifest)), None] {
        let files: Vec<(&str, &str)> = [("main.dl", main), ("part.dl", part)].into_iter().chain(with).collect();
        let dir = folder(&files);
        let [main_uri, part_uri] = ["main.dl", "part.dl"].map(|name| uri(&dir, name));
        let mut editor = Editor::open();
        editor.write(&part_uri, part);
        assert_eq!(codes(&editor.findings(&part_uri)), ["E0201"]);
        // The declaration that the part needs stands in an unsaved text of the other file.
        let written = format!("{decl}{main}");
        editor.write(&main_uri, &written);
        assert_eq!(editor.findings(&part_uri), Vec::<Value>::new());
        let found = editor.at("definition", &part_uri, part, ("p(x).", 0));
        assert_eq!((&found["uri"], &found["range"]["start"]), (&json!(main_uri), &json!({"line": 0, "character": 6})));
        let found = editor.at("definition", &main_uri, &written, ("part.dl", 2));
        assert_eq!(found["uri"], part_uri);
        let all = editor.at("references", &main_uri, &written, ("p(1)", 0));
        assert_eq!(all.as_array().unwrap().len(), 3, "{all}");
        // What was not saved is gone.
        editor.tell("textDocument/didClose", json!({"textDocument": {"uri": main_uri}}));
        assert_eq!(codes(&editor.findings(&part_uri)), ["E0201"]);
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), files.len(), "nothing is written");
    }
}

#[test]
fn mistakes_of_a_pack_and_of_its_data_stand_in_their_files() {
    let manifest = "name = \"a\"\nversion = \"1\"\nmain = \"main.dl\"\n[data]\np = \"p.csv\"\n";
    let main =
        ".decl p(x: number)\n.record p(key=\"x\", owner=\"pack\", title=\"p\")\n.decl q(x: number)\n.output q\nq(x) :- p(x).\n";
    let dir = folder(&[("pack.toml", manifest), ("main.dl", main), ("p.csv", "x\n1\ntwo\n")]);
    let mut editor = Editor::open();
    editor.write(&uri(&dir, "main.dl"), main);
    let found = editor.findings(&uri(&dir, "p.csv"));
    assert_eq!(found[0]["range"]["start"]["line"], 2, "{found:?}");
    std::fs::write(dir.path().join("pack.toml"), "name = 1").unwrap();
    editor.tell("workspace/didChangeWatchedFiles", json!({"changes": []}));
    assert_eq!(codes(&editor.findings(&uri(&dir, "pack.toml"))), ["pack"]);
}

#[test]
fn every_name_leads_to_where_it_is_declared() {
    let mut editor = Editor::open();
    editor.write(LONE, TEXT);
    let cases = [
        (("paper(o,", 1), "paper"),
        (("record paper", 8), "paper"),
        (("office: Office, no", 9), "Office"),
        (("office: o)", 2), "office"),
        (("strlen(o)", 7), "o, n) :-"),
        (("c.r(1)", 2), "r(x"),
        (("= C<", 2), "C<T>"),
        (("x: T)\n}", 3), "T> {"),
        (("$Leaf", 2), "Leaf {}"),
    ];
    for ((mark, behind), expected) in cases {
        let found = editor.at("definition", LONE, TEXT, (mark, behind));
        assert_eq!(found["range"]["start"], range(TEXT, expected)["start"], "{mark}");
    }
    assert_eq!(editor.at("definition", LONE, TEXT, ("strlen", 1)), Value::Null);
    // A sentence that cannot be read.
    let broken = format!("{TEXT}多(o, 1) :- paper(o, .");
    editor.change(LONE, &broken);
    let place = place(&broken, broken.rfind("paper").unwrap() + 2);
    let found = editor.ask("textDocument/definition", json!({"textDocument": {"uri": LONE}, "position": place}));
    assert_eq!(found["range"], range(TEXT, "paper"));
}

#[test]
fn a_name_is_told_with_its_comment_and_its_kind() {
    let mut editor = Editor::open();
    editor.write(LONE, TEXT);
    for (mark, behind, parts) in [
        (
            "paper(o,",
            1,
            &[".decl paper(office: Office, no: symbol, day: date?)", "Papers 文书😀", "? 误报：无", "record “文书”"][..],
        ),
        ("多(o", 0, &[".decl 多", "output"]),
        ("office: Office, no", 9, &[".type Office <: symbol"]),
        ("strlen", 2, &["strlen(t)", "in bytes"]),
        ("count", 2, &["count : { body }", "how many"]),
        ("strlen(o)", 7, &["o: Office", "`多.office`", "`paper.office`"]),
        ("office: o)", 2, &["paper.office: Office"]),
        ("= C<", 2, &[".comp C"]),
    ] {
        let told = editor.at("hover", LONE, TEXT, (mark, behind));
        let told = told["contents"]["value"].as_str().unwrap_or_else(|| panic!("{mark}: {told}"));
        parts.iter().for_each(|part| assert!(told.contains(part), "{mark}: {part} in {told}"));
    }
    assert_eq!(editor.at("hover", LONE, TEXT, ("\"😀😀\"", 1)), Value::Null);
}

#[test]
fn q5_what_is_offered_ends_at_a_bound() {
    let mut editor = Editor::open();
    let mut offered = |relations: usize| {
        let text = format!("{}.output ", (0..relations).map(|i| format!(".decl r{i}(x: number)\n")).collect::<String>());
        editor.write(LONE, &text);
        editor.at("completion", LONE, &text, (".output ", ".output ".len())).as_array().unwrap().len()
    };
    assert_eq!((offered(LSP_ITEMS), offered(LSP_ITEMS + 1)), (LSP_ITEMS, LSP_ITEMS));
}

#[test]
fn what_may_stand_there_is_offered() {
    let mut editor = Editor::start(CHINESE);
    let item = json!({"textDocument": {"completion": {"completionItem": {"snippetSupport": true}}}});
    editor.ask("initialize", json!({"capabilities": item}));
    let mut offered = |behind: &str| {
        let text = format!("{TEXT}{behind}");
        editor.write(LONE, &text);
        let place = place(&text, text.len());
        editor.ask("textDocument/completion", json!({"textDocument": {"uri": LONE}, "position": place}))
    };
    let of_rule = offered("多(o, 1) :- ");
    let paper = of_rule.as_array().unwrap().iter().find(|item| item["label"] == "paper").unwrap();
    assert_eq!(paper["insertText"], "paper(${1:office}, ${2:no}, ${3:day})");
    assert_eq!(paper["detail"], "(office: Office, no: symbol, day: date?)");
    let strlen = of_rule.as_array().unwrap().iter().find(|item| item["label"] == "strlen").unwrap();
    assert_eq!(strlen["documentation"], "文本的字节数");
    let columns = offered("多(o, 1) :- paper(off");
    assert_eq!(labels(&columns)[..3], ["office", "no", "day"]);
    assert_eq!(columns[0]["insertText"], "office: ");
    let types = offered(".decl a(x: ");
    assert!(labels(&types).contains(&"Office") && labels(&types).contains(&"date") && !labels(&types).contains(&"paper"));
    assert!(labels(&offered(".")).contains(&"decl"));
    assert!(labels(&offered(".output ")).contains(&"多"));
}

#[test]
fn a_document_is_laid_out_and_outlined() {
    let mut editor = Editor::open();
    let text = "/* 😀 */ .decl a( x:number )\na( 1 ).\n";
    editor.write(LONE, text);
    let of = json!({"textDocument": {"uri": LONE}});
    let edits = editor.ask("textDocument/formatting", of.clone());
    assert_eq!(edits[0]["newText"], "/* 😀 */ .decl a(x: number)\na(1).\n");
    assert_eq!(edits[0]["range"], json!({"start": {"line": 0, "character": 0}, "end": {"line": 2, "character": 0}}));
    let outline = editor.ask("textDocument/documentSymbol", of.clone());
    let names: Vec<&str> = outline.as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["a", "a"]);
    assert_eq!(outline[0]["selectionRange"], range(text, "a"));
    editor.change(LONE, "a(1). 'b'");
    assert_eq!(editor.ask("textDocument/formatting", of), Value::Null);
}

#[test]
fn nothing_that_is_sent_ends_it() {
    let mut editor = Editor::open();
    editor.raw(b"{");
    assert_eq!(editor.hear()["error"]["code"], -32700);
    editor.raw(&[0xff; 9]);
    assert_eq!(editor.hear()["error"]["code"], -32700);
    editor.raw(b"[1]");
    assert_eq!(editor.hear()["error"]["code"], -32600);
    for params in
        [json!(null), json!([]), json!({"textDocument": 1}), json!({"textDocument": {"uri": "file://%"}, "position": -1})]
    {
        for what in ["didOpen", "didChange", "didClose", "didSave"] {
            editor.tell(&format!("textDocument/{what}"), params.clone());
        }
        for what in ["hover", "definition", "references", "completion", "formatting", "documentSymbol"] {
            assert_eq!(editor.ask(&format!("textDocument/{what}"), params.clone()), Value::Null);
        }
    }
    // Longer than any text of rules, and one whose only line is long; brackets; components in a circle.
    let huge = "a".repeat(huiyan::limits::MAX_RULE_TEXT_BYTES + 1);
    let circle = ".comp A : B, B {}\n.comp B : A, A {}\n.init a = A\n.init b = B\na.r(1).\n";
    for text in
        [huge.as_str(), &"罪😀(".repeat(20_000), &"a(1).".repeat(20_000), &format!(".decl a(x:{}", "[".repeat(10_000)), circle]
    {
        editor.write(LONE, text);
        for what in ["hover", "definition", "references", "completion", "formatting", "documentSymbol"] {
            let place = json!({"line": 4, "character": 2});
            editor.ask(&format!("textDocument/{what}"), json!({"textDocument": {"uri": LONE}, "position": place}));
        }
    }
    // A message that is longer than any may be is passed over.
    let length = huiyan::limits::LSP_MESSAGE_BYTES + 1;
    write!(editor.to, "Content-Length: {length}\r\n\r\n").unwrap();
    let piece = vec![b' '; 1 << 20];
    let mut left = length;
    while left > 0 {
        let now = left.min(piece.len());
        editor.to.write_all(&piece[..now]).unwrap();
        left -= now;
    }
    while editor.hear()["error"]["code"] != -32700 {}
    editor.ask("shutdown", Value::Null);
    editor.tell("exit", Value::Null);
    assert_eq!(editor.end().0, Some(0));
}
