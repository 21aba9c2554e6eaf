//! `huiyan snapshot`: has a server take a snapshot, and waits until it is whole.

use super::client::{Client, Failure, Payload, Request, ServerArgs, Told};
use super::{DONE, out};
use crate::types::{Lang, Said};
use serde_json::Value;
use std::time::Duration;

#[derive(clap::Args)]
pub struct SnapshotArgs {
    #[command(flatten)]
    server: ServerArgs,
}

pub fn run(args: SnapshotArgs, lang: Lang) -> u8 {
    match take(args.server, lang) {
        Ok(said) => {
            out::tell(said.get(lang), lang);
            DONE
        }
        Err(failure) => failure.tell(lang),
    }
}

const PATH: &str = "/v1/snapshots";
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(200);

fn take(server: ServerArgs, lang: Lang) -> Result<Said, Failure> {
    let mut client = Client::new(server, lang)?;
    let answer = client.send(&Request::post(PATH, Payload::default()), &mut Told(lang))?;
    if answer.status != 202 {
        return Err(answer.refusal());
    }
    let mut snapshot: Value = answer.read()?;
    let position = snapshot["position"].clone();
    while snapshot["state"] == "writing" {
        std::thread::sleep(PAUSE);
        let mut found = None;
        client.list(PATH, &mut Told(lang), |item| {
            found = Some(item).filter(|item| item["position"] == position).or(found.take())
        })?;
        snapshot = found.ok_or_else(failed)?;
    }
    if snapshot["state"] == "whole" { Ok(told(&snapshot)) } else { Err(failed()) }
}

fn told(snapshot: &Value) -> Said {
    let text = |field: &str| snapshot[field].as_str().unwrap_or_default().to_string();
    let (file, at, position) = (text("file"), text("at"), text("position"));
    let (bytes, records) = (&snapshot["bytes"], &snapshot["records"]);
    Said::new(
        format!("{file}: {records} records, {bytes} bytes, as of {at} (position {position})\n"),
        format!("{file}：{records} 条记录，{bytes} 字节，截至 {at}（位置 {position}）\n"),
    )
}

fn failed() -> Failure {
    Failure::machine(Said::new(
        "there is no snapshot: the log of the server says why; it tries again by itself",
        "未能生成快照：原因见服务器日志；服务器会自行再试",
    ))
}
