//! The binary as users meet it: does every command end with the code that says what became of it, and in the user's language?
//!
//! 0 done, 1 the input is at fault, 2 usage, 3 the machine is.

use super::process::{CHINESE, ENGLISH, Ended, Serving, huiyan, run};
use crate::verified::Spared;
use std::fs::File;
use std::io::Read;
use std::net::TcpListener;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

const SUPERVISION: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/rules/supervision");

const GOOD: &str = ".decl p(x: number)\np(1).\n.decl q(x: number)\n.output q\nq(x) :- p(x).\n";
const BAD: &str = ".decl p(x: number) p(x) :- q(x).\n";
const ENDLESS: &str = ".decl n(x: number)\nn(0).\nn(x + 1) :- n(x).\n.output n\n";
const RULES: &str = ".type AgencyCode <: symbol\n.decl paper(office: AgencyCode, no: symbol)\n\
    .record paper(key=\"office,no\", by=\"office\", owner=\"police\", title=\"文书\")\n.decl papers(n: number)\n.output papers\n\
    papers(n) :- n = count : { paper(_, _) }.\n";
/// A case that asks for a clue that does not come.
const CASE: [(&str, &str); 2] = [
    ("failing/cases/one/in.tsv", "1\tinsert\t+1\tpaper\tpolice:1,a\n"),
    ("failing/cases/one/expect.tsv", "1\topen\tclue\tpolice:1|b\thint\n"),
];

/// A folder with good and bad things in it.
fn bench() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let put = |name: &str, text: &str| {
        let file = dir.path().join(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    };
    put("good.dl", GOOD);
    put("bad.dl", BAD);
    put("endless.dl", ENDLESS);
    put("wide.dl", "p( 1 ).\n");
    put("open.dl", "/* p(1).\n");
    put("rules.dl", RULES);
    put("failing/pack.toml", "name = \"failing\"\nversion = \"1\"\nmain = \"rules.dl\"\n");
    put("failing/rules.dl", CLUE);
    CASE.iter().for_each(|(name, text)| put(name, text));
    put("holds/pack.toml", "name = \"holds\"\nversion = \"1\"\nmain = \"rules.dl\"\n");
    put("holds/rules.dl", CLUE);
    put("holds/cases/one/in.tsv", CASE[0].1);
    put("holds/cases/one/expect.tsv", "1\topen\tclue\tpolice:1|a\thint\n");
    put("foreign/notes.txt", "somebody's notes\n");
    put("file", "no folder\n");
    put("updates.tsv", "1\tinsert\t+1\tnothing\t1\n");
    dir
}

const CLUE: &str = ".type AgencyCode <: symbol\n.decl paper(office: AgencyCode, no: symbol)\n\
    .record paper(key=\"office,no\", by=\"office\", owner=\"police\", title=\"文书\")\n.decl clue(office: AgencyCode, no: symbol)\n\
    .clue clue(title=\"文书\", key=\"office,no\", level=\"hint\", reason=\"{no}\")\nclue(o, n) :- paper(o, n).\n";

/// A command line, its exit code, and what it says in English and in Chinese (on standard error if it is a mistake).
type Case<'a> = (&'a str, i32, &'a str, &'a str);

const CASES: &[Case] = &[
    // Done.
    ("--version", 0, "huiyan 0.", "huiyan 0."),
    ("--help", 0, "Usage: huiyan", "启动服务"),
    ("serve --help", 0, "--listen", "监听地址"),
    ("check good.dl", 0, "no mistakes: 2 relations, 1 rules", "没有错误：2 个关系，1 条规则"),
    ("check good.dl --format json", 0, "\"errors\": 0", "\"errors\": 0"),
    ("plan good.dl", 0, "p", "p"),
    ("run good.dl -D -", 0, "q\n", "q\n"),
    ("fmt good.dl", 0, "", ""),
    ("fmt --check holds", 0, "", ""),
    ("test holds", 0, "1 cases, 1 hold, 0 fail", "共 1 个用例，1 个通过，0 个不通过"),
    ("test holds --coverage", 0, "1 of 1 clauses hold in a case, 0 of 0 conditions decide one", "共 1 个子句，1 个在用例中成立"),
    ("test holds --format json", 0, "\"holds\": true", "\"holds\": true"),
    ("cards holds", 0, "# 规则卡：holds", "# 规则卡：holds"),
    ("generate LANG-county --records 0", 0, "clue intervals in", "个线索区间见"),
    ("demo --once --records 0", 0, "clues hold", "条线索成立"),
    // The input is at fault.
    ("lsp", 1, "the editor left without a farewell", "编辑器未按协议结束便已断开"),
    ("check bad.dl", 1, "error[E0201]: undefined relation `q`", "错误[E0201]: 未定义的关系 `q`"),
    ("check nowhere", 1, "cannot read nowhere: there is no such file or folder", "无法读取 nowhere：没有这个文件或文件夹"),
    // Before a server is asked or waited for.
    ("push --server http://127.0.0.1:9 --agency police:1 nowhere.csv", 2, "cannot read nowhere.csv", "无法读取 nowhere.csv"),
    ("plan bad.dl", 1, "did you mean `p`?", "是否想写 `p`？"),
    ("fmt nowhere", 1, "cannot read nowhere: there is no such file", "无法读取 nowhere：没有这个文件"),
    ("fmt --check bad.dl wide.dl", 1, "wide.dl", "wide.dl"),
    ("fmt open.dl", 1, "--> open.dl:1:1", "--> open.dl:1:1"),
    ("cards bad.dl", 1, "undefined relation", "未定义的关系"),
    ("plan nowhere", 1, "there is no such file", "没有这个文件"),
    ("run bad.dl", 1, "1 error", "1 处错误"),
    ("run nowhere.dl", 1, "cannot read nowhere.dl", "无法读取 nowhere.dl"),
    ("run endless.dl", 1, "it may never end", "它可能永远不会结束"),
    ("run good.dl --updates nowhere", 1, "cannot read nowhere", "无法读取 nowhere"),
    ("run good.dl -D - --updates updates.tsv", 1, "nothing", "nothing"),
    ("test failing", 1, "1 cases, 0 hold, 1 fail", "共 1 个用例，0 个通过，1 个不通过"),
    ("test failing --format json", 1, "\"differences\"", "\"differences\""),
    ("test bad.dl", 1, "undefined relation", "未定义的关系"),
    ("test nowhere", 1, "there is no such file", "没有这个文件"),
    ("generate foreign", 1, "foreign is not empty", "foreign 不是空目录"),
    ("demo --once --data foreign", 1, "foreign is not empty", "foreign 不是空目录"),
    ("serve --data foreign --rules rules.dl", 1, "foreign holds other files and no journal", "foreign 中是其他文件"),
    ("serve --data new --rules bad.dl", 1, "undefined relation", "未定义的关系"),
    ("serve --data new --rules nowhere", 1, "cannot read nowhere", "无法读取 nowhere"),
    // Usage.
    ("", 2, "Usage: huiyan", "启动服务"),
    ("serv", 2, "unrecognized subcommand 'serv'", "没有命令 serv\n是否想写：serve"),
    ("serve --data x", 2, "--rules <PATH>", "缺少参数 --rules <PATH>"),
    ("serve --data x --rules x --listen here", 2, "such as 127.0.0.1:7070", "应为：地址和端口"),
    ("serve --data x --rules x --clock noon", 2, "wall or manual=YYYY-MM-DD", "应为：wall，或 manual=YYYY-MM-DD"),
    ("serve --data x --rules x --workers 0", 2, "a whole number from 1 to 64", "应为：1 至 64 之间的整数"),
    ("serve --data x --rules x --log xml", 2, "possible values: text, json", "可用：text、json"),
    ("check", 2, "<PATH>", "缺少参数 <PATH>"),
    ("check good.dl --format yaml", 2, "possible values: text, json, sarif", "可用：text、json、sarif"),
    ("plan good.dl more", 2, "unexpected argument 'more'", "没有参数 more"),
    ("run good.dl --jobs 65", 2, "a whole number from 1 to 64", "1 至 64 之间的整数"),
    ("test", 2, "<PACK>", "缺少参数 <PACK>"),
    ("generate x --seed=-1", 2, "a whole number", "之间的整数"),
    ("generate x --recrods 1", 2, "--records", "是否想写：--records"),
    ("demo --once --play", 2, "cannot be used with", "不能与"),
    ("push", 2, "<FILE>", "缺少参数 <FILE>"),
    ("push file --agency police", 2, "kind:code", "应为：类别:代码"),
    ("demo --play=61", 2, "seconds for each day, 0 to 60", "应为：每日的秒数，0 至 60"),
    // The machine is at fault.
    ("generate file/inside", 3, "cannot write into file/inside: it is no folder", "无法写入 file/inside：不是文件夹"),
    ("cards holds --out file/inside", 3, "cannot write into file/inside", "无法写入 file/inside"),
    ("run good.dl -D /proc/nothing", 3, "cannot write /proc/nothing/q.csv", "无法写入 /proc/nothing/q.csv"),
    ("serve --data file --rules rules.dl", 3, "cannot make file: a file has this name", "无法创建 file：此处已有同名文件"),
    (
        "serve --data file/inside --rules rules.dl",
        3,
        "cannot make file/inside: it is no folder",
        "无法创建 file/inside：不是文件夹",
    ),
    ("demo --once --data /proc/nothing", 3, "cannot make /proc/nothing", "无法创建 /proc/nothing"),
];

fn is_chinese(text: &str) -> bool {
    text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c))
}

#[test]
fn every_command_ends_with_its_code_and_speaks_the_users_language() {
    let bench = bench();
    for &(line, code, english, chinese) in CASES {
        for (lang, part) in [(ENGLISH, english), (CHINESE, chinese)] {
            let line = line.replace("LANG", lang);
            let args: Vec<&str> = line.split(' ').filter(|word| !word.is_empty()).collect();
            let ended = run(lang, bench.path(), &args);
            let told = format!("{lang}: huiyan {line}: {ended:?}");
            assert_eq!(ended.code, Some(code), "{told}");
            assert!([&ended.out, &ended.err].iter().any(|text| text.contains(part)), "{told}");
            if code > 1 {
                assert!(ended.out.is_empty() && ended.err.contains(part), "{told}");
            }
            assert!(!ended.err.contains("panicked") && !ended.err.contains("os error"), "{told}");
            let both = line.is_empty() || line.ends_with("--help");
            assert!(lang == CHINESE || both || !is_chinese(&ended.err), "{told}");
        }
    }
    let left: Vec<String> =
        std::fs::read_dir(bench.path().join("foreign")).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(left, ["notes.txt"], "nothing was put into somebody else's folder");
    for made in ["new", "x"] {
        assert!(!bench.path().join(made).exists(), "{made}: what was refused made nothing");
    }
}

#[test]
fn a_full_disk_behind_standard_output_is_said_and_a_reader_that_left_is_not() {
    let bench = bench();
    for line in [
        "plan good.dl",
        "check good.dl",
        "check bad.dl --format json",
        "test holds",
        "run good.dl -D -",
        "generate LANG-full --records 0",
    ] {
        for (lang, part) in [(ENGLISH, "cannot write standard output: the disk is full"), (CHINESE, "无法写到标准输出：磁盘已满")]
        {
            let line = line.replace("LANG", lang);
            let args: Vec<&str> = line.split(' ').collect();
            let full = File::options().write(true).open("/dev/full").unwrap();
            let output = huiyan(lang, &args).current_dir(bench.path()).stdout(full).output().unwrap();
            let err = String::from_utf8(output.stderr).unwrap();
            assert_eq!((output.status.code(), err.trim_end()), (Some(3), part), "{line}");
        }
    }
    // `plan` of a large pack writes more than a pipe holds; nobody reads it.
    let mut child = huiyan(ENGLISH, &["plan", SUPERVISION]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let mut err = String::new();
    child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
    assert_eq!((child.wait().unwrap().code(), err.as_str()), (Some(0), ""));
}

/// Arguments of a server on a folder of the bench.
fn served(bench: &Path, data: &str) -> [String; 4] {
    let path = |name: &str| bench.join(name).to_string_lossy().into_owned();
    ["--data".to_string(), path(data), "--rules".to_string(), path("rules.dl")]
}

fn start(lang: &str, bench: &Path, name: &str, data: &str) -> Serving {
    let args = served(bench, data);
    Serving::start(lang, bench, name, &args.each_ref().map(String::as_str))
}

/// A server that does not get as far as listening.
fn refused(lang: &str, bench: &Path, data: &str, listen: &str) -> Ended {
    let args = served(bench, data);
    run(lang, bench, &[&["serve", "--listen", listen], &args.each_ref().map(String::as_str)[..]].concat())
}

const PAPER: &str = "{\"relation\":\"paper\",\"op\":\"upsert\",\"row\":{\"office\":\"police:1\",\"no\":\"a\"}}\n";

#[test]
fn a_server_ends_in_order_when_it_is_told_to_and_keeps_what_it_acknowledged() {
    let bench = bench();
    let dir = bench.path();
    for (lang, signal, listening) in
        [(ENGLISH, "TERM", "serving: http://127.0.0.1:"), (CHINESE, "INT", "服务已启动：http://127.0.0.1:")]
    {
        let server = start(lang, dir, signal, "data");
        server.until("ready");
        let mut events = server.client.subscribe("", None);
        while events.next().expect("an event").name != "complete" {}
        assert_eq!(server.client.post("/v1/batches", &[], PAPER).expect(200)["accepted"], 1);
        let reader = std::thread::spawn(move || while events.next().is_some() {});
        let ended = server.end(signal);
        reader.join().unwrap();
        assert_eq!(ended.code, Some(0), "{ended:?}");
        assert!(ended.took < Duration::from_secs(10), "{ended:?}");
        assert!(ended.out.starts_with(listening) && ended.err.trim_end().ends_with("stopped"), "{ended:?}");
    }
    let again = start(ENGLISH, dir, "again", "data");
    again.until("ready");
    assert_eq!(again.client.list("/v1/relations/paper/rows").len(), 1);
    let killed = again.end("KILL");
    assert_eq!(killed.code, None);
    let after = start(ENGLISH, dir, "after", "data");
    after.until("ready");
    assert_eq!(after.client.list("/v1/relations/papers/rows"), [serde_json::json!({"n": 1})]);
    assert_eq!(after.end("TERM").code, Some(0));
}

#[test]
fn a_port_or_folder_in_use_is_said_so() {
    let bench = bench();
    let dir = bench.path();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().to_string();
    let server = start(ENGLISH, dir, "first", "data");
    server.until("ready");
    for (lang, listen, folder) in [
        (ENGLISH, format!("cannot listen on {port}: another program listens there"), "is in use by another server"),
        (CHINESE, format!("无法在 {port} 监听：地址已被其他程序占用"), "正由另一个服务使用"),
    ] {
        let ended = refused(lang, dir, &format!("of-{lang}"), &port);
        assert_eq!(ended.code, Some(3), "{ended:?}");
        assert!(ended.err.contains(&listen) && ended.out.is_empty(), "{ended:?}");
        let ended = refused(lang, dir, "data", "127.0.0.1:0");
        assert_eq!(ended.code, Some(3), "{ended:?}");
        assert!(ended.err.contains(folder) && ended.out.is_empty(), "{ended:?}");
    }
    assert_eq!(server.end("TERM").code, Some(0));
}

/// Damage is found while the server listens already: it says so, answers what it can, and ends with the machine's code.
#[test]
fn a_damaged_journal_is_named_and_is_the_machines_fault() {
    let bench = bench();
    let dir = bench.path();
    let server = start(ENGLISH, dir, "whole", "data");
    server.until("ready");
    server.client.post("/v1/batches", &[], PAPER).expect(200);
    assert_eq!(server.end("TERM").code, Some(0));
    let journal = dir.join("data/journal");
    let mut bytes = std::fs::read(&journal).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&journal, &bytes).unwrap();
    for (lang, part) in [(ENGLISH, "is damaged at byte"), (CHINESE, "处已损坏")] {
        let server = start(lang, dir, lang, "data").spare(Spared::Damaged);
        server.until("failed");
        assert_eq!((server.client.get("/healthz").status, server.client.get("/readyz").status), (503, 503));
        let ended = server.end("TERM");
        assert_eq!(ended.code, Some(3), "{ended:?}");
        let last = ended.err.lines().last().unwrap();
        assert!(last.contains(part) && last.contains("data/journal"), "{ended:?}");
    }
    assert_eq!(std::fs::read(&journal).unwrap(), bytes, "nobody mended it");
}

#[test]
fn rule_files_get_one_layout_in_place_and_lose_nothing() {
    let dir = bench();
    let at = |name: &str| dir.path().join(name);
    let written = "// kept\np( 1 ).   // too\n\n\n\nq(x):-p(x),\nx>0.";
    let expected = "// kept\np(1).   // too\n\nq(x) :- p(x),\n    x > 0.\n";
    std::fs::create_dir(at("pack")).unwrap();
    ["one.dl", "two.dl", "notes.txt"].iter().for_each(|name| std::fs::write(at("pack").join(name), written).unwrap());
    let asked = run(ENGLISH, dir.path(), &["fmt", "--check", "pack"]);
    assert_eq!((asked.code, asked.out.as_str()), (Some(1), "pack/one.dl\npack/two.dl\n"));
    assert_eq!(std::fs::read_to_string(at("pack/one.dl")).unwrap(), written, "only asked");
    for _ in 0..2 {
        assert_eq!(run(ENGLISH, dir.path(), &["fmt", "pack"]).code, Some(0));
        assert_eq!(std::fs::read_to_string(at("pack/two.dl")).unwrap(), expected);
    }
    assert_eq!(std::fs::read_to_string(at("pack/notes.txt")).unwrap(), written);
    assert_eq!(std::fs::read_dir(at("pack")).unwrap().count(), 3, "nothing is left beside them");
    // What cannot be read stays.
    assert_eq!(run(ENGLISH, dir.path(), &["fmt", "open.dl"]).code, Some(1));
    assert_eq!(std::fs::read_to_string(at("open.dl")).unwrap(), "/* p(1).\n");
}

#[test]
fn the_pack_has_the_one_layout() {
    let dir = bench();
    let asked = run(ENGLISH, dir.path(), &["fmt", "--check", SUPERVISION]);
    assert_eq!((asked.code, asked.out.as_str()), (Some(0), ""), "cargo run -- fmt rules/supervision");
}
