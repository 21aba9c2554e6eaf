//! Files as offices send them: in the charset of their programs, under titles of their own, with the mistakes that spreadsheets make.

use super::client::{Answer, CSV, NDJSON};
use super::server::Server;
use encoding_rs::GB18030;
use serde_json::{Value, json};

const GB: (&str, &str) = ("Content-Type", "text/csv; charset=GB18030");
const BARE: (&str, &str) = ("Content-Type", "text/csv");
const POLICE: (&str, &str) = ("Huiyan-Agency", "police:1");
const ROWS: &str = "/v1/relations/penalty/rows";

fn gb(text: &str) -> Vec<u8> {
    let (bytes, _, lossy) = GB18030.encode(text);
    assert!(!lossy);
    bytes.into_owned()
}

fn send(server: &Server, path: &str, media: (&str, &str), body: &[u8]) -> Answer {
    server.client.send("POST", path, &[media, POLICE], body)
}

/// Problem, and code and pointer of each of its places.
fn told(answer: &Answer) -> (u16, String, Vec<(String, String)>) {
    let text = |place: &Value, name: &str| place[name].as_str().unwrap().to_string();
    let document = answer.json();
    let places = document["errors"].as_array().into_iter().flatten().map(|e| (text(e, "code"), text(e, "pointer"))).collect();
    (answer.status, answer.problem(), places)
}

fn rejected(receipt: &Value) -> Vec<(u64, &str, &str)> {
    let rejected = receipt["rejected"].as_array().unwrap();
    rejected.iter().map(|r| (r["line"].as_u64().unwrap(), r["code"].as_str().unwrap(), r["pointer"].as_str().unwrap())).collect()
}

/// Number and county of the rows there are, in order.
fn rows(server: &Server) -> Vec<(String, String)> {
    let text = |row: &Value, name: &str| row[name].as_str().unwrap().to_string();
    let mut rows: Vec<_> = server.client.list(ROWS).iter().map(|row| (text(row, "no"), text(row, "county"))).collect();
    rows.sort();
    rows
}

#[test]
fn a_file_in_gb18030_brings_the_same_rows_and_its_damage_is_told() {
    let server = Server::new();
    let text = "organ,决定书文号,county,决定日期\npolice:1,石惠〔2022〕1号,惠农,2022年7月15日\npolice:1,㐂2,惠农,2022-07-16\n";
    let first = send(&server, ROWS, CSV, text.as_bytes()).expect(200);
    assert_eq!((&first["accepted"], &first["changed"]), (&json!(2), &json!(2)));
    for label in ["gb18030", "GBK", "gb2312", "\"gb18030\""] {
        let media = format!("text/csv; charset={label}");
        let again = send(&server, ROWS, ("Content-Type", &media), &gb(text)).expect(200);
        assert_eq!((&again["accepted"], &again["changed"]), (&json!(2), &json!(0)), "{label}");
    }
    // A character that lost its second byte, and one that the end cuts off.
    let damaged =
        [&gb("organ,no,county,day\npolice:1,3,惠")[..], b"\xc5,2022-07-15\n", &gb("police:1,4,惠农,2022-07-15\npolice:1,5\n")]
            .concat();
    let receipt = send(&server, ROWS, GB, &damaged).expect(200);
    assert_eq!(rejected(&receipt), [(2, "not-in-charset", "/row/county"), (4, "wrong-length", "/cells/2-of-4")]);
    assert_eq!(rows(&server).iter().map(|(no, _)| no.as_str()).collect::<Vec<_>>(), ["4", "㐂2", "石惠〔2022〕1号"]);
    assert!(rows(&server).iter().all(|(_, county)| county == "惠农"));
}

#[test]
fn a_file_of_another_kind_than_said_is_refused_with_what_to_do() {
    let server = Server::new();
    let text = "organ,文号,county,day\npolice:1,1,惠农,2022-07-15\n";
    let utf16: Vec<u8> = "\u{feff}organ".encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (media, body, status, problem, code) in [
        (BARE, gb(text), 400, "not-utf8", "looks-like-gb18030"),
        (CSV, gb("organ,no,county,day\npolice:1,1,惠农,2022-07-15\n"), 400, "not-utf8", "looks-like-gb18030"),
        (GB, text.as_bytes().to_vec(), 400, "wrong-charset", "looks-like-utf8"),
        (BARE, utf16.clone(), 400, "not-utf8", "looks-like-utf16"),
        (GB, utf16, 400, "wrong-charset", "looks-like-utf16"),
        (BARE, b"PK\x03\x04\x14\0".to_vec(), 400, "not-utf8", "looks-like-workbook"),
        (("Content-Type", "text/csv; charset=utf-16le"), text.into(), 415, "unsupported-media-type", "unknown-charset"),
        (("Content-Type", "text/csv; charset=big5"), text.into(), 415, "unsupported-media-type", "unknown-charset"),
        (("Content-Type", "application/x-ndjson; charset=gbk"), text.into(), 415, "unsupported-media-type", "unknown-charset"),
        (("Content-Type", "application/vnd.ms-excel"), text.into(), 415, "unsupported-media-type", "workbook"),
    ] {
        let answer = send(&server, ROWS, media, &body);
        assert_eq!(told(&answer), (status, problem.to_string(), vec![(code.to_string(), String::new())]), "{media:?}");
    }
    let remedy = send(&server, ROWS, BARE, &gb(text)).json()["errors"][0]["message"].to_string();
    assert!(remedy.contains("charset gb18030"), "{remedy}");
    let known = send(&server, ROWS, ("Content-Type", "text/csv; charset=big5"), b"").json()["errors"][0]["message"].to_string();
    assert!(known.contains("utf-8, gb18030, gbk, gb2312"), "{known}");
    assert_eq!(rows(&server), []);
}

#[test]
fn titles_are_known_in_any_spelling_and_mistakes_of_the_header_are_named() {
    let server = Server::new();
    let path = format!("{ROWS}?columns=county=%E5%8E%BF%EF%BC%88%E5%8C%BA%EF%BC%89,organ=%E6%9C%BA%E5%85%B3");
    let body = "\u{feff}机 关,决定书\u{3000}文号,县(区),Ｄａｙ\npolice:1,1,惠农,2022-07-15\n";
    assert_eq!(send(&server, &path, CSV, body.as_bytes()).expect(200)["accepted"], 1);

    let place = |code: &str, pointer: &str| (code.to_string(), pointer.to_string());
    for (body, want) in [
        ("organ,决定书号,county,决定日期\n", vec![place("unknown-column", "/header/1"), place("missing-column", "/row/no")]),
        ("police:1,吴某某,惠农,2022-07-15\n", vec![place("no-header", "/header")]),
        ("organ;文号;county;决定日期\n", vec![place("wrong-separator", "/header")]),
        ("organ\t文号\tcounty\t决定日期\n", vec![place("wrong-separator", "/header")]),
        ("organ,\"文号,county,决定日期\n", vec![place("open-quote", "/header/1")]),
    ] {
        let answer = send(&server, ROWS, CSV, body.as_bytes());
        assert_eq!(told(&answer), (422, "bad-header".to_string(), want), "{body}");
        assert!(!answer.body.contains("吴某某"));
    }
    let zh = server.client.post(ROWS, &[CSV, ("Accept-Language", "zh")], "organ,决定书号,county,决定日期\n").json();
    assert_eq!(
        zh["errors"][0]["message"],
        "表头第 2 列的标题无法识别；相近的标题是“决定书文号”（列 no）；请改正，或不读取此列（ignore=）"
    );
    let answer = send(&server, &format!("{ROWS}?columns=land=x"), CSV, body.as_bytes());
    assert_eq!(told(&answer).1, "bad-parameter");
}

#[test]
fn columns_are_left_out_by_title_and_the_receipt_says_which() {
    let server = Server::new();
    let body = "序号,organ,文号,county,决定日期,备注\n1,police:1,a,1,2022-07-15,x\n填表人：张三,,,,,\n";
    let answer = send(&server, ROWS, CSV, body.as_bytes());
    assert_eq!(told(&answer).1, "bad-header");
    assert!(answer.json()["errors"][0]["message"].as_str().unwrap().contains("ignore="), "{}", answer.body);
    let path = format!("{ROWS}?mode=upsert&ignore=%E5%BA%8F%E5%8F%B7,%E5%A4%87%20%E6%B3%A8,x");
    let receipt = send(&server, &path, CSV, body.as_bytes()).expect(200);
    let left_out = json!([{"pointer": "/header/0", "title": "序号"}, {"pointer": "/header/5", "title": "备 注"}]);
    assert_eq!((&receipt["accepted"], &receipt["ignored"]), (&json!(1), &left_out));
    assert_eq!(
        (&receipt["skipped"], &receipt["skips"][0]["code"], &receipt["rejected"]),
        (&json!(1), &json!("remark-row"), &json!([]))
    );
    // Under a key another choice is another request.
    let key = ("Idempotency-Key", "k");
    let keyed = |path: &str| server.client.send("POST", path, &[CSV, key], body.as_bytes());
    assert_eq!(keyed(&path).expect(200)["ignored"], left_out);
    assert_eq!(keyed(&path).expect(200)["ignored"], left_out);
    assert_eq!(keyed(&path.replace(",x", "")).problem(), "key-reused");
    assert_eq!(send(&server, &path, NDJSON, b"{}").problem(), "unsupported-media-type");
}

#[test]
fn a_replacement_changes_what_differs_and_no_more() {
    let server = Server::new();
    let replace = format!("{ROWS}?mode=replace");
    let of = |body: &str| send(&server, &replace, CSV, body.as_bytes()).expect(200);
    let header = "organ,no,county,day,days\n";
    of(&format!("{header}police:1,a,1,2022-07-15,3\npolice:1,b,1,2022-07-15,\npolice:1,c,1,2022-07-15,\n"));
    let other = server.client.send(
        "POST",
        ROWS,
        &[CSV, ("Huiyan-Agency", "police:2")],
        b"organ,no,county,day\npolice:2,z,1,2022-07-15\n",
    );
    other.expect(200);

    // In another order, charset and spelling: nothing.
    let spelled =
        "days,决定日期,文号,organ,county\n无,2022年7月15日,c,police:1,1\n３,44757, a ,police:1,1\n,２０２２/7/15,b,police:1,1\n";
    let same = send(&server, &replace, GB, &gb(spelled)).expect(200);
    assert_eq!((&same["accepted"], &same["changed"]), (&json!(3), &json!(0)), "{same}");

    // One is corrected, one comes, one is left out, and the other agency's row stays.
    let moved = of(&format!("{header}police:1,a,1,2022-07-15,4\npolice:1,b,1,2022-07-15,\npolice:1,d,1,2022-07-15,\n"));
    assert_eq!((&moved["accepted"], &moved["changed"]), (&json!(3), &json!(4)));
    let numbers = || rows(&server).into_iter().map(|(no, _)| no).collect::<Vec<_>>();
    assert_eq!(numbers(), ["a", "b", "d", "z"]);

    // A refused line keeps its row; one whose key cannot be read keeps all of them, as does a quote that swallows the rest.
    let kept = of(&format!("{header}police:1,a,1,2022-07,4\npolice:1,b,1,2022-07-15,\n"));
    assert_eq!((&kept["changed"], rejected(&kept)), (&json!(1), vec![(2, "date-without-day", "/row/day")]));
    assert_eq!(numbers(), ["a", "b", "z"]);
    let kept = of(&format!("{header}police:1,a,1,2022-07-15,4\npolice:1,\"b,1,2022-07-15,\npolice:1,d,1,2022-07-15,\n"));
    assert_eq!((&kept["changed"], rejected(&kept)), (&json!(0), vec![(3, "open-quote", "/row/no")]));
    assert_eq!(numbers(), ["a", "b", "z"]);

    // All or nothing: nothing.
    let answer = send(&server, &format!("{replace}&on_reject=fail"), CSV, format!("{header}police:1,e,1,soon,\n").as_bytes());
    assert_eq!((answer.status, answer.problem().as_str()), (422, "refused"));
    assert_eq!(numbers(), ["a", "b", "z"]);
}

#[test]
fn merged_cells_replace_nothing_and_the_lines_a_spreadsheet_leaves_behind_are_none() {
    let server = Server::new();
    let body =
        "organ,no,county,day,,\npolice:1,a,1,2022-07-15,,\npolice:1,,2,2022-07-15\npolice:1, ,3,2022-07-15,,\n,,,,,\n , ,,\n";
    let receipt = send(&server, &format!("{ROWS}?mode=upsert"), CSV, body.as_bytes()).expect(200);
    assert_eq!(receipt["accepted"], 1);
    assert_eq!(rejected(&receipt), [(3, "empty-key", "/row/no"), (4, "empty-key", "/row/no")]);
    let zh = server.client.post(ROWS, &[CSV, POLICE, ("Accept-Language", "zh")], "organ,no,county,day\npolice:1,b\n").expect(200);
    assert_eq!(zh["rejected"][0]["message"], "本行有 2 个单元格，表头有 4 个；含逗号的文字须加引号");
    let old = send(&server, ROWS, CSV, b"organ,no,county,day\rpolice:1,b,1,2022-07-15\r");
    assert_eq!(told(&old), (422, "bad-header".to_string(), vec![("line-ends".to_string(), "/header".to_string())]));
    assert_eq!(rows(&server).len(), 1);
}

#[test]
fn a_line_of_another_length_is_told_again_in_the_same_words() {
    let server = Server::new();
    let send =
        || server.client.post(ROWS, &[CSV, POLICE, ("Idempotency-Key", "k")], "organ,no,county,day\npolice:1,b\n").expect(200);
    let (first, again) = (send(), send());
    assert!(first["rejected"][0]["message"].as_str().unwrap().starts_with("the line has 2 cells and its header 4"));
    assert_eq!((&first["rejected"], &again["replayed"]), (&again["rejected"], &json!(true)));
}

#[test]
fn a_replacement_keeps_the_row_of_a_line_that_names_another_agency() {
    let server = Server::new();
    let replace =
        |body: &str| send(&server, &format!("{ROWS}?mode=replace"), CSV, format!("organ,no,county,day\n{body}").as_bytes());
    replace("police:1,a,1,2022-07-15\npolice:1,b,1,2022-07-15\npolice:1,c,1,2022-07-15\n").expect(200);
    // One by the records, one by the door, which cannot read its day; the third is left out.
    let receipt = replace("police:l,a,1,2022-07-15\npolice:l,b,1,2022-07\n").expect(200);
    assert_eq!(rejected(&receipt), [(2, "not-yourself", "/row/organ"), (3, "date-without-day", "/row/day")]);
    assert_eq!(rows(&server).iter().map(|(no, _)| no.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    // The refusal stands under the key that the agency meant, and its correction ends it.
    let open = |code: &str| {
        server.client.list("/v1/faults?agency=police:1").iter().filter(|f| f["code"] == code).cloned().collect::<Vec<_>>()
    };
    assert_eq!(open("not-yourself")[0]["key"], "police:1|a");
    send(&server, &format!("{ROWS}?mode=upsert"), CSV, b"organ,no,county,day\npolice:1,a,2,2022-07-15\n").expect(200);
    assert_eq!((open("not-yourself").len(), open("date-without-day").len()), (0, 1));
}

#[test]
fn a_refusal_that_no_row_can_mend_ends_with_a_clean_file_of_a_later_day() {
    let server = Server::new();
    let upsert = |body: &str| {
        send(&server, &format!("{ROWS}?mode=upsert"), CSV, format!("organ,no,county,day\n{body}").as_bytes()).expect(200)
    };
    let open = || server.client.list("/v1/faults?agency=police:1").len();
    upsert("police:1,a,1,2022-07-15\npolice:1,,1,2022-07-15\n");
    upsert("police:1,b,1,2022-07-15\n");
    assert_eq!(open(), 1, "the same day says nothing");
    server.client.clock("2022-07-16").expect(200);
    upsert("police:1,c,1,2022-07-15\npolice:1,d,1,soon\n");
    assert_eq!(open(), 2, "something was refused");
    server.client.clock("2022-07-17").expect(200);
    upsert("police:1,c,1,2022-07-15\n");
    assert_eq!(server.client.list("/v1/faults?agency=police:1")[0]["key"], "police:1|d", "it can be mended, and is not");
    assert_eq!(open(), 1);
}

#[test]
fn a_replacement_by_nothing_must_say_that_it_is_meant() {
    let server = Server::new();
    let replace = |query: &str| send(&server, &format!("{ROWS}?mode=replace{query}"), CSV, b"organ,no,county,day\n,,,\n");
    assert_eq!(replace("").expect(200)["changed"], 0, "there is nothing to lose");
    send(&server, ROWS, CSV, b"organ,no,county,day\npolice:1,a,1,2022-07-15\n").expect(200);
    let answer = replace("");
    assert_eq!((answer.status, answer.problem().as_str()), (422, "replaces-with-nothing"));
    assert!(answer.json()["detail"].as_str().unwrap().contains("empty=yes"));
    assert_eq!(rows(&server).len(), 1);
    assert_eq!(told(&replace("&empty=no")).1, "bad-parameter");
    assert_eq!(replace("&empty=yes").expect(200)["changed"], 1);
    assert_eq!(rows(&server), []);
}
