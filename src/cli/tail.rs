//! `huiyan tail`: the changes of clues and outputs as they come, a line each, until Ctrl-C.
//!
//! Promises: after a broken line it goes on where it was, and prints nothing twice: pieces of an epoch are held until the epoch is whole.

use super::DONE;
use super::client::{Client, Event, Failure, Listener, ServerArgs, Told, Wanted, Watch, pairs};
use super::clues::{still, text};
use crate::server::link;
use crate::types::{Lang, Said};
use serde_json::{Value, json};
use std::io::{self, Write};
use std::time::Duration;

#[derive(clap::Args)]
pub struct TailArgs {
    #[command(flatten)]
    server: ServerArgs,
    /// Only this relation; may be repeated / 关系
    #[arg(long, value_name = "NAME")]
    relation: Vec<String>,
    #[command(flatten)]
    wanted: Wanted,
    /// From this position on; without it what holds now comes first / 起始位置
    #[arg(long, value_name = "POSITION")]
    after: Option<String>,
    /// text: a change a line, cells between tabs; json: an event a line, with its position / 输出形式
    #[arg(long, value_enum, default_value = "text")]
    format: Form,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
enum Form {
    Text,
    Json,
}

pub fn run(args: TailArgs, lang: Lang) -> u8 {
    let path = link("/v1/subscribe", &wanted(&args));
    let mut lines = Lines { form: args.format, lang, held: Vec::new(), marked: String::new(), is_still: false };
    let followed = Client::new(args.server, lang).and_then(|mut client| client.follow(&path, args.after, &mut lines));
    match followed {
        Ok(()) => DONE,
        // A closed standard output is nobody who would want to hear of it.
        Err(failure) if failure.code == DONE => DONE,
        Err(failure) => failure.tell(lang),
    }
}

fn wanted(args: &TailArgs) -> Vec<(&str, &str)> {
    [pairs("relation", &args.relation), args.wanted.pairs()].concat()
}

/// Events to lines.
struct Lines {
    form: Form,
    lang: Lang,
    /// Lines of an epoch that is not whole yet.
    held: Vec<String>,
    /// The last position that was told as complete.
    marked: String,
    /// The rules are suspended, and that was said.
    is_still: bool,
}

impl Lines {
    fn print(&mut self) -> Result<(), Failure> {
        let mut out = io::stdout().lock();
        let printed = self.held.drain(..).try_for_each(|line| writeln!(out, "{line}")).and_then(|()| out.flush());
        printed.map_err(|error| Failure { code: DONE, said: Said::of_io(&error) })
    }

    fn hold(&mut self, event: &Event, data: &Value) {
        match self.form {
            Form::Json => self.held.push(json!({"event": event.name, "id": event.id, "data": data}).to_string()),
            Form::Text => self.held.extend(data["changes"].as_array().into_iter().flatten().map(|change| line(data, change))),
        }
    }

    /// A mark of completeness that says nothing new is not told again.
    fn is_news(&mut self, event: &Event) -> bool {
        let id = event.id.clone().unwrap_or_default();
        event.name != "complete" || std::mem::replace(&mut self.marked, id.clone()) != id
    }

    fn tell_still(&mut self, data: &Value) {
        let was = std::mem::replace(&mut self.is_still, data["stale"] == true);
        if self.is_still && !was {
            eprintln!("{}", still().get(self.lang));
        }
    }
}

impl Listener for Lines {
    fn event(&mut self, event: Event) -> Result<(), Failure> {
        let data: Value = serde_json::from_str(&event.data).unwrap_or_default();
        match event.name.as_str() {
            "reset" => return Err(Failure::input(gone())),
            "complete" => self.tell_still(&data),
            _ => {}
        }
        if self.is_news(&event) {
            self.hold(&event, &data);
        }
        if data["more"] == true { Ok(()) } else { self.print() }
    }

    fn broken(&mut self) {
        self.held.clear();
    }
}

impl Watch for Lines {
    fn waits(&mut self, why: &Said, pause: Duration) {
        Told(self.lang).waits(why, pause);
    }
}

/// When, why, what, of which rule, how grave, whose, until when, which one, the sentence, and what people made of it; of a row that is no clue
/// the row.
fn line(data: &Value, change: &Value) -> String {
    let (at, cause, op) = (text(&data["at"]), text(&data["cause"]["kind"]), text(&change["op"]));
    let clue = &change["clue"];
    if clue.is_null() {
        return [at, cause, op, text(&change["relation"]), change["row"].to_string()].join("\t");
    }
    let cells = ["rule", "level", "agency", "due", "id", "reason", "state"].map(|field| text(&clue[field]));
    [&[at, cause, op], &cells[..]].concat().join("\t")
}

fn gone() -> Said {
    Said::new(
        "what followed the position is no longer kept: begin again without --after, with what holds now",
        "该位置之后的变化已不再保留：请不带 --after 重新开始，先得到当前成立的内容",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_one_line_of_cells() {
        let clue = json!({"rule": "r", "level": "violation", "agency": "police:1", "due": null, "id": "i", "reason": "a\tb\nc", "state": "new"});
        let data = json!({"at": "2022-07-15T00:00:00+08:00", "cause": {"kind": "clock"}});
        let shown = line(&data, &json!({"op": "open", "clue": clue}));
        assert_eq!(shown, "2022-07-15T00:00:00+08:00\tclock\topen\tr\tviolation\tpolice:1\t-\ti\ta b c\tnew");
        let row = json!({"op": "+", "relation": "p", "row": {"n": 1}});
        assert_eq!(line(&json!({"cause": {"kind": "snapshot"}}), &row), "-\tsnapshot\t+\tp\t{\"n\":1}");
    }
}
