//! The relations that a server takes, and which of them a file is for.

use super::files::Found;
use crate::cli::client::{Client, Failure, Told};
use crate::server::coded;
use crate::types::{Day, Lang, Said, parse_date};
use std::collections::HashMap;

pub struct Schema {
    /// Name and title of each relation that records can be sent to.
    writable: Vec<(String, Option<String>)>,
    /// The relation that holds the rules' day.
    clock: Option<String>,
    /// The first title of each column, by relation and name.
    columns: HashMap<(String, String), String>,
}

/// What relations and columns are called for people: by their official titles in Chinese, by their names in English.
#[derive(Default)]
pub struct Titles {
    relations: HashMap<String, String>,
    columns: HashMap<(String, String), String>,
}

impl Titles {
    pub fn relation(&self, name: &str) -> String {
        self.relations.get(name).cloned().unwrap_or_else(|| name.to_string())
    }

    pub fn column(&self, relation: &str, name: &str) -> String {
        self.columns.get(&(relation.to_string(), name.to_string())).cloned().unwrap_or_else(|| name.to_string())
    }
}

impl Schema {
    pub fn ask(client: &mut Client, lang: Lang) -> Result<Schema, Failure> {
        let (mut writable, mut clock, mut columns) = (Vec::new(), None, HashMap::new());
        client.list("/v1/relations", &mut Told(lang), |item| {
            let text = |field: &str| item[field].as_str().map(str::to_string);
            if let (Some(name), Some(true)) = (text("name"), item["writable"].as_bool()) {
                for column in item["columns"].as_array().into_iter().flatten() {
                    if let (Some(of), Some(title)) = (column["name"].as_str(), column["titles"][0].as_str()) {
                        columns.insert((name.clone(), of.to_string()), title.to_string());
                    }
                }
                writable.push((name, text("title").filter(|title| !title.is_empty())));
            } else if item["kind"] == "clock" {
                clock = text("name");
            }
        })?;
        Ok(Schema { writable, clock, columns })
    }

    pub fn titles(&self, lang: Lang) -> Titles {
        if lang == Lang::En {
            return Titles::default();
        }
        let titled = self.writable.iter().filter_map(|(name, title)| Some((name.clone(), title.clone()?)));
        Titles { relations: titled.collect(), columns: self.columns.clone() }
    }

    /// The day of the rules' clock.
    pub fn now(&self, client: &mut Client, lang: Lang) -> Result<Option<Day>, Failure> {
        let Some(clock) = &self.clock else { return Ok(None) };
        let mut now = None;
        client.list(&format!("/v1/relations/{}/rows", coded(clock)), &mut Told(lang), |item| {
            let value = item.as_object().and_then(|row| row.values().next()).and_then(|value| value.as_str());
            // Of a time the day alone.
            now = value.and_then(|text| text.get(..10)).and_then(|day| parse_date(day).ok());
        })?;
        Ok(now)
    }

    /// The relation of this name or title.
    pub fn find(&self, told: &str) -> Option<&str> {
        let of_name = self.writable.iter().find(|(name, _)| name == told);
        let of_title = || self.writable.iter().find(|(_, title)| title.as_deref() == Some(told));
        of_name.or_else(of_title).map(|(name, _)| name.as_str())
    }

    /// The relation whose rows a file holds; `None`: its lines are changes, which name theirs themselves.
    pub fn relation_of(&self, found: &Found, given: Option<&str>) -> Result<Option<String>, Failure> {
        let stem = found.path.file_stem().and_then(|stem| stem.to_str()).unwrap_or("");
        let told = match given {
            Some(given) => given,
            None if found.is_csv => stem,
            None => return Ok(None),
        };
        match self.find(told) {
            Some(name) => Ok(Some(name.to_string())),
            None => Err(self.unknown(found, given)),
        }
    }

    fn unknown(&self, found: &Found, given: Option<&str>) -> Failure {
        let shown = found.path.display();
        let names = self.writable.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ");
        let titled = |(name, title): &(String, Option<String>)| match title {
            Some(title) => format!("{title}（{name}）"),
            None => name.clone(),
        };
        let titles = self.writable.iter().map(titled).collect::<Vec<_>>().join("、");
        let (en, zh) = match given {
            Some(given) => (format!("the server takes no relation {given}"), format!("服务器没有可报送的关系 {given}")),
            None => (
                format!("{shown} is named after no relation that the server takes: name the file so, or say --relation NAME"),
                format!("{shown} 的文件名不是服务器可接收的关系：请改名，或用 --relation 指明"),
            ),
        };
        Failure::usage(Said::new(format!("{en}; it takes {names}"), format!("{zh}；可报送：{titles}")))
    }
}
