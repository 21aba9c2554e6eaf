//! Does the client side keep its promises? The real binary against a real server, also through a gateway that misbehaves.

mod front;

use crate::http::server::{Server, Setup, wait};
use front::{Front, Mood};
use huiyan::storage::disk::MemoryDisk;
use serde_json::{Value, json};
use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

const HEAD: &str = "organ,no,county,day,days,id_no\n";

/// A folder with files, and the commands that are run in it.
struct Desk {
    dir: tempfile::TempDir,
    server: SocketAddr,
}

struct Said {
    code: i32,
    out: String,
    err: String,
}

impl Desk {
    fn new(server: SocketAddr) -> Desk {
        Desk { dir: tempfile::tempdir().unwrap(), server }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        fs::create_dir_all(self.path(name).parent().unwrap()).unwrap();
        fs::write(self.path(name), text).unwrap();
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_huiyan"));
        let command_line = command.args(args).current_dir(self.dir.path()).env("LANG", "C").env_remove("LC_ALL");
        command_line.env("HUIYAN_SERVER", format!("http://{}", self.server)).stdin(Stdio::null());
        command
    }

    fn run(&self, args: &[&str]) -> Said {
        said(self.command(args).output().unwrap())
    }

    /// As the police.
    fn push(&self, args: &[&str]) -> Said {
        self.run(&[&["push", "--agency", "police:1"], args].concat())
    }

    fn start(&self, args: &[&str]) -> Child {
        self.command(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }
}

fn said(output: Output) -> Said {
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Said { code: output.status.code().unwrap_or(-1), out: text(output.stdout), err: text(output.stderr) }
}

impl Said {
    /// Ended so, and told all of it.
    #[track_caller]
    fn expect(&self, code: i32, parts: &[&str]) {
        let Said { out, err, .. } = self;
        assert_eq!(self.code, code, "{out}\n{err}");
        for part in parts {
            assert!(out.contains(part) || err.contains(part), "expected «{part}»\n{out}\n{err}");
        }
    }
}

fn rows(server: &Server) -> Vec<Value> {
    server.client.list("/v1/relations/penalty/rows")
}

fn numbers(server: &Server) -> Vec<String> {
    rows(server).iter().map(|row| row["no"].as_str().unwrap().to_string()).collect()
}

fn count(server: &Server) -> u64 {
    let items = server.client.list("/v1/relations");
    items.iter().find(|item| item["name"] == "penalty").unwrap()["rows"].as_u64().unwrap()
}

fn epoch(server: &Server) -> u64 {
    let schema = server.client.get("/v1/relations").expect(200);
    server.epoch(schema["position"].as_str().unwrap())
}

#[test]
fn a_file_is_taken_by_its_title_with_its_quoted_line_breaks() {
    let server = Server::new();
    let desk = Desk::new(server.client.addr);
    desk.write(
        "行政处罚.csv",
        "\u{feff}organ,决定书文号,county,决定日期\r\npolice:1,\"第\n1\"\" 号\",1,2022-07-15\r\npolice:1,2,1,2022-07-16",
    );
    desk.push(&["行政处罚.csv"])
        .expect(0, &["lines accepted 2, rows changed 2, cells repaired 0, lines refused 0", "1/1: accepted 2"]);
    assert_eq!((rows(&server)[0]["no"].as_str(), numbers(&server).len()), (Some("第\n1\" 号"), 2));

    // A day later somebody else's titles.
    desk.write("x.csv", "机关,文号,县,日期\npolice:1,3,1,2022-07-16\n");
    let titles = ["--relation", "penalty", "--columns", "organ=机关,no=文号,county=县,day=日期", "x.csv"];
    desk.push(&titles).expect(0, &["lines accepted 1"]);
    assert_eq!(count(&server), 3);
}

#[test]
fn refused_lines_are_told_written_mended_and_pushed_again() {
    let server = Server::new();
    let desk = Desk::new(server.client.addr);
    let secret = "64029919900101001X";
    let bad = format!("police:1,\"b,\n1\",1,昨天,x,{secret}\n");
    desk.write("penalty.csv", format!("{HEAD}police:1,a,1,2022-07-15,3,{secret}\n\n{bad}police:1,c,1,2022-07-15,4,\n"));
    let first = desk.push(&["penalty.csv", "--rejected", "back.csv"]);
    first.expect(
        1,
        &["lines accepted 2, rows changed 2", "lines refused 1", "not-a-date", "not-a-number", "penalty.csv:4", "back.csv"],
    );
    assert!(!format!("{}{}", first.out, first.err).contains("昨天"), "values stay in the file");
    assert_eq!(fs::metadata(desk.path("back.csv")).unwrap().permissions().mode() & 0o777, 0o600);
    let back = desk.read("back.csv");
    assert!(back.starts_with("\u{feff}huiyan_line,huiyan_code,huiyan_column,huiyan_message,organ,no,"), "{back}");
    assert!(back.contains("4,not-a-date; not-a-number,day; days,") && back.ends_with(&format!(",{bad}")), "{back}");

    desk.push(&["penalty.csv", "--rejected", "back.csv"]).expect(2, &["back.csv is there already"]);
    // Mended in two rounds.
    desk.write("back.csv", back.replace("昨天", "2022-07-14"));
    desk.push(&["back.csv", "--relation", "penalty", "--rejected", "more.csv"]).expect(1, &["not-a-number", "more.csv"]);
    let more = desk.read("more.csv");
    assert!(more.starts_with("\u{feff}huiyan_line,huiyan_code,huiyan_column,huiyan_message,organ,no,"), "{more}");
    desk.write("back.csv", more.replace(",x,", ",5,"));
    desk.push(&["back.csv", "--relation", "penalty", "--mode", "replace"]).expect(2, &["without --mode replace"]);
    desk.push(&["back.csv", "--relation", "penalty", "--rejected", "none.csv"]).expect(0, &["lines accepted 1, rows changed 1"]);
    assert!(!desk.path("none.csv").exists() && !desk.path("none.csv.part").exists());
    assert_eq!(numbers(&server), ["a", "c", "b,\n1"]);
}

#[test]
fn changes_go_as_lines_of_json_and_come_back_as_such() {
    let server = Server::new();
    let desk = Desk::new(server.client.addr);
    let change = |op: &str, no: &str, day: &str| {
        json!({"relation": "penalty", "op": op, "row": {"organ": "police:1", "no": no, "county": "1", "day": day}}).to_string()
    };
    let lines = [change("insert", "a", "2022-07-15"), change("insert", "b", "gestern"), change("retract", "z", "2022-07-15")];
    desk.write("day.jsonl", lines.join("\n"));
    desk.push(&["day.jsonl", "--rejected", "back.ndjson"])
        .expect(1, &["lines accepted 1", "not-a-date", "absent", "lines refused 2"]);
    let back = desk.read("back.ndjson");
    let second: Value = serde_json::from_str(back.lines().next().unwrap()).unwrap();
    assert_eq!((&second["huiyan_line"], &second["sent"]["row"]["no"]), (&json!(2), &json!("b")), "{back}");
    desk.write("back.ndjson", back.lines().next().unwrap().replace("gestern", "2022-07-14"));
    desk.push(&["back.ndjson"]).expect(0, &["rows changed 1"]);
    desk.write("rows.ndjson", "{\"organ\":\"police:1\",\"no\":\"c\",\"county\":\"1\",\"day\":\"2022-07-15\"}\n");
    desk.push(&["--relation", "行政处罚", "rows.ndjson"]).expect(0, &["rows changed 1"]);
    assert_eq!(numbers(&server), ["a", "b", "c"]);
}

#[test]
fn all_or_nothing_and_the_whole_of_a_table() {
    let server = Server::new();
    let desk = Desk::new(server.client.addr);
    desk.write("penalty.csv", format!("{HEAD}police:1,a,1,2022-07-15,,\npolice:1,b,1,gestern,,\n"));
    desk.push(&["penalty.csv", "--on-reject", "fail"]).expect(1, &["lines accepted 0", "not-a-date", "penalty.csv:3"]);
    assert_eq!(count(&server), 0);
    desk.write("penalty.csv", format!("{HEAD}police:1,a,1,2022-07-15,,\npolice:1,b,1,2022-07-15,,\n"));
    desk.push(&["penalty.csv", "--mode", "replace", "--on-reject", "fail"]).expect(0, &["rows changed 2"]);
    desk.write("penalty.csv", format!("{HEAD}police:1,b,1,2022-07-15,,\n"));
    desk.push(&["penalty.csv", "--mode", "replace"]).expect(0, &["rows changed 1"]);
    assert_eq!(numbers(&server), ["b"]);
    // An insert does not replace.
    desk.write("penalty.csv", format!("{HEAD}police:1,b,1,2022-07-16,,\n"));
    desk.push(&["penalty.csv", "--mode", "insert"]).expect(1, &["key-present"]);
}

#[test]
fn the_same_push_is_one_until_the_file_is_written_anew_or_it_is_said_to_be_another() {
    let server = Server::new();
    let desk = Desk::new(server.client.addr);
    let county = |server: &Server| rows(server)[0]["county"].as_str().unwrap().to_string();
    let (one, other) = (format!("{HEAD}police:1,a,1,2022-07-15,,\n"), format!("{HEAD}police:1,a,2,2022-07-15,,\n"));
    desk.write("penalty.csv", &one);
    desk.push(&["penalty.csv"]).expect(0, &["lines accepted 1"]);
    let before = epoch(&server);
    desk.push(&["penalty.csv"]).expect(0, &["1 of 1 parts had been taken before", "--again"]);
    assert_eq!(epoch(&server), before);
    // An export that returns to what it was some days ago.
    for (text, shown) in [(&other, "2"), (&one, "1")] {
        desk.write("penalty.csv", text);
        desk.push(&["penalty.csv"]).expect(0, &["rows changed 2"]);
        assert_eq!(county(&server), shown);
    }
    desk.write("other.csv", &other);
    desk.push(&["other.csv", "--relation", "penalty"]).expect(0, &["rows changed 2"]);
    desk.push(&["penalty.csv", "--again", "back"]).expect(0, &["rows changed 2"]);
    desk.push(&["penalty.csv", "--again", "back"]).expect(0, &["had been taken before"]);
    assert_eq!(county(&server), "1");
}

#[test]
fn a_long_push_that_was_killed_goes_on_and_nothing_is_taken_twice() {
    const ROWS: usize = 350_000;
    let server = Server::new();
    let desk = Desk::new(server.client.addr);
    let row = |i: usize| {
        let (no, day) = if i.is_multiple_of(10) { (format!("\"{i}\n\""), "2022-07-15") } else { (i.to_string(), "2022-07-15") };
        format!("police:1,{no},1,{},,\n", if i == 240_003 { "gestern" } else { day })
    };
    desk.write("penalty.csv", format!("{HEAD}{}", (0..ROWS).map(row).collect::<String>()));
    let before = epoch(&server);
    let mut child = desk.start(&["push", "--agency", "police:1", "penalty.csv", "--rejected", "back.csv"]);
    wait(|| epoch(&server) > before);
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!desk.path("back.csv").exists(), "no half of the refused records under their name");

    let again = desk.push(&["penalty.csv", "--rejected", "back.csv"]);
    again.expect(1, &["lines accepted 349999", "lines refused 1", "taken before", "penalty.csv 2/2"]);
    // One line for each record, one more for every tenth, and the header.
    let line = 2 + 240_003 + 24_001;
    again.expect(1, &[&format!("penalty.csv:{line}")]);
    assert!(desk.read("back.csv").contains(&format!("\n{line},not-a-date,day,")));
    assert_eq!((count(&server), epoch(&server) - before), (ROWS as u64 - 1, 2), "an epoch for each part and none twice");
}

#[test]
fn a_busy_server_and_a_broken_line_are_waited_for() {
    let server = Server::new();
    let front = Front::new(server.client.addr, &[Mood::Busy, Mood::Cut(0), Mood::Cut(2_000)]);
    let desk = Desk::new(front.addr);
    let row = |i: usize| format!("police:1,{i},1,2022-07-15,,\n");
    desk.write("penalty.csv", format!("{HEAD}{}", (0..1_000).map(row).collect::<String>()));
    let before = epoch(&server);
    let pushed = desk.push(&["penalty.csv"]);
    pushed.expect(0, &["busy or away", "broke; again in", "lines accepted 1000, rows changed 1000"]);
    assert_eq!((count(&server), epoch(&server) - before), (1_000, 1));
}

#[test]
fn who_is_refused_early_is_heard_in_a_long_file() {
    let server = Server::new();
    let desk = Desk::new(server.client.addr);
    let row = "police:1,吴某某,1,2022-07-15,,\n".repeat(600_000);
    desk.write("penalty.csv", format!("organ,吴某某,county,day\n{row}"));
    desk.write("other.csv", "organ,no,county,day\npolice:1,a,1,2022-07-15\n");
    let pushed = desk.push(&["penalty.csv", "other.csv", "--relation", "penalty", "--patience", "20"]);
    pushed.expect(
        1,
        &[
            "penalty.csv: ",
            "column 2 of the header",
            "no: the column no is missing",
            "files not taken to their end 1",
            "lines accepted 1",
        ],
    );
    assert!(!pushed.err.contains("吴某某"), "a header may be somebody's name: {}", pushed.err);
}

#[test]
fn a_folder_is_walked_day_by_day_with_the_clock() {
    let server = Server::new();
    let desk = Desk::new(server.client.addr);
    for (day, no) in [("2022-07-20", "b"), ("2022-07-16", "a")] {
        desk.write(&format!("county/{day}/police:1/penalty.csv"), format!("{HEAD}police:1,{no},1,{day},,\n"));
        desk.write(&format!("county/{day}/justice:1/notice.csv"), format!("recipient,no,re\njustice:1,{no},{no}\n"));
    }
    desk.write("county/2022-07-20/police:2/penalty.csv", format!("{HEAD}police:2,c,1,gestern,,\npolice:1,d,1,2022-07-20,,\n"));
    desk.write("county/truth.csv", "rule\n");
    let pushed = desk.run(&["push", "--clock", "county", "--rejected", "back"]);
    pushed.expect(
        1,
        &["not pushed: county/truth.csv", "2022-07-16: accepted 2, refused 0", "2022-07-20: accepted 2, refused 2", "files 5"],
    );
    assert_eq!(numbers(&server), ["a", "b"]);
    let today = |server: &Server| server.client.list("/v1/relations/today/rows")[0]["day"].clone();
    assert_eq!(today(&server), "2022-07-20");
    assert_eq!(desk.read("back/2022-07-20/police:2/penalty.csv").lines().count(), 3);
    let mode = |name: &str| fs::metadata(desk.path(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("back"), mode("back/2022-07-20/police:2/penalty.csv")), (0o700, 0o600));

    // What came back is pushed in the same way; the clock does not go back.
    let mended = desk.read("back/2022-07-20/police:2/penalty.csv").replace("gestern", "2022-07-19");
    desk.write("back/2022-07-20/police:2/penalty.csv", mended);
    desk.run(&["push", "--clock", "back"]).expect(1, &["2022-07-20: accepted 1, refused 1", "not-yourself"]);
    let before = epoch(&server);
    desk.run(&["push", "--clock", "county"]).expect(1, &["had been taken before"]);
    assert_eq!((epoch(&server), today(&server)), (before, json!("2022-07-20")));
    desk.run(&["push", "--agency", "justice:1", "county"]).expect(0, &["files 2"]);
}

#[test]
fn a_file_in_gb18030_comes_back_in_utf8() {
    let server = Server::new();
    let desk = Desk::new(server.client.addr);
    let text = "organ,决定书文号,county,决定日期\r\npolice:1,红1,1,2022-07-15\r\npolice:1,惠2,1,昨天\r\n";
    desk.write("行政处罚.csv", encoding_rs::GB18030.encode(text).0);
    desk.push(&["行政处罚.csv"]).expect(1, &["UTF-8", "files not taken to their end 1"]);
    desk.push(&["行政处罚.csv", "--charset", "gb18030", "--rejected", "back.csv"]).expect(1, &["lines accepted 1", "not-a-date"]);
    let back = desk.read("back.csv");
    assert!(back.ends_with(",police:1,惠2,1,昨天\n"), "{back}");
    // As a spreadsheet would save it.
    desk.write("back.csv", &encoding_rs::GB18030.encode(back.trim_start_matches('\u{feff}')).0);
    desk.push(&["back.csv", "--relation", "penalty", "--charset", "gbk"]).expect(1, &["lines refused 1"]);
    desk.write("back.csv", back.replace("昨天", "2022-07-14"));
    desk.push(&["back.csv", "--relation", "penalty"]).expect(0, &["rows changed 1"]);
    assert_eq!(numbers(&server), ["红1", "惠2"]);
}

#[test]
fn damaged_bytes_come_back_as_they_were_and_a_sign_in_their_place_is_refused() {
    let server = Server::new();
    let desk = Desk::new(server.client.addr);
    let row = [b"police:1,".as_slice(), b"\xff\xfe,1,2022-07-15,,\r\n"].concat();
    desk.write("penalty.csv", [HEAD.as_bytes(), &row].concat());
    desk.push(&["penalty.csv", "--rejected", "back.csv"]).expect(1, &["not-utf8", "lines refused 1"]);
    let back = fs::read(desk.path("back.csv")).unwrap();
    assert!(back.ends_with(b",police:1,\xff\xfe,1,2022-07-15,,\n"), "{}", back.escape_ascii());
    desk.push(&["back.csv", "--relation", "penalty"]).expect(1, &["not-utf8", "lines refused 1"]);
    // As an editor saves it that reads UTF-8 only.
    desk.write("saved.csv", String::from_utf8_lossy(&back).as_bytes());
    desk.push(&["saved.csv", "--relation", "penalty"]).expect(1, &["replaced-character", "damaged before it came here"]);
    // In another charset nothing can stand for what is no character but the sign that says so.
    let text =
        [encoding_rs::GB18030.encode("organ,决定书文号,county,决定日期\n").0.as_ref(), b"police:1,\xff,1,2022-07-15\n"].concat();
    desk.write("行政处罚.csv", text);
    desk.push(&["行政处罚.csv", "--charset", "gb18030", "--rejected", "gb.csv"]).expect(1, &["not-in-charset"]);
    desk.push(&["gb.csv", "--relation", "penalty"]).expect(1, &["replaced-character"]);
    let change = "{\"relation\":\"penalty\",\"op\":\"insert\",\"row\":{\"organ\":\"police:1\",\"no\":\"\u{fffd}\",\"county\":\"1\",\"day\":\"2022-07-15\"}}\n";
    desk.write("day.ndjson", change);
    desk.push(&["day.ndjson"]).expect(1, &["replaced-character"]);
    assert_eq!(count(&server), 0);
}

#[test]
fn columns_are_left_out_on_request_and_advice_on_titles_stands_where_it_helps() {
    let server = Server::new();
    let desk = Desk::new(server.client.addr);
    let table = "序号,organ,文号,county,决定日期,备注\n1,police:1,a,1,2022-07-15,x\n填表人：张三,,,,,\n";
    desk.write("penalty.csv", table);
    let refused = desk.push(&["penalty.csv"]);
    refused.expect(1, &["column 1 of the header", "column 6 of the header", "--ignore 'title,title'", "--columns"]);
    let taken = desk.push(&["penalty.csv", "--ignore", "序号, 备注,没有"]);
    taken.expect(0, &["lines accepted 1", "lines refused 0", "columns left out", "序号", "备注", "remark-row", "penalty.csv:3"]);
    assert!(!taken.out.contains("没有") && !taken.out.contains("张三"), "{}", taken.out);
    desk.push(&["penalty.csv", "--ignore", "序号, 备注,没有"]).expect(0, &["had been taken before", "备注"]);
    desk.write("penalty.csv", "organ,文号,县,决定日期\n");
    desk.push(&["penalty.csv"]).expect(1, &["--columns", "--ignore"]);
    desk.write("penalty.csv", "organ,文号,决定日期\n");
    let missing = desk.push(&["penalty.csv"]);
    missing.expect(1, &["the column county is missing", "--columns"]);
    assert!(!missing.err.contains("--ignore"), "{}", missing.err);
    for wrong in [
        "某县行政处罚名册,,,\norgan,文号,county,决定日期\n",
        "organ;文号;county;决定日期\n",
        "organ,文号,county,决定日期\rpolice:1,a,1,2022-07-15\r",
        "organ,文号,文号,county,决定日期\n",
    ] {
        desk.write("penalty.csv", wrong);
        let said = desk.push(&["penalty.csv"]);
        said.expect(1, &["files not taken to their end 1"]);
        assert!(!said.err.contains("--columns") && !said.err.contains("--ignore"), "{wrong}: {}", said.err);
    }
}

#[test]
fn a_file_whose_answer_was_put_away_is_told_at_once_and_the_next_goes_on() {
    let server = Server::new();
    let front = Front::new(server.client.addr, &[Mood::Archived]);
    let desk = Desk::new(front.addr);
    desk.write("in/penalty.csv", format!("{HEAD}police:1,a,1,2022-07-15,,\n"));
    desk.write("in/行政处罚.csv", format!("{HEAD}police:1,b,1,2022-07-15,,\n"));
    let pushed = desk.push(&["in", "--patience", "300"]);
    pushed.expect(
        1,
        &["penalty.csv: This was pushed before", "--again WORD", "lines accepted 1", "files not taken to their end 1"],
    );
    assert!(!pushed.err.contains("again in"), "{}", pushed.err);
    assert_eq!(numbers(&server), ["b"]);
}

#[test]
fn an_official_is_told_what_was_mended_left_out_and_refused_in_the_words_of_the_office() {
    let server = Server::new();
    let desk = Desk::new(server.client.addr);
    let lines = "police:1,a,1,二〇二二年七月十五日,３,'640299 19900101 001x\n警察,b,1,2022-07-15,x,\n police:2,c,1,2022-07-15,,\n合计,,,,7,\n";
    desk.write("行政处罚.csv", format!("{HEAD}{lines}"));
    let pushed =
        said(desk.command(&["push", "--agency", "police:1", "行政处罚.csv"]).env("LANG", "zh_CN.UTF-8").output().unwrap());
    pushed.expect(
        1,
        &[
            "接收 1 行",
            "修正 3 格",
            "行政处罚.csv:2",
            "决定日期",
            "二〇二二年七月十五日 → 2022-07-15",
            "３ → 3",
            "此列必须是报送机关自己的代码，即 police:1",
            "不是记录、未读取的行",
            "行政处罚.csv:5",
            "拒收 2 行",
        ],
    );
    let all = format!("{}{}", pushed.out, pushed.err);
    assert!(!all.contains("640299"), "a personal value: {all}");
    // By its title, not by its name in rules.
    assert!(all.contains("  行政处罚  ") && !all.contains("  penalty  "), "{all}");
    for word in ["HTTP", "GET ", "Content-Type", "Retry-After", "Huiyan-Agency"] {
        assert!(!all.contains(word), "{word}: {all}");
    }
    let unknown = said(
        desk.command(&["push", "--agency", "police:1", "--relation", "罚单", "行政处罚.csv"])
            .env("LANG", "zh_CN.UTF-8")
            .output()
            .unwrap(),
    );
    unknown.expect(2, &["行政处罚（penalty）", "通知（notice）"]);
    desk.write("missing.csv", "organ,文号\npolice:1,a\n");
    let header = said(
        desk.command(&["push", "--agency", "police:1", "--relation", "行政处罚", "missing.csv"])
            .env("LANG", "zh_CN.UTF-8")
            .output()
            .unwrap(),
    );
    header.expect(1, &["缺少列“决定日期”（day）", "--columns"]);
    assert!(!header.err.contains("?columns"), "{}", header.err);
}

#[test]
fn exit_codes_say_whose_fault_it_is_in_both_languages() {
    let server = Server::new();
    let desk = Desk::new(server.client.addr);
    desk.write("penalty.csv", format!("{HEAD}police:1,a,1,2022-07-15,,\n"));
    desk.write("other.csv", "a\n1\n");
    desk.run(&["push", "penalty.csv"]).expect(2, &["--agency kind:code"]);
    desk.run(&["push", "--agency", "wolf:1", "penalty.csv"]).expect(2, &["police:640299-01"]);
    desk.push(&["--server", "https://127.0.0.1", "penalty.csv"]).expect(2, &["no HTTPS"]);
    desk.push(&["other.csv"]).expect(2, &["named after no relation", "penalty, notice"]);
    desk.push(&["--relation", "missing", "penalty.csv"]).expect(2, &["no relation missing"]);
    desk.push(&["absent.csv", "--relation", "penalty"]).expect(2, &["absent.csv: there is no such file"]);
    desk.push(&["penalty.csv", "--clock", "--patience", "0", "--server", "http://127.0.0.1:1"])
        .expect(3, &["no server listens there"]);
    let chinese =
        said(desk.command(&["push", "--agency", "police:1", "penalty.csv"]).env("LANG", "zh_CN.UTF-8").output().unwrap());
    chinese.expect(0, &["文件 1 个：接收 1 行"]);
    let chinese = said(desk.command(&["push", "other.csv"]).env("LANG", "zh_CN.UTF-8").output().unwrap());
    chinese.expect(2, &["由谁报送"]);

    let gone = server.client.addr;
    drop(server);
    let away = Desk { server: gone, ..desk };
    away.push(&["penalty.csv", "--patience", "1"]).expect(3, &["cannot be reached", "again in 0.5 s", "given up after 1 s"]);
}

#[test]
fn clues_are_listed_as_a_table_and_as_json() {
    let server = Server::new();
    let desk = Desk::new(server.client.addr);
    let row = |i: usize| format!("police:1,{i:03},{},2022-07-15,,\n", i % 2);
    desk.write("penalty.csv", format!("{HEAD}{}", (0..450).map(row).collect::<String>()));
    desk.push(&["penalty.csv"]).expect(0, &[]);
    server.client.clock("2022-08-01").expect(200);
    let all = desk.run(&["clues", "--format", "json"]);
    all.expect(0, &[]);
    let clues: Vec<Value> = all.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((clues.len(), &clues[0]["rule"]), (450, &json!("missing")), "all pages");
    let some = desk.run(&["clues", "--area", "1", "--level", "violation"]);
    some.expect(0, &["level", "violation  new    2022-07-18  missing  police:1"]);
    assert_eq!(some.out.lines().count(), 226);
    desk.run(&["clues", "--rule", "nope"]).expect(1, &["missing"]);
}

#[test]
fn tail_goes_on_after_a_broken_line_and_prints_nothing_twice() {
    let server = Server::on(&MemoryDisk::new(), Setup::default());
    let front = Front::new(server.client.addr, &[]);
    let desk = Desk::new(front.addr);
    let row = |no: &str| json!({"relation": "penalty", "op": "insert", "row": {"organ": "police:1", "no": no, "county": "1", "day": "2022-07-15"}});
    server.client.batch(&[row("a")]).expect(200);
    server.client.clock("2022-07-20").expect(200);

    let out = fs::File::create(desk.path("out.txt")).unwrap();
    let mut child = desk.command(&["tail", "--rule", "missing"]).stdout(out).stderr(Stdio::piped()).spawn().unwrap();
    let lines = || desk.read("out.txt").lines().map(str::to_string).collect::<Vec<_>>();
    wait(|| lines().len() == 1);
    server.client.batch(&[row("b")]).expect(200);
    wait(|| lines().len() == 2);
    front.cut();
    server.client.batch(&[row("c")]).expect(200);
    wait(|| lines().len() >= 3);
    server.client.batch(&[row("d")]).expect(200);
    wait(|| lines().len() >= 4);
    Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));

    let cells: Vec<Vec<String>> = lines().iter().map(|line| line.split('\t').map(str::to_string).collect()).collect();
    let causes: Vec<(&str, &str)> = cells.iter().map(|cells| (cells[1].as_str(), cells[2].as_str())).collect();
    assert_eq!(causes, [("snapshot", "open"), ("batch", "open"), ("batch", "open"), ("batch", "open")], "{cells:?}");
    let ids: std::collections::BTreeSet<&String> = cells.iter().map(|cells| &cells[7]).collect();
    assert_eq!(ids.len(), 4, "each once");

    desk.run(&["tail", "--after", "nonsense"]).expect(1, &["no position"]);
}
