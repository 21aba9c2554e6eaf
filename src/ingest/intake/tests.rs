//! [`Intake`](super::Intake) by whole bodies: what comes out, and what is told of what does not.

use super::*;
use crate::ingest::SubmittedRow;
use crate::limits::{MAX_CELL_BYTES, MAX_LINE_BYTES, MAX_MISTAKES_IN_FULL, MAX_MISTAKES_PER_LINE, SNIFFED_BYTES};
use crate::program::{Column, Io, RecordDecl, Relation};
use crate::syntax::Span;
use crate::types::{Kind, Row, Value};
use std::cell::Cell;

fn column(name: &str, kind: Kind, optional: bool) -> Column {
    Column { name: name.to_string(), kind, optional, type_name: kind.name().to_string() }
}

fn relation(name: &str, columns: Vec<Column>) -> Relation {
    Relation {
        name: name.to_string(),
        columns,
        input: None,
        outputs: Vec::new(),
        printsize: false,
        record: None,
        clue: None,
        clock: false,
        span: Span::default(),
    }
}

/// `penalty(organ, no, id_no?, day, days?)`, key `organ,no`; and a derived `clue_of`.
fn program() -> Program {
    let mut penalty = relation(
        "penalty",
        vec![
            column("organ", Kind::Symbol, false),
            column("no", Kind::Symbol, false),
            column("id_no", Kind::Symbol, true),
            column("day", Kind::Date, false),
            column("days", Kind::Number, true),
        ],
    );
    penalty.input = Some(Io::default());
    penalty.record = Some(RecordDecl {
        key: vec![0, 1],
        owners: vec!["police".to_string()],
        by: Some(0),
        since: Some(3),
        personal: vec![2],
        identity: vec![2],
        title: "行政处罚信息".to_string(),
        titles: vec![(1, vec!["决定书文号".to_string(), "文号".to_string()]), (3, vec!["决定日期".to_string()])],
        words: Vec::new(),
        alike: Vec::new(),
        checks: Vec::new(),
        past: Vec::new(),
    });
    Program { relations: vec![penalty, relation("clue_of", vec![column("x", Kind::Number, false)])], ..Program::default() }
}

fn read(format: Format, body: &[u8]) -> Piece {
    let program = program();
    let mut intake = Intake::new(&program, format, body).unwrap();
    let piece = intake.piece(usize::MAX).unwrap();
    assert!(piece.last);
    piece
}

fn csv() -> Format {
    csv_in(Charset::Utf8)
}

fn csv_in(charset: Charset) -> Format {
    Format::Csv { relation: RelId(0), op: Op::Upsert, charset, titles: Titles::default() }
}

fn mistakes(piece: &Piece) -> Vec<(u64, &str, &str)> {
    piece.refused.iter().map(|r| (r.line, r.code, r.pointer.as_str())).collect()
}

fn row(no: &str, id_no: Option<&str>, day: i64, days: Option<i64>) -> Row {
    Row::new(vec![
        Value::symbol("police:1"),
        Value::symbol(no),
        id_no.map_or(Value::Absent, Value::symbol),
        Value::Date(day),
        days.map_or(Value::Absent, Value::Number),
    ])
}

#[test]
fn changes_are_read_line_by_line_and_blank_lines_count() {
    let body = concat!(
        "\u{feff}{\"relation\":\"penalty\",\"op\":\"insert\",\"row\":{\"organ\":\"police:1\",\"no\":\"a\",\"day\":\"2022-07-15\",\"days\":10}}\r\n",
        "\n",
        "{\"relation\":\"penalty\",\"op\":\"retract\",\"row\":{\"no\":\"a\",\"organ\":\"police:1\"}}\n",
        "{\"op\":\"retract\",\"relation\":\"penalty\",\"row\":{\"organ\":\"police:1\",\"no\":\"b\",\"day\":\"1970-01-01\",\"id_no\":null}}",
    );
    let piece = read(Format::Changes, body.as_bytes());
    assert_eq!(piece.refused, []);
    assert_eq!(piece.read, 3);
    let whole = |line, op, row| Submitted { line, relation: RelId(0), op, row, repaired: Vec::new() };
    assert_eq!(
        piece.lines,
        [
            whole(1, Op::Insert, SubmittedRow::Whole(row("a", None, 19_188, Some(10)))),
            whole(3, Op::Retract, SubmittedRow::Key(Row::new(vec![Value::symbol("police:1"), Value::symbol("a")]))),
            whole(4, Op::Retract, SubmittedRow::Whole(row("b", None, 0, None))),
        ]
    );
}

#[test]
fn all_mistakes_of_a_line_are_told_with_their_place_and_no_value() {
    let canary = "640299198001011234";
    let lines = [
        format!(
            "{{\"relation\":\"penalty\",\"op\":\"insert\",\"row\":{{\"organ\":\"police:1\",\"no\":7,\"day\":\"{canary}\",\"dys\":1,\"id_no\":5}}}}"
        ),
        format!(
            "{{\"relation\":\"penalty\",\"op\":\"insert\",\"row\":{{\"organ\":\"police:1\",\"no\":\"x\",\"day\":null,\"{canary}\":1,\"days\":1,\"days\":2}}}}"
        ),
        format!("{{\"relation\":\"nobody\",\"op\":\"put\",\"row\":{{}},\"extra\":\"{canary}\"}}"),
        "{\"relation\":\"clue_of\",\"op\":\"insert\",\"row\":{\"x\":1}}".to_string(),
        "[1]".to_string(),
        format!("{{\"relation\":{canary}"),
        "{}".to_string(),
        "{\"relation\":\"penalty\",\"op\":\"insert\",\"row\":[]}".to_string(),
        format!("{}{}", "[".repeat(10_000), "]".repeat(10_000)),
    ];
    let mut body = lines.join("\n").into_bytes();
    body.extend_from_slice(b"\n{\"relation\":\"\xb0\xff\"}");
    let piece = read(Format::Changes, &body);
    assert_eq!(piece.lines, []);
    assert_eq!(
        mistakes(&piece),
        [
            (1, "unknown-column", "/row/dys"),
            (1, "not-text", "/row/no"),
            (1, "identity-length", "/row/id_no"),
            (1, "not-a-date", "/row/day"),
            (2, "unknown-column", "/row"),
            (2, "duplicate-column", "/row/days"),
            (2, "absent-required", "/row/day"),
            (3, "bad-op", "/op"),
            (3, "unknown-field", "/extra"),
            (3, "unknown-relation", "/relation"),
            (4, "not-writable", "/relation"),
            (5, "not-an-object", ""),
            (6, "bad-json", ""),
            (7, "missing-field", "/relation"),
            (7, "missing-field", "/op"),
            (7, "missing-field", "/row"),
            (8, "not-an-object", "/row"),
            (9, "too-deep", ""),
            (10, "not-utf8", ""),
        ]
    );
    assert!(!format!("{:?}", piece.refused).contains(canary));
    let keys: Vec<&[Value]> = piece.refused.iter().map(|r| r.key.values()).collect();
    let told = [Value::symbol("police:1"), Value::symbol("x")];
    assert_eq!((keys[0], keys[4]), (&[][..], &told[..]), "a key is told where it could be read");
}

#[test]
fn lengths_are_bounded_and_what_follows_is_still_read() {
    let good = "{\"organ\":\"police:1\",\"no\":\"a\",\"day\":\"2022-07-15\"}";
    let long = format!("{good}{}", " ".repeat(MAX_LINE_BYTES - good.len()));
    let cell = format!("{{\"organ\":\"police:1\",\"no\":\"{}\",\"day\":\"2022-07-15\"}}", "x".repeat(MAX_CELL_BYTES + 1));
    let many = format!("{{{}}}", (0..100).map(|i| format!("\"c{i}\":1")).collect::<Vec<_>>().join(","));
    let body = format!("{long}\n{long} \n{cell}\n{good}\n{many}\n");
    let piece = read(Format::Rows { relation: RelId(0), op: Op::Insert }, body.as_bytes());
    assert_eq!(piece.lines.iter().map(|l| l.line).collect::<Vec<_>>(), [1, 4]);
    assert_eq!(mistakes(&piece)[..2], [(2, "line-too-long", ""), (3, "text-too-long", "/row/no")]);
    assert_eq!(piece.refused.iter().filter(|r| r.line == 5).count(), MAX_MISTAKES_PER_LINE);
}

#[test]
fn q5_mistakes_are_told_in_full_up_to_their_bound() {
    // Two mistakes a line.
    let body = "police:1,n,,x,y\n".repeat(MAX_MISTAKES_IN_FULL / 2 + 3);
    let piece = read(csv(), format!("organ,no,id_no,day,days\n{body}").as_bytes());
    assert_eq!(piece.refused.len(), MAX_MISTAKES_IN_FULL + 3);
}

#[test]
fn csv_goes_by_name_or_title_and_lines_are_those_of_an_editor() {
    let body = "\u{feff}决定日期,organ, 文号 ,days,id_no\r\n2022-07-15,police:1,\"a\nb\",,\r\n2022-07-15,police:1,c,ten,E1\r\n2022-07-15,police:1\r\n1970-01-01,police:1,d,3,x\r\n";
    let piece = read(csv(), body.as_bytes());
    let rows: Vec<_> = piece.lines.iter().map(|l| (l.line, l.row.clone())).collect();
    assert_eq!(
        rows,
        [(2, SubmittedRow::Whole(row("a\nb", None, 19_188, None))), (6, SubmittedRow::Whole(row("d", Some("x"), 0, Some(3)))),]
    );
    assert_eq!(mistakes(&piece), [(4, "not-a-number", "/row/days"), (5, "wrong-length", "/cells/2-of-5")]);
    assert!(piece.refused[1].message.en.starts_with("the line has 2 cells and its header 5"));
}

#[test]
fn a_quote_that_is_never_closed_is_told_where_it_stands() {
    for rest in ["", "\n", "\n2022-07-15,police:1,d,,\n", ",x"] {
        let body = format!("决定日期,organ,文号,days,id_no\n2022-07-15,police:1,a,,\n2022-07-15,police:1,\"b,,{rest}");
        let piece = read(csv(), body.as_bytes());
        assert_eq!(piece.lines.iter().map(|l| l.line).collect::<Vec<_>>(), [2]);
        assert_eq!(mistakes(&piece), [(3, "open-quote", "/row/no")], "{rest:?}");
        assert_eq!(piece.refused[0].key, Row::default());
    }
    // Its line is that of the mark, not of the record; and the last cell may be the one.
    let late = read(csv(), "决定日期,organ,文号,days,id_no\n2022-07-15,police:1,\"a\nb\",,\"c\n".as_bytes());
    assert_eq!(mistakes(&late), [(3, "open-quote", "/row/id_no")]);
    let closed = read(csv(), "决定日期,organ,文号,days,id_no\n2022-07-15,police:1,a,,\"b\n\"\n".as_bytes());
    assert_eq!(closed.lines.iter().map(|l| l.line).collect::<Vec<_>>(), [2]);
    let header = header_of("organ,\"no,day\npolice:1,a,2022-07-15\n");
    assert_eq!(told(&header), [("open-quote", "/header/1")]);
}

#[test]
fn cells_that_were_merged_make_no_key_and_no_required_text() {
    let piece =
        read(csv(), "organ,no,day\npolice:1,a,2022-07-15\npolice:1,,2022-07-15\npolice:1,\u{3000},2022-07-15\n".as_bytes());
    assert_eq!(mistakes(&piece), [(3, "empty-key", "/row/no"), (4, "empty-key", "/row/no")]);
    assert!(piece.refused[0].message.zh.contains("合并") && piece.lines.len() == 1);
    let json = |line: &str| read(Format::Rows { relation: RelId(0), op: Op::Upsert }, line.as_bytes());
    let piece = json("{\"organ\":\"police:1\",\"no\":\" \",\"day\":\"2022-07-15\"}\n{\"organ\":\"\",\"no\":\"a\",\"day\":\"\"}");
    assert_eq!(
        mistakes(&piece),
        [(1, "empty-key", "/row/no"), (2, "empty-key", "/row/organ"), (2, "absent-required", "/row/day")]
    );
    // What older versions took can still be taken away.
    let gone = "{\"relation\":\"penalty\",\"op\":\"retract\",\"row\":{\"organ\":\"police:1\",\"no\":\"\"}}";
    assert_eq!(read(Format::Changes, gone.as_bytes()).lines.len(), 1);
    let mut program = program();
    program.relations[0].columns[2].optional = false;
    let mut intake = Intake::new(&program, csv(), "organ,no,day,id_no\npolice:1,a,2022-07-15, \n".as_bytes()).unwrap();
    assert_eq!(mistakes(&intake.piece(9).unwrap()), [(2, "absent-required", "/row/id_no")]);
    // In reference data it is what somebody wrote.
    let record = program.relations[0].record.as_mut().unwrap();
    (record.owners, record.identity) = (vec!["pack".to_string()], Vec::new());
    let mut intake = Intake::new(&program, csv(), "organ,no,day,id_no\npolice:1,a,2022-07-15,\n".as_bytes()).unwrap();
    assert_eq!(intake.piece(9).unwrap().lines.len(), 1);
}

#[test]
fn lines_and_columns_of_nothing_are_none() {
    let good = "police:1,a,2022-07-15";
    let piece = read(csv(), format!(",,\norgan,no,day\n{good}\n,,\n \t,\u{3000},\r\n\"\",,\n,,,,,,,\n{good}\n,,").as_bytes());
    assert_eq!((piece.read, piece.lines.iter().map(|l| l.line).collect::<Vec<_>>()), (2, vec![3, 8]));
    let body = format!("organ,no,day,, \r\n{good}\r\n{good},\r\n{good},,\r\n{good},,x\r\n{good},,,\r\npolice:1,b\r\n");
    let piece = read(csv(), body.as_bytes());
    assert_eq!(piece.lines.iter().map(|l| l.line).collect::<Vec<_>>(), [2, 3, 4]);
    let (six, two) = ("/cells/6-of-3", "/cells/2-of-3");
    assert_eq!(mistakes(&piece), [(5, "wrong-length", "/cells/5-of-3"), (6, "wrong-length", six), (7, "wrong-length", two)]);
    assert_eq!(mistakes(&read(csv(), format!("organ,no,day\n{good},\n").as_bytes())), [(2, "wrong-length", "/cells/4-of-3")]);
}

#[test]
fn lines_that_only_a_carriage_return_ends_are_told_once() {
    let line = "police:1,a,2022-07-15\r";
    for body in [format!("organ,no,day\r{line}"), format!("organ,no,day\r{}", line.repeat(MAX_LINE_BYTES / 4))] {
        assert_eq!(told(&header_of(&body)), [("line-ends", "/header")]);
    }
    assert_eq!(read(csv(), b"organ,no,day\r\npolice:1,a,2022-07-15\r").lines.len(), 1);
    let Ok(_) = Intake::new(&program(), csv(), &b"organ,no,day\r"[..]) else { panic!("a header alone") };
}

#[test]
fn a_header_of_very_many_cells_is_told_by_their_number() {
    let refused = header_of(&format!("organ,no,day{}\n", ",x".repeat(300_000)));
    assert_eq!(told(&refused), [("too-many-columns", "/header")]);
    assert!(refused[0].message.en.contains("300003 cells and the relation 5 columns"));
    let twice = header_of("organ,no,day,决定日期\n");
    assert_eq!(told(&twice), [("duplicate-column", "/header/3")]);
    assert_eq!(twice[0].message.zh, "表头第 3 列和第 4 列都对应列 day；请只保留其中一列");
}

fn header_of(body: &str) -> Vec<Refused> {
    match Intake::new(&program(), csv(), body.as_bytes()) {
        Err(IngestError::Header(refused)) => refused,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("a bad header was taken"),
    }
}

fn told(refused: &[Refused]) -> Vec<(&str, &str)> {
    refused.iter().map(|r| (r.code, r.pointer.as_str())).collect()
}

#[test]
fn titles_of_the_request_win_and_a_bad_header_is_told_once() {
    let own = vec![("机 关".to_string(), "organ".to_string())];
    let titles = Titles { own, ignored: Vec::new() };
    let program = program();
    let format = Format::Csv { relation: RelId(0), op: Op::Insert, charset: Charset::Utf8, titles };
    let mut intake = Intake::new(&program, format, "机关,ｎｏ,day\npolice:1,a,2022-07-15\n".as_bytes()).unwrap();
    assert_eq!(intake.piece(9).unwrap().lines.len(), 1);

    let refused = header_of("吴某,no,no\n");
    assert_eq!(
        told(&refused),
        [
            ("unknown-column", "/header/0"),
            ("duplicate-column", "/header/2"),
            ("missing-column", "/row/organ"),
            ("missing-column", "/row/day")
        ]
    );
    assert!(!format!("{refused:?}").contains("吴某"));
    for (body, want) in [(&b"\xc8\xd5\xc6\xda,no\n"[..], Some(Looks::Gb18030)), (b"\x80\xff\xff,no\n", None)] {
        let Err(IngestError::Charset { looks, .. }) = Intake::new(&program, csv(), body) else { panic!("it was taken") };
        assert_eq!(looks, want);
    }
    let utf16 = Intake::new(&program, Format::Changes, &b"\xff\xfe{\0}\0"[..]);
    assert!(matches!(utf16, Err(IngestError::Charset { looks: Some(Looks::Utf16), .. })));
    assert!(matches!(Intake::new(&program, Format::Changes, &b"\n \n"[..]), Err(IngestError::Empty)));
}

#[test]
fn titles_are_known_in_any_spelling_and_near_ones_are_named() {
    let body = "\n\u{feff}决 定\u{3000}日期,ＯＲＧＡＮ,\u{200b}决定书文号 ,DAYS\n2022-07-15,police:1,a,3\n";
    let piece = read(csv(), body.as_bytes());
    assert_eq!(
        piece.lines.iter().map(|l| (l.line, l.row.clone())).collect::<Vec<_>>(),
        [(3, SubmittedRow::Whole(row("a", None, 19_188, Some(3))))]
    );
    let refused = header_of("决定曰期,organ,决定书号,,备注\n");
    let places: Vec<_> =
        refused.iter().take_while(|r| r.code == "unknown-column").map(|r| (&*r.pointer, &*r.message.zh)).collect();
    assert_eq!(
        places,
        [
            ("/header/0", "表头第 1 列的标题无法识别；相近的标题是“决定日期”（列 day）；请改正，或不读取此列（ignore=）"),
            ("/header/2", "表头第 3 列的标题无法识别；相近的标题是“决定书文号”（列 no）；请改正，或不读取此列（ignore=）"),
            ("/header/3", "表头第 4 列没有标题；请删除此列，或填写标题"),
            ("/header/4", "表头第 5 列的标题无法识别；请改为此关系的标题，或不读取此列（ignore=）"),
        ]
    );
}

#[test]
fn a_file_without_header_or_with_other_separators_is_told_as_a_whole() {
    let refused = header_of("2022-07-15,police:1,a,吴某某\n");
    assert_eq!(told(&refused), [("no-header", "/header")]);
    assert!(
        refused[0].message.en.ends_with("it needs organ, 决定书文号 (no), 决定日期 (day)")
            && !format!("{refused:?}").contains("吴")
    );
    for (mark, name) in [(";", "semicolons"), ("\t", "tabs"), ("，", "full-width commas"), ("|", "vertical bars")] {
        let refused = header_of(&["决定日期", "organ", "文号", "备注"].join(mark));
        assert_eq!(told(&refused), [("wrong-separator", "/header")], "{mark}");
        assert!(refused[0].message.en.contains(name), "{}", refused[0].message.en);
    }
    assert_eq!(told(&header_of("police:1;2022-07-15\n")), [("no-header", "/header")]);
    assert_eq!(told(&header_of("organ\n"))[0], ("missing-column", "/row/no"));
}

#[test]
fn the_name_of_the_whole_table_above_its_header_is_told_as_what_it_is() {
    let good = "决定日期,organ,文号\n2022-07-15,police:1,a\n";
    for caption in ["宁夏某县行政处罚名册,,\n", "\n宁夏某县行政处罚名册\n", "决定书文号一览,,\n"] {
        let line = caption.lines().count() as u64;
        let refused = header_of(&format!("{caption}{good}"));
        assert_eq!((told(&refused), refused[0].line), (vec![("no-header", "/header")], line), "{caption}");
        let header = format!("各列标题在第 {} 行", line + 1);
        assert!(refused[0].message.zh.contains(&header) && !format!("{refused:?}").contains("宁夏"), "{refused:?}");
    }
    // Several lines of it, also such as say who made the table and when.
    for above in [
        "行政处罚名册,,\n填报单位：某局,,2022年7月\n",
        "名册,,\n单位：某局,日期：2022年7月,\n(单位：元),,\n",
        "单位：某局,日期：七月,\n",
    ] {
        let refused = header_of(&format!("{above}{good}"));
        let header = format!("各列标题在第 {} 行", above.lines().count() + 1);
        assert!(refused[0].line == 1 && refused[0].message.zh.contains(&header), "{refused:?}");
    }
    // Where no header stands below, the first line should have been one.
    let refused = header_of("宁夏某县行政处罚名册,,\n2022-07-15,police:1,a\n");
    assert!(refused[0].message.zh.starts_with("文件没有表头"), "{refused:?}");
    assert_eq!(told(&header_of("决定日期;organ;文号\n2022-07-15;police:1;a\n")), [("wrong-separator", "/header")]);
}

#[test]
fn a_line_of_totals_is_left_out_and_told_unless_it_is_a_record() {
    let body = "organ,文号,决定日期,days\npolice:1,a,2022-07-15,3\n合 计：,,,3\n,总计,,\npolice:1,合计,2022-07-15,4\n合计,b,2022-07-15,\n小记,,,\n";
    let piece = read(csv(), body.as_bytes());
    let totals = [3, 4].map(|line| Skip { line, code: "totals-row" });
    assert_eq!((piece.skipped, piece.skips.as_slice()), (2, &totals[..]));
    assert_eq!(piece.lines.iter().map(|line| line.line).collect::<Vec<_>>(), [2, 5, 6], "a good record is one");
    assert_eq!((piece.read, piece.refused[0].line), (4, 7));
}

#[test]
fn a_remark_below_the_table_is_left_out_and_told() {
    let head = "organ,文号,决定日期,days\npolice:1,a,2022-07-15,3\n";
    for remark in [
        "填表人：张三,,,",
        ",填报单位（盖章）:某局,,",
        "填表人：张三,,审核人：李四,日期：2022年7月1日 10:00",
        "填表人：,张三,日期：,2022-07-16",
        "注：本表一式两份",
    ] {
        let piece = read(csv(), format!("{head}{remark}\n").as_bytes());
        let skips = vec![Skip { line: 3, code: "remark-row" }];
        assert_eq!((piece.lines.len(), piece.skips, piece.skipped, piece.refused), (1, skips, 1, vec![]), "{remark}");
    }
    // What is left of a record is refused, as ever.
    for record in ["police:1,,,", "police:1", "police:1,注：b,,", ",,2022-07-16,", "police:1:2,,,", "张三,,,", "填表人：张三,,,7"]
    {
        let piece = read(csv(), format!("{head}{record}\n").as_bytes());
        assert!(piece.skips.is_empty() && !piece.refused.is_empty(), "{record}");
    }
}

#[test]
fn columns_are_left_out_by_their_titles_and_told() {
    let titles = Titles { own: Vec::new(), ignored: ["序号", " 备 注", "没有", "days"].map(String::from).to_vec() };
    let format = Format::Csv { relation: RelId(0), op: Op::Upsert, charset: Charset::Utf8, titles };
    let program = program();
    let body = "序号,organ,文号,备注,决定日期,days\n1,police:1,a,\u{fffd},2022-07-15,x\n2,police:1,b,,2022-07-15\n";
    let mut intake = Intake::new(&program, format.clone(), body.as_bytes()).unwrap();
    let ignored = [(0, "序号"), (3, " 备 注"), (5, "days")].map(|(place, title)| (place, title.to_string()));
    assert_eq!(intake.ignored(), ignored);
    let piece = intake.piece(9).unwrap();
    assert_eq!((piece.lines.len(), mistakes(&piece)), (1, vec![(3, "wrong-length", "/cells/5-of-6")]));
    let SubmittedRow::Whole(read) = &piece.lines[0].row else { panic!() };
    assert_eq!(*read, row("a", None, 19_188, None));
    // A column that must be there must be.
    let without = Intake::new(&program, format, "organ,序号,决定日期\n".as_bytes());
    assert!(matches!(without, Err(IngestError::Header(refused)) if refused.len() == 1 && refused[0].code == "missing-column"));
}

#[test]
fn a_sign_of_damage_is_refused_where_it_would_come_in_and_not_where_it_goes() {
    let piece = read(csv(), "organ,文号,决定日期\npolice:1,\u{fffd}\u{fffd},2022-07-15\npolice:1,a,2022\u{fffd}\n".as_bytes());
    assert_eq!(mistakes(&piece), [(2, "replaced-character", "/row/no"), (3, "replaced-character", "/row/day")]);
    let change = |op: &str, no: &str| {
        format!("{{\"relation\":\"penalty\",\"op\":\"{op}\",\"row\":{{\"organ\":\"police:1\",\"no\":\"{no}\"")
    };
    let whole = ",\"day\":\"2022-07-15\"}}\n";
    let body =
        [&change("insert", "\\ufffd"), whole, &change("upsert", "\u{fffd}"), whole, &change("retract", "\u{fffd}"), "}}\n"]
            .concat();
    let piece = read(Format::Changes, body.as_bytes());
    assert_eq!(mistakes(&piece), [(1, "replaced-character", "/row/no"), (2, "replaced-character", "/row/no")]);
    assert_eq!(piece.lines.len(), 1, "what once came in can be taken back");
}

#[test]
fn a_retraction_of_the_key_and_more_says_that_the_key_is_enough() {
    let retract = |row: &str| {
        let piece = read(Format::Changes, format!("{{\"relation\":\"penalty\",\"op\":\"retract\",\"row\":{row}}}\n").as_bytes());
        piece.refused.iter().map(|r| (r.code, r.pointer.clone())).collect::<Vec<_>>()
    };
    let key = "\"organ\":\"police:1\",\"no\":\"a\"";
    let told = |code, pointer: &str| (code, pointer.to_string());
    assert_eq!(retract(&format!("{{{key},\"days\":3}}")), [told("key-is-enough", "/row")]);
    assert_eq!(retract(&format!("{{{key},\"days\":\"x\"}}")), [told("key-is-enough", "/row"), told("not-a-number", "/row/days")]);
    assert_eq!(retract(&format!("{{{key}}}")), []);
    assert_eq!(retract(&format!("{{{key},\"day\":\"2022-07-15\"}}")), [], "a whole row");
    // Without the key it is not enough.
    assert_eq!(
        retract("{\"organ\":\"police:1\",\"days\":3}"),
        [told("missing-column", "/row/no"), told("missing-column", "/row/day")]
    );
}

#[test]
fn gb18030_is_read_as_utf8_is_and_its_damage_is_told_by_line_and_column() {
    let text = "决定日期,organ,文号,days,id_no\n2022年7月15日,police:1,\"石\n惠\",,\n2022-07-15,police:1,红,,\n2022-07-15,police:1,罚,,\n";
    let (bytes, ..) = encoding_rs::GB18030.encode(text);
    let clean = read(csv_in(Charset::Gb18030), &bytes);
    assert_eq!(clean.lines, read(csv(), text.as_bytes()).lines);
    // 红 loses its second byte: nothing else is touched.
    let at = bytes.windows(2).position(|pair| pair == &*encoding_rs::GB18030.encode("红").0).unwrap();
    let damaged = [&bytes[..=at], &bytes[at + 2..]].concat();
    let piece = read(csv_in(Charset::Gb18030), &damaged);
    assert_eq!(mistakes(&piece), [(4, "not-in-charset", "/row/no")]);
    assert_eq!(piece.lines, [clean.lines[0].clone(), clean.lines[2].clone()]);
    let damaged = [bytes.as_ref(), b"2022-07-15,police:1,\xc8,,"].concat();
    assert_eq!(mistakes(&read(csv_in(Charset::Gb18030), &damaged)), [(6, "not-in-charset", "/row/no")]);
    let program = program();
    let header = Intake::new(&program, csv_in(Charset::Gb18030), &b"organ,no,\xc8\n"[..]);
    assert!(matches!(header, Err(IngestError::Charset { said: Charset::Gb18030, looks: None })));
}

#[test]
fn an_open_quote_does_not_swallow_the_file() {
    let program = program();
    let long = "x\n".repeat(2 * MAX_LINE_BYTES);
    let body = format!("organ,no,day\npolice:1,a,2022-07-15\npolice:1,\"{long}");
    let mut intake = Intake::new(&program, csv(), body.as_bytes()).unwrap();
    assert!(matches!(intake.piece(9), Err(IngestError::OpenQuote { line: 3 })));
    let body = format!("organ,no,day\npolice:1,a,2022-07-15\npolice:1,{}", long.replace('\n', ""));
    let mut intake = Intake::new(&program, csv(), body.as_bytes()).unwrap();
    assert!(matches!(intake.piece(9), Err(IngestError::RecordTooLong { line: 3 })));
}

#[test]
fn pieces_add_up_to_the_whole_and_the_last_one_says_so() {
    let line = "{\"organ\":\"police:1\",\"no\":\"a\",\"day\":\"2022-07-15\"}\n{}\n";
    let program = program();
    let body = line.repeat(5) + "\n\n";
    let mut intake = Intake::new(&program, Format::Rows { relation: RelId(0), op: Op::Insert }, body.as_bytes()).unwrap();
    let mut seen = Vec::new();
    loop {
        let piece = intake.piece(4).unwrap();
        seen.push((piece.read, piece.lines.len(), piece.last));
        if piece.last {
            break;
        }
    }
    assert_eq!(seen, [(4, 2, false), (4, 2, false), (2, 1, true)]);
}

/// One line so many times; counts what was taken of it.
struct Repeated<'a> {
    line: &'a [u8],
    at: usize,
    left: usize,
    taken: &'a Cell<usize>,
}

impl Read for Repeated<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = buffer.len().min(self.line.len() - self.at).min(self.left * self.line.len());
        buffer[..n].copy_from_slice(&self.line[self.at..self.at + n]);
        self.at += n;
        if self.at == self.line.len() {
            (self.at, self.left) = (0, self.left - 1);
        }
        self.taken.set(self.taken.get() + n);
        Ok(n)
    }
}

#[test]
fn a_piece_ends_when_it_is_full_and_nothing_is_read_beyond_it() {
    let program = program();
    let line = format!("police:1,{},2022-07-15\n", "x".repeat(MAX_CELL_BYTES));
    let lines = 5 * MAX_PIECE_BYTES / (2 * line.len());
    let taken = Cell::new(0);
    let body = (&b"organ,no,day\n"[..]).chain(Repeated { line: line.as_bytes(), at: 0, left: lines, taken: &taken });
    let mut intake = Intake::new(&program, csv(), body).unwrap();
    let (mut given, mut pieces) = (0, 0);
    loop {
        let piece = intake.piece(usize::MAX).unwrap();
        (given, pieces) = (given + piece.lines.len(), pieces + 1);
        assert!(piece.bytes < MAX_PIECE_BYTES + 2 * line.len());
        assert!(taken.get() <= (given + 1) * line.len() + SNIFFED_BYTES as usize, "it read ahead");
        if piece.last {
            break;
        }
    }
    assert_eq!((given, pieces), (lines, 3));
}
