//! Do rule cards say what the rules say, and are the committed ones of today?

use super::loading::folder;
use super::packs;
use huiyan::cli::cards::pages;
use std::path::Path;

const MANIFEST: &str = "name = \"p\"\nversion = \"1\"\nmain = \"p.dl\"\n[data]\nduty = \"duty.csv\"\narticle = \"article.csv\"\nsetting = \"setting.csv\"\n";

/// Two kinds of clue that share a relation of what is owed, and differ by its trigger.
const RULES: &str = "\
// What papers are owed.
.decl duty(id: symbol, trigger: symbol, trigger_kind: symbol, doc_kind: symbol, obligor_role: symbol, recipient_role: symbol, n: number,
    unit: symbol, roll: number, basis: symbol, from_day: date, to_day: date?, verified: symbol)
.record duty(key=\"id\", owner=\"operator,pack\", title=\"义务\")
.decl article(code: symbol, title: symbol, text: symbol, from_day: date, to_day: date?, verified: symbol)
.record article(key=\"code\", owner=\"operator,pack\", title=\"条文\")
.decl setting(rule: symbol, name: symbol, value: number)
.record setting(key=\"rule,name\", owner=\"operator,pack\", title=\"设置\")
.decl penalty(organ: symbol, no: symbol, day: date, fine: number?)
.record penalty(key=\"organ,no\", owner=\"police\", title=\"行政处罚\", columns=\"no=文号,day=决定日期,fine=罚款\")
.decl release(prison: symbol, no: symbol, day: date)
.record release(key=\"prison,no\", owner=\"prison\", title=\"释放\", columns=\"no=编号\")
.decl today(day: date)
.clock today

.decl event(trigger: symbol, organ: symbol, no: symbol, day: date)
@[name = \"penalty-event\"]
event(\"penalty\", o, n, d) :- penalty(o, n, d, nil).
@[name = \"release-event\"]
event(\"release\", o, n, d) :- release(o, n, d).

//? 辅助：谁要就为谁算。
.decl counted(day: date)
counted(d) :- event(_, _, _, d).

.decl grave(trigger: symbol, level: symbol)
grave(\"penalty\", \"violation\").
.decl owed(trigger: symbol, organ: symbol, no: symbol, due: date, level: symbol, basis: symbol)
owed(t, o, n, d + x, level, b) :- event(t, o, n, d), duty(trigger: t, n: x, basis: b), grave(t, level), counted(d).
owed(t, o, n, d + x + g, \"hint\", b) :- event(t, o, n, d), duty(trigger: t, n: x, basis: b), setting(t, \"grace\", g).

// --- 1: after a penalty -----

// Of penalties.
//? 误报：以另一文号登记。
.decl unpaid(agency: symbol, no: symbol, due: date?, level: symbol, basis: symbol)
.clue unpaid(title=\"处罚未通知\", key=\"agency,no\", agency=\"agency\", due=\"due\", level=\"level\", basis=\"basis\", reason=\"{agency}的{no}\")
@[name = \"unpaid\"]
unpaid(o, n, d, level, b) :- owed(\"penalty\", o, n, d, level, b), today(t), t > d.

// --- 2: after a release -----

.decl unsent(agency: symbol, no: symbol, due: date?, level: symbol, basis: symbol)
.clue unsent(title=\"释放未送达\", key=\"agency,no\", agency=\"agency\", due=\"due\", level=\"level\", basis=\"basis\", reason=\"{no}\")
@[name = \"unsent\"]
unsent(o, n, d, level, b) :- t = \"release\", owed(t, o, n, d, level, b), today(y), y > d.
";

/// mark: how sure the duty after a penalty is.
fn small(mark: &str) -> tempfile::TempDir {
    let duties = format!(
        "id,trigger,trigger_kind,doc_kind,obligor_role,recipient_role,n,unit,roll,basis,from_day,to_day,verified\n\
         a,penalty,拘留,通知,决定机关,检察院,3,日,1,第一条,2020-07-01,,{mark}\n\
         b,release,,通知书,监狱,公安机关,-1,月,0,第二条,2019-12-30,2025-12-31,M\n"
    );
    folder(&[
        ("pack.toml", MANIFEST),
        ("p.dl", RULES),
        ("duty.csv", &duties),
        (
            "article.csv",
            "code,title,text,from_day,to_day,verified\n第一条,某法第一条,应当通知。,2020-07-01,,V\n第二条,某法第二条,应当送达。,2019-12-30,,M\n",
        ),
        ("setting.csv", "rule,name,value\npenalty,grace,7\nrelease,grace,9\n"),
        ("cases/unpaid/in.tsv", "# A penalty of which nobody is told.\n"),
        ("cases/unpaid/expect.tsv", "1\topen\tunpaid\tpolice:1|a\thint\n"),
        ("cases/unpaid-fine/in.tsv", "# With a fine.\n"),
        ("cases/unpaid-fine/expect.tsv", ""),
        ("cases/unsent/in.tsv", "# Another rule.\n"),
        ("cases/unsent/expect.tsv", "1\topen\tunsent\tprison:1|a\thint\n"),
    ])
}

fn page(name: &str) -> String {
    page_with("V", name)
}

fn page_with(mark: &str, name: &str) -> String {
    pages(small(mark).path()).unwrap().into_iter().find(|page| page.name == name).unwrap().text
}

#[test]
fn a_card_has_what_its_own_kind_rests_on_and_not_what_the_others_do() {
    let card = page("unpaid.md");
    for line in [
        "# 处罚未通知",
        "`unpaid` · Unpaid",
        "| 可能的级别 | 违法（violation）、提示（hint） |",
        "| 同一线索 | `agency`、`no` |",
        "| 提示语 | {agency}的{no} |",
        "> What papers are owed.",
        "> **1: after a penalty**",
        "> Of penalties.",
        "| 决定机关 | 检察院 | 通知 | penalty（拘留） | 3 日，遇休息日顺延 | 第一条 | 2020-07-01 起 | V |",
        "- **某法第一条**（2020-07-01 起；V，已核对条文）：应当通知。",
        "| 行政处罚 `penalty` | 公安机关 | organ、文号、决定日期、罚款 |",
        "| penalty | grace | 7 |",
        "- `p.dl`：`penalty-event`、`unpaid`",
        "- `unpaid`：A penalty of which nobody is told.",
        "- `unpaid-fine`：With a fine.",
        "- 以另一文号登记。",
    ] {
        assert!(card.lines().any(|found| found == line), "{line}\n--- is not in\n{card}");
    }
    for other in ["release", "第二条", "unsent", "监狱"] {
        assert!(!card.contains(other), "{other}:\n{card}");
    }
}

#[test]
fn a_card_of_a_clue_that_never_accuses_says_so() {
    let card = page("unsent.md");
    assert!(card.contains("| 可能的级别 | 提示（hint） |"), "a level is none that the facts exclude:\n{card}");
    assert!(
        card.contains("| 监狱 | 公安机关 | 通知书 | release | 之前 1 个月 | 第二条 | 2019-12-30 至 2025-12-31 | M，只作提示 |"),
        "{card}"
    );
    assert!(!card.contains("penalty"), "{card}");
}

#[test]
fn a_card_of_duties_that_nobody_verified_says_that_they_only_hint() {
    let card = page_with("G", "unpaid.md");
    assert!(card.contains("| 可能的级别 | 提示（hint）；所依职责均未核实，核实以前不作违法 |"), "{card}");
    assert!(card.contains("| 第一条 | 2020-07-01 起 | G，只作提示 |"), "{card}");
    assert!(page_with("G", "README.md").contains("| `unpaid` | 提示 |"));
    assert!(page_with("V2", "unpaid.md").contains("| 可能的级别 | 违法（violation）、提示（hint） |"));
}

#[test]
fn the_list_names_every_card() {
    let list = page("README.md");
    assert!(list.contains("| [处罚未通知](unpaid.md) | `unpaid` | 违法、提示 |"), "{list}");
    assert!(list.contains("| [释放未送达](unsent.md) | `unsent` | 提示 |"), "{list}");
}

#[test]
fn the_committed_cards_are_those_of_the_rules() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/rules");
    let pages: Vec<_> = packs().iter().flat_map(|pack| pages(pack).unwrap()).collect();
    if std::env::var_os("HUIYAN_WRITE_GOLDEN").is_some() {
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        pages.iter().for_each(|page| std::fs::write(folder.join(&page.name), &page.text).unwrap());
    }
    for page in &pages {
        let committed = std::fs::read_to_string(folder.join(&page.name)).unwrap_or_default();
        assert!(committed == page.text, "{} is not as the rules are now: HUIYAN_WRITE_GOLDEN=1 writes docs/rules", page.name);
    }
    let files = std::fs::read_dir(&folder).unwrap().count();
    assert_eq!(files, pages.len(), "docs/rules has a file that is no card");
}

#[test]
fn every_clue_of_a_pack_says_what_it_gets_wrong_and_rests_on_an_article_or_on_data() {
    for page in packs().iter().flat_map(|pack| pages(pack).unwrap()).filter(|page| page.name != "README.md") {
        assert!(page.text.contains("\n## 已知误报\n"), "{}: write `//? 误报：…` above its .decl", page.name);
        assert!(page.text.contains("\n## 所用数据\n"), "{}", page.name);
    }
}
