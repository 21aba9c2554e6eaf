//! Installing a pack: rule text and data become one entry and one epoch, if they are not what is in force already.

use super::ClockMode;
use super::commit::Engine;
use super::failure::Failure;
use super::rules::Rules;
use super::tick::clock_change;
use super::walk::{midnight, shown_by_wall, value_at};
use crate::pack::{Pack, PackError};
use crate::program::Program;
use crate::security::Agency;
use crate::storage::bytes_at_most;
use crate::storage::entry::{EntryBody, Install, NetChange};
use crate::types::{RelId, Row, Value};

/// A pack as the engine takes it: texts and typed rows, all read and checked.
#[derive(Clone, Debug)]
pub struct Package {
    pub name: String,
    pub version: String,
    /// Over rule files and data: whether it is the one in force.
    pub hash: [u8; 32],
    /// Rule files, the main one first.
    pub files: Vec<(String, String)>,
    /// Rows of input relations of these very rules.
    pub data: Vec<(RelId, Vec<Row>)>,
}

impl Package {
    /// Of a pack whose rules were checked; its data are read against them.
    pub fn of_pack(pack: &Pack, program: &Program) -> Result<Package, PackError> {
        let files = pack.sources.files.iter().map(|file| (file.name.clone(), file.text.to_string())).collect();
        let data = pack.rows(program)?;
        Ok(Package { name: pack.name.clone(), version: pack.version.clone(), hash: pack.hash, files, data })
    }
}

impl Package {
    /// What its entry takes, roughly.
    fn bytes(&self) -> usize {
        let files: usize = self.files.iter().map(|(name, text)| name.len() + text.len()).sum();
        let cell = |value: &Value| size_of::<Value>() + value.as_text().map_or(0, str::len);
        let rows = self.data.iter().flat_map(|(_, rows)| rows);
        files + rows.map(|row| row.values().iter().map(cell).sum::<usize>()).sum::<usize>()
    }
}

/// Which pack is in force.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InForce {
    pub pack: String,
    pub version: String,
    pub hash: [u8; 32],
}

impl InForce {
    pub fn of(install: &Install) -> InForce {
        InForce { pack: install.pack.clone(), version: install.version.clone(), hash: install.hash }
    }
}

impl Engine {
    /// Only while nothing is on its way and nobody reads: at the start.
    pub fn install_if_changed(&mut self, package: Package) -> Result<(), Failure> {
        let in_force = self.world.in_force.as_ref();
        if in_force.is_some_and(|install| install.hash == package.hash && install.pack == package.name) {
            return Ok(());
        }
        let rules = Rules::of_text(&package.files).map_err(Failure::Rules)?;
        // Before anything changes: whoever reads meanwhile reads what holds under the rules of before.
        self.await_room(package.bytes())?;
        if self.world.rules().is_none_or(|present| present.files != rules.files) {
            self.world.take_rules(&rules)?;
        }
        self.journal.set_schema(rules.schema())?;
        let changes = self.first_changes(&rules, &package)?;
        let Package { name: pack, version, hash, files, .. } = package;
        let speaker = Agency::operator().as_str().to_string();
        let body = EntryBody::Install(Install { speaker, pack, version, hash, files, changes });
        match bytes_at_most(&body) {
            bytes if bytes > self.entry_bytes => Err(Failure::PackTooLarge { bytes, limit: self.entry_bytes }),
            _ => self.commit(vec![body]),
        }
    }

    /// Tries rules that stand still once more, if anything changed since: a start is the way out once the cause is mended.
    pub fn resume_if_moved(&mut self) -> Result<(), Failure> {
        if self.world.may_resume() { self.commit_with_room(vec![EntryBody::Resumed]) } else { Ok(()) }
    }

    /// The pack's rows in place of those of the pack before, and a first value for each clock that has none.
    fn first_changes(&self, rules: &Rules, package: &Package) -> Result<Vec<NetChange>, Failure> {
        let instant = self.first_instant(rules);
        let view = self.world.shared.read();
        let draft = view.records.judge_pack(&Agency::pack(&package.name), &package.data);
        if let Some((number, fault)) = draft.faults().next() {
            return Err(refused_row(rules, package, number, fault.code));
        }
        let mut changes = view.records.remarked();
        changes.extend(draft.changes);
        for id in &rules.program.clocks {
            let relation = rules.program.relation(*id);
            if view.records.count(*id) == 0 {
                let value = value_at(relation.columns[0].kind, instant).ok_or(Failure::WallClock)?;
                changes.push(clock_change(&relation.name, true, value));
            }
        }
        Ok(changes)
    }

    /// Where the clocks begin: where they are, or at the wall's or the configured day.
    fn first_instant(&self, rules: &Rules) -> i64 {
        self.instant().unwrap_or_else(|| match self.mode {
            ClockMode::Wall => shown_by_wall(rules.clocks(), self.wall.now_us()),
            ClockMode::Manual(day) => midnight(day),
        })
    }
}

pub(super) fn refused_row(rules: &Rules, package: &Package, mut number: usize, code: &str) -> Failure {
    for (id, rows) in &package.data {
        if number < rows.len() {
            let relation = rules.program.relation(*id).name.clone();
            return Failure::PackRow { relation, row: number + 1, code: code.to_string() };
        }
        number -= rows.len();
    }
    Failure::PackRow { relation: String::new(), row: number, code: code.to_string() }
}
