//! Everything that can be known of a data folder from its bytes alone: [`examine`] looks at keys, journal, deltas, snapshots, timelines and places of readers, and goes on after it
//! has found something, as far as that is possible.
//!
//! Promises: what is wrong is named by file, offset and epoch; what is only the end of a crash is told apart from damage; what cannot be
//! checked is said. Reads only.

use super::cursors::{Places, places};
use super::deltas::{DeltaChain, DeltaError, Hole, PREFIX};
use super::disk::Disk;
use super::error::JournalError;
use super::keys::{all_keys, open_keyring};
use super::past::Summary;
use super::reading::Reading;
use super::seal::Keyring;
use super::snapshot::{SnapshotError, SnapshotReader, snapshot_name, snapshots_seen};
use super::timelines::timelines;
use crate::types::{Epoch, Said};
use std::path::Path;

/// One thing that was looked at.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Check {
    pub what: Said,
    pub amount: Said,
    pub state: State,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum State {
    Whole,
    /// Whole, with something that should be known.
    Remark(Said),
    Unchecked(Said),
    Damaged(Said),
}

/// What was found.
pub struct Examined {
    pub checks: Vec<Check>,
    /// `None` if it cannot be read to its end.
    pub journal: Option<Summary>,
    /// The sealed cells were opened.
    pub opened: bool,
}

impl Examined {
    pub fn is_whole(&self) -> bool {
        self.checks.iter().all(Check::is_good)
    }

    fn push(&mut self, what: Said, amount: Said, state: State) {
        self.checks.push(Check { what, amount, state });
    }
}

impl Check {
    pub fn is_good(&self) -> bool {
        !matches!(self.state, State::Damaged(_))
    }
}

/// Looks at every byte of a folder that has a meaning.
pub fn examine(disk: &dyn Disk, dir: &Path) -> Result<Examined, JournalError> {
    // A server beside this one writes the journal first: what is published now is in the journal that is read after this.
    let chains = chains(disk, dir)?;
    let mut found = Examined { checks: Vec::new(), journal: None, opened: false };
    keys(disk, dir, &mut found);
    journal(disk, dir, &mut found);
    for (name, chain) in chains {
        deltas(&name, chain, &mut found);
    }
    snapshots(disk, dir, &mut found)?;
    histories(disk, dir, &mut found);
    readers(disk, dir, &mut found);
    Ok(found)
}

/// Each to its end, its sections closed: whether they open, and give what they should, a start shows.
fn snapshots(disk: &dyn Disk, dir: &Path, found: &mut Examined) -> Result<(), JournalError> {
    let keys = Keyring::closed();
    for epoch in snapshots_seen(disk, dir)? {
        let name = snapshot_name(epoch);
        let read = SnapshotReader::open(disk, dir, epoch, &keys).and_then(SnapshotReader::check);
        let (amount, state) = match read {
            Ok(header) => {
                let rows = header.rows;
                (Said::new(format!("{rows} records"), format!("{rows} 条记录")), State::Whole)
            }
            // A server beside this one keeps the newest two.
            Err(SnapshotError::Io { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => (Said::default(), State::Damaged(error.said())),
        };
        found.push(Said::new(format!("{name}: sections"), format!("{name}：各节")), amount, state);
    }
    Ok(())
}

fn histories(disk: &dyn Disk, dir: &Path, found: &mut Examined) {
    let (amount, state) = match timelines(disk, dir) {
        Ok(all) if all.is_empty() => return,
        Ok(all) => {
            let all = all.len();
            (Said::new(format!("{all} timelines"), format!("{all} 条时间线")), State::Whole)
        }
        Err(error) => (Said::default(), State::Damaged(error.said())),
    };
    found.push(Said::new("timelines: whose epochs they are", "timelines：各期所属的历史"), amount, state);
}

fn readers(disk: &dyn Disk, dir: &Path, found: &mut Examined) {
    let (amount, state) = match places(disk, dir) {
        Ok(None) => return,
        Ok(Some(Places { cursors, ends, unfinished })) => {
            let all = cursors.len();
            let torn = || {
                Said::new(
                    format!("cursors ends with {unfinished} bytes of an unfinished acknowledgement, from byte {ends} on"),
                    format!("cursors 的末尾有 {unfinished} 字节未写完，始于第 {ends} 字节"),
                )
            };
            let state = if unfinished == 0 { State::Whole } else { State::Remark(torn()) };
            (Said::new(format!("{all} named readers"), format!("{all} 个具名订阅")), state)
        }
        Err(error) => (Said::default(), State::Damaged(error.said())),
    };
    found.push(Said::new("cursors: places of readers", "cursors：读取位置"), amount, state);
}

type Chains = Vec<(String, Result<(DeltaChain, Epoch, Option<Hole>), DeltaError>)>;

fn chains(disk: &dyn Disk, dir: &Path) -> Result<Chains, JournalError> {
    let names = disk.list(dir).map_err(JournalError::io("list", dir))?;
    let chain = |name: String| {
        let version = name.strip_prefix(PREFIX).filter(|version| !version.ends_with(".new"))?;
        let looked = DeltaChain::look(disk, dir, version).and_then(|chain| match chain {
            Some(chain) => Ok(Some((chain.published()?, chain.hole()?, chain))),
            None => Ok(None),
        });
        match looked {
            Ok(None) => None,
            Ok(Some((published, hole, chain))) => Some((name, Ok((chain, published, hole)))),
            Err(error) => Some((name, Err(error))),
        }
    };
    Ok(names.into_iter().filter_map(chain).collect())
}

fn keys(disk: &dyn Disk, dir: &Path, found: &mut Examined) {
    let what = Said::new("keys", "密钥");
    let state = |error: &JournalError| State::Damaged(error.said());
    let files = match all_keys(disk, dir) {
        Ok(files) => files,
        Err(error) => return found.push(what, Said::default(), state(&error)),
    };
    let amount = Said::new(format!("{} files", files.len()), format!("{} 个文件", files.len()));
    if files.is_empty() {
        let none = Said::new("no keys here: sealed cells are not opened", "没有密钥：不打开加密的单元格");
        return found.push(what, amount, State::Unchecked(none));
    }
    let mut errors: Vec<State> = files.into_iter().filter_map(Result::err).map(|error| state(&error)).collect();
    match open_keyring(disk, dir, false) {
        Ok(_) => found.opened = true,
        Err(error) if errors.is_empty() => errors.push(state(&error)),
        Err(_) => {}
    }
    if errors.is_empty() {
        return found.push(what, amount, State::Whole);
    }
    errors.into_iter().for_each(|error| found.push(what.clone(), amount.clone(), error));
}

fn journal(disk: &dyn Disk, dir: &Path, found: &mut Examined) {
    let what = Said::new("journal: frames, chain, entries", "日志：帧、哈希链、条目");
    let reading = if found.opened { Reading::open(disk, dir) } else { Reading::closed(disk, dir) };
    let read = reading.and_then(|reading| Ok((reading.is_interrupted(), reading.entries(|_| Ok::<_, JournalError>(()))?)));
    let (interrupted, summary) = match read {
        Ok(read) => read,
        Err(error) => return found.push(what, Said::default(), State::Damaged(error.said())),
    };
    let Summary { from: Epoch(from), epoch: Epoch(epoch), bytes, ends, .. } = summary;
    let entries = epoch + 1 - from;
    let amount = Said::new(format!("{entries} epochs, {bytes} bytes"), format!("{entries} 期，{bytes} 字节"));
    let state = match summary.unfinished {
        0 if interrupted => State::Remark(Said::new(
            "a recovery was interrupted; journal.tail holds the last group, and the next start finishes it",
            "恢复曾被中断；最后一组保存在 journal.tail 中，下次启动时会完成",
        )),
        0 if from > 1 => State::Remark(Said::new(
            format!("it begins with epoch {from}; the parts before are not here"),
            format!("始于第 {from} 期；其前的分段不在此处"),
        )),
        0 => State::Whole,
        rest => {
            let file = &summary.last;
            State::Remark(Said::new(
                format!(
                    "{} ends with {rest} bytes of an unfinished group, from byte {ends} on, after epoch {epoch}; \
                         the next start cuts them off",
                    file.display()
                ),
                format!("{} 的末尾有 {rest} 字节未写完，始于第 {ends} 字节、第 {epoch} 期之后；下次启动时会截去", file.display()),
            ))
        }
    };
    found.push(what, amount, state);
    found.journal = Some(summary);
}

fn deltas(name: &str, chain: Result<(DeltaChain, Epoch, Option<Hole>), DeltaError>, found: &mut Examined) {
    let what = Said::new(format!("{name}: records"), format!("{name}：记录"));
    let (chain, published, hole) = match chain {
        Ok(looked) => looked,
        Err(error) => return found.push(what, Said::default(), State::Damaged(error.said())),
    };
    let amount = Said::new(format!("{} epochs", published.0), format!("{} 期", published.0));
    let file = chain.path().to_path_buf();
    let state = match (&found.journal, hole) {
        (Some(journal), _) if journal.epoch < published && chain.is_copied() => {
            let (journal, published) = (journal.epoch.0, published.0);
            State::Remark(Said::new(
                format!(
                    "{} tells of results up to epoch {published}, and the journal ends with epoch {journal}: this folder is a copy, and it was \
                     copied later",
                    file.display()
                ),
                format!("{} 记到第 {published} 期，而日志止于第 {journal} 期：此文件夹是副本，该文件复制得较晚", file.display()),
            ))
        }
        (Some(journal), _) if journal.epoch < published => {
            State::Damaged(DeltaError::JournalShort { file, journal: journal.epoch, published }.said())
        }
        (_, None) => State::Whole,
        (_, Some(hole)) => {
            let Hole { offset, epoch: Epoch(epoch), is_damage } = hole;
            let said = Said::new(
                format!(
                    "{} is not whole at byte {offset}, in the record of epoch {epoch}; the next start derives it again",
                    file.display()
                ),
                format!("{} 在第 {offset} 字节（第 {epoch} 期的记录）处不完整；下次启动时会重新得出", file.display()),
            );
            if is_damage { State::Damaged(said) } else { State::Remark(said) }
        }
    };
    found.push(what, amount, state);
}
