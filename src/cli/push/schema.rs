//! The relations that a server takes, and which of them a file is for.

use super::files::Found;
use crate::cli::client::{Client, Failure, Told};
use crate::server::coded;
use crate::types::{Day, Lang, Said, parse_date};

pub struct Schema {
    /// Name and title of each relation that records can be sent to.
    writable: Vec<(String, Option<String>)>,
    /// The relation that holds the rules' day.
    clock: Option<String>,
}

impl Schema {
    pub fn ask(client: &mut Client, lang: Lang) -> Result<Schema, Failure> {
        let (mut writable, mut clock) = (Vec::new(), None);
        client.list("/v1/relations", &mut Told(lang), |item| {
            let text = |field: &str| item[field].as_str().map(str::to_string);
            if let (Some(name), Some(true)) = (text("name"), item["writable"].as_bool()) {
                writable.push((name, text("title")));
            } else if item["kind"] == "clock" {
                clock = text("name");
            }
        })?;
        Ok(Schema { writable, clock })
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
        let known = |between: &str| self.writable.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(between);
        let (en, zh) = match given {
            Some(given) => (format!("the server takes no relation {given}"), format!("服务器没有可报送的关系 {given}")),
            None => (
                format!("{shown} is named after no relation that the server takes: name the file so, or say --relation NAME"),
                format!("{shown} 的文件名不是服务器可接收的关系：请改名，或用 --relation 指明"),
            ),
        };
        Failure::input(Said::new(format!("{en}; it takes {}", known(", ")), format!("{zh}；可报送：{}", known("、"))))
    }
}
