//! A card as a page of Markdown: in Chinese, as the law is, with an English title.

use super::card::{Card, Named, is_verified};
use super::cases::Case;
use crate::program::Relation;

const MADE: &str = "<!-- 由 `huiyan cards` 生成，请勿手改。Made by `huiyan cards`: do not edit. -->\n";

pub(super) fn page(card: &Card) -> String {
    let mut page = format!("{MADE}\n# {}\n\n`{}` · {}\n\n", card.clue.title, card.relation.name, card.english());
    page.push_str(&head(card));
    let parts = [
        ("说明", remarks(card)),
        ("谁应当为谁做什么", duties(card)),
        ("法律依据", articles(card)),
        ("所用数据", tables(card)),
        ("所用设置", settings(card)),
        ("规则名称", rules(card)),
        ("用例", cases(card)),
        ("已知误报", list(card.mistakes().into_iter().map(str::to_string))),
    ];
    for (title, text) in parts {
        if !text.is_empty() {
            page.push_str(&format!("\n## {title}\n\n{text}"));
        }
    }
    page
}

/// The list of all cards of a pack.
pub(super) fn index(pack: &str, cards: &[Card]) -> String {
    let rows = cards.iter().map(|card| {
        let name = &card.relation.name;
        let level = card.levels.iter().map(|level| level_word(level)).collect::<Vec<_>>().join("、");
        vec![format!("[{}]({name}.md)", card.clue.title), format!("`{name}`"), level]
    });
    let table = table(&["线索", "关系", "可能的级别"], rows);
    format!("{MADE}\n# 规则卡：{pack}\n\nRule cards: who owes what to whom, since when, by which article.\n\n{table}")
}

fn head(card: &Card) -> String {
    let name = |column: &usize| format!("`{}`", card.relation.columns[*column].name);
    let levels = card.levels.iter().map(|level| format!("{}（{level}）", level_word(level)));
    let until = if card.only_hints { "；所依职责均未核实，核实以前不作违法" } else { "" };
    let rows = [
        ["可能的级别".to_string(), levels.collect::<Vec<_>>().join("、") + until],
        ["同一线索".to_string(), card.clue.key.iter().map(name).collect::<Vec<_>>().join("、")],
        ["提示语".to_string(), card.reason()],
        ["规则文件".to_string(), format!("`{}` 第 {} 行", card.place.0, card.place.1)],
    ];
    table(&["项目", "内容"], rows.into_iter().map(Vec::from))
}

fn level_word(level: &str) -> &str {
    match level {
        "violation" => "违法",
        "hint" => "提示",
        "quality" => "数据质量",
        other => other,
    }
}

fn remarks(card: &Card) -> String {
    let remarks = &card.remarks;
    let mut text = String::new();
    let mut say = |paragraphs: &[String]| {
        for paragraph in paragraphs {
            text.push_str(&format!("> {paragraph}\n>\n"));
        }
    };
    say(&remarks.file);
    if let Some((title, paragraphs)) = &remarks.section {
        say(&[format!("**{title}**")]);
        say(paragraphs);
    }
    say(&remarks.own);
    text.strip_suffix(">\n").map(str::to_string).unwrap_or(text)
}

fn duties(card: &Card) -> String {
    if card.duties.is_empty() {
        return String::new();
    }
    let rows = card.duties.iter().map(|duty| {
        let get = |column: &str| duty.get(column).to_string();
        let kind =
            if duty.get("trigger_kind").is_empty() { String::new() } else { format!("（{}）", duty.get("trigger_kind")) };
        vec![
            or_dash(get("obligor_role")),
            or_dash(get("recipient_role")),
            or_dash(get("doc_kind")),
            format!("{}{kind}", get("trigger")),
            days(duty),
            get("basis"),
            time(duty),
            if is_verified(duty) { get("verified") } else { format!("{}，只作提示", get("verified")) },
        ]
    });
    table(&["谁", "向谁", "文书", "自何事起", "期限", "依据", "施行", "核实"], rows)
}

fn or_dash(text: String) -> String {
    if text.is_empty() { "—".to_string() } else { text }
}

fn days(duty: &Named) -> String {
    let (n, unit) = (duty.get("n"), duty.get("unit"));
    let unit = match unit {
        "月" => "个月",
        "时" => "小时",
        other => other,
    };
    let rolls = if duty.get("roll") == "1" { "，遇休息日顺延" } else { "" };
    match n.strip_prefix('-') {
        Some(before) => format!("之前 {before} {unit}{rolls}"),
        None if n == "0" => format!("当日{rolls}"),
        None => format!("{n} {unit}{rolls}"),
    }
}

fn time(row: &Named) -> String {
    match row.get("to_day") {
        "" => format!("{} 起", row.get("from_day")),
        to => format!("{} 至 {to}", row.get("from_day")),
    }
}

fn articles(card: &Card) -> String {
    list(card.articles.iter().map(|article| {
        let mark = match article.get("verified") {
            "V" => "V，已核对条文",
            "V2" => "V2，据二手资料或者同类文件",
            "M" => "M，条文未核实",
            "G" => "G，推测",
            other => other,
        };
        format!("**{}**（{}；{mark}）：{}", article.get("title"), time(article), article.get("text"))
    }))
}

fn tables(card: &Card) -> String {
    let (reference, sent): (Vec<_>, Vec<_>) = card.tables.iter().partition(|(relation, _)| is_reference(relation));
    let (persons, sent): (Vec<_>, Vec<_>) = sent.into_iter().partition(|(relation, columns)| names_persons(relation, columns));
    let rows = sent.into_iter().map(|(relation, columns)| {
        let title = |column: &usize| match &relation.record {
            Some(record) => record.title_of(*column, &relation.columns).to_string(),
            None => relation.columns[*column].name.clone(),
        };
        vec![shown(relation), owners(relation), columns.iter().map(title).collect::<Vec<_>>().join("、")]
    });
    let mut text = table(&["数据表", "由谁报送", "用到的列"], rows);
    let persons: Vec<String> = persons.iter().map(|(relation, _)| shown(relation)).collect();
    if !persons.is_empty() {
        text.push_str(&format!("\n仅用其中的人员信息，以认定是谁：{}。\n", persons.join("、")));
    }
    let reference: Vec<String> = reference.iter().map(|(relation, _)| shown(relation)).collect();
    if !reference.is_empty() {
        text.push_str(&format!("\n随规则而来或者由运维人员填写：{}。\n", reference.join("、")));
    }
    text
}

/// Are columns with personal data all that is looked at?
fn names_persons(relation: &Relation, columns: &[usize]) -> bool {
    let personal = relation.record.as_ref().map_or(&[][..], |record| &record.personal);
    !columns.is_empty() && columns.iter().all(|column| personal.contains(column))
}

fn is_reference(relation: &Relation) -> bool {
    relation.clock
        || relation.record.as_ref().is_some_and(|record| record.owners.iter().all(|owner| owner == "operator" || owner == "pack"))
}

fn shown(relation: &Relation) -> String {
    match &relation.record {
        Some(record) if !record.title.is_empty() => format!("{} `{}`", record.title, relation.name),
        _ => format!("`{}`", relation.name),
    }
}

fn owners(relation: &Relation) -> String {
    let words = |owner: &String| {
        match owner.as_str() {
            "court" => "法院",
            "police" => "公安机关",
            "prison" => "监狱",
            "justice" => "社区矫正机构",
            "procuratorate" => "检察院",
            "operator" => "运维人员",
            "pack" => "规则包",
            other => other,
        }
        .to_string()
    };
    relation.record.as_ref().map_or_else(String::new, |record| record.owners.iter().map(words).collect::<Vec<_>>().join("、"))
}

fn settings(card: &Card) -> String {
    if card.settings.is_empty() {
        return String::new();
    }
    table(&["规则", "名称", "值"], card.settings.iter().map(|setting| setting.to_vec()))
}

fn rules(card: &Card) -> String {
    list(card.rules.iter().map(|(file, names)| {
        let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
        format!("`{file}`：{}", names.join("、"))
    }))
}

fn cases(card: &Card) -> String {
    let listed = |cases: &[&Case]| list(cases.iter().map(|case| format!("`{}`：{}", case.name, case.about)));
    let mut text = String::new();
    for (title, cases) in [("产生线索：", &card.opens), ("不产生线索：", &card.silent)] {
        if !cases.is_empty() {
            let gap = if text.is_empty() { "" } else { "\n" };
            text.push_str(&format!("{gap}{title}\n\n{}", listed(cases)));
        }
    }
    text
}

fn list(items: impl Iterator<Item = String>) -> String {
    items.map(|item| format!("- {item}\n")).collect()
}

fn table(titles: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let mut text = line(titles.iter().map(ToString::to_string).collect());
    text.push_str(&format!("|{}\n", "---|".repeat(titles.len())));
    text.extend(rows.map(|row| line(row.iter().map(|cell| cell.replace('|', "\\|")).collect())));
    text
}
