//! One case: its script through rules and dataflow, its clue changes beside those it expects.

use super::super::run::updates;
use super::TestError;
use super::table::Tables;
use crate::clues::{AgencyNames, Cause, ClueDelta, ClueStore, Turn};
use crate::dataflow::{Budget, EpochDelta, Runtime};
use crate::pack::Pack;
use crate::plan::{Output, Plan, plan};
use crate::program::Program;
use crate::security::Names;
use crate::types::{Change, Epoch, Interner, Kind, RelId, Row, Said};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const PRELUDE: &str = "prelude.tsv";
/// What a change that the prelude causes has for its transaction.
const BEFORE: &str = "prelude";

/// A line that is expected and did not come, or came and is not expected.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Difference {
    pub missing: bool,
    /// In the form of `expect.tsv`.
    pub line: String,
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", if self.missing { '-' } else { '+' }, self.line)
    }
}

/// The cases of a pack: folders with an `in.tsv`, by name.
pub(super) fn names(folder: &Path) -> Result<Vec<String>, TestError> {
    let fail = |cause: std::io::Error| unreadable(folder, &cause);
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(fail)? {
        let entry = entry.map_err(fail)?;
        if entry.path().join("in.tsv").is_file() {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}

/// Name, script and expectations of every case, as they are written.
pub fn scripts(folder: &Path) -> Result<Vec<(String, String, String)>, TestError> {
    let read = |name: String| {
        let case = folder.join(&name);
        let (script, expected) = (text(&case.join("in.tsv"))?, text(&case.join("expect.tsv"))?);
        Ok((name, script, expected))
    };
    names(folder)?.into_iter().map(read).collect()
}

/// What all cases of a pack have in common.
pub(super) struct Bench {
    pub(super) program: Program,
    plan: Arc<Plan>,
    folder: PathBuf,
    data: Vec<(RelId, Vec<Row>)>,
    prelude: Vec<updates::Transaction>,
}

impl Bench {
    pub fn new(program: Program, pack: &Pack, folder: &Path) -> Result<Bench, TestError> {
        let data = pack.rows(&program)?;
        let path = folder.join(PRELUDE);
        let prelude = if path.is_file() { script(&path)? } else { Vec::new() };
        Ok(Bench { plan: Arc::new(plan(&program)), program, folder: folder.to_path_buf(), data, prelude })
    }

    /// Empty if what comes out is what is expected.
    pub fn run(&self, name: &str) -> Result<Vec<Difference>, TestError> {
        let folder = self.folder.join(name);
        let script_path = folder.join("in.tsv");
        let expected = expected(&folder.join("expect.tsv"))?;
        let script = script(&script_path)?;
        let mut stage = Stage::new(self);
        self.begin(&mut stage.tables)?;
        stage.turn(BEFORE)?;
        for transaction in &script {
            apply(&mut stage.tables, transaction, &script_path)?;
            stage.turn(transaction.txn())?;
        }
        Ok(differences(expected, stage.got))
    }

    /// What comes before every case.
    pub(super) fn begin(&self, tables: &mut Tables) -> Result<(), TestError> {
        for (id, rows) in &self.data {
            tables.load(*id, rows);
        }
        let path = self.folder.join(PRELUDE);
        self.prelude.iter().try_for_each(|transaction| apply(tables, transaction, &path))
    }

    /// The transactions of a case, one after the other; `after` each of them.
    pub(super) fn play(&self, name: &str, tables: &mut Tables, mut after: impl FnMut(&mut Tables)) -> Result<(), TestError> {
        let path = self.folder.join(name).join("in.tsv");
        for transaction in &script(&path)? {
            apply(tables, transaction, &path)?;
            after(tables);
        }
        Ok(())
    }
}

/// A case while it runs.
struct Stage<'b> {
    bench: &'b Bench,
    texts: Arc<Interner>,
    tables: Tables<'b>,
    runtime: Runtime,
    clues: ClueStore,
    agencies: AgencyNames,
    epoch: Epoch,
    got: Vec<String>,
}

impl<'b> Stage<'b> {
    fn new(bench: &'b Bench) -> Stage<'b> {
        let texts = Arc::new(Interner::new());
        let arities = bench.program.relations.iter().map(|relation| relation.arity()).collect();
        let budget = Budget::of_machine();
        // Names of clues and people are not compared; any do.
        let names = Names::of_no_folder();
        Stage {
            bench,
            tables: Tables::new(&bench.program, texts.clone()),
            runtime: Runtime::start(bench.plan.clone(), arities, texts.clone(), names.naming(), 1, budget),
            texts,
            clues: ClueStore::new(names),
            agencies: AgencyNames::default(),
            epoch: Epoch::ZERO,
            got: Vec::new(),
        }
    }

    /// One epoch of what was applied; what it does to clues goes to `got`.
    fn turn(&mut self, txn: &str) -> Result<(), TestError> {
        self.epoch = self.epoch.next();
        self.runtime.submit(self.epoch, self.tables.take_changes(&self.bench.plan.inputs));
        for delta in self.runtime.wait(self.epoch)? {
            self.take(txn, &delta);
        }
        Ok(())
    }

    fn take(&mut self, txn: &str, delta: &EpochDelta) {
        let program = &self.bench.program;
        let mut changes: Vec<(RelId, Vec<Change>)> = Vec::new();
        for output in &delta.outputs {
            match output.output {
                Output::Relation(id) => {
                    let columns: Vec<(Kind, bool)> = program.relation(id).columns.iter().map(|c| (c.kind, c.optional)).collect();
                    changes.push((id, output.changes(&columns, &self.texts)));
                }
                // A case has no word for a fault: whatever it is, it was not expected.
                Output::Faults => {
                    let rows = output.changes(&[(Kind::Symbol, false); 5], &self.texts);
                    self.got.extend(rows.iter().map(|change| fault_line(txn, change)));
                }
            }
        }
        let cause = Arc::new(Cause::Batch { agency: "operator:case".to_string() });
        let turn = Turn { epoch: delta.epoch, cause, now: Arc::from(""), program, agencies: &self.agencies };
        let turned = self.clues.apply(&turn, changes.iter().map(|(id, changes)| (*id, changes.as_slice())));
        self.got.extend(turned.clues.iter().map(|delta| line(txn, program, delta)));
        self.got.extend(turned.faults.iter().map(|change| fault_line(txn, change)));
    }
}

fn apply(tables: &mut Tables, transaction: &updates::Transaction, file: &Path) -> Result<(), TestError> {
    tables.apply(transaction.lines()).map_err(|said| TestError::Case { file: file.to_path_buf(), said })
}

fn line(txn: &str, program: &Program, delta: &ClueDelta) -> String {
    let clue = &delta.clue;
    let key: &[usize] = program.relation(clue.relation).clue.as_ref().map_or(&[], |decl| &decl.key);
    let key: Vec<String> = key.iter().map(|column| clue.columns[*column].1.to_string()).collect();
    format!("{txn}\t{}\t{}\t{}\t{}", delta.op.name(), clue.rule, key.join("|"), clue.level)
}

fn fault_line(txn: &str, change: &Change) -> String {
    let cells: Vec<String> = change.row.values().iter().map(ToString::to_string).collect();
    format!("{txn}\tfault{}\t{}", if change.diff > 0 { "" } else { "-gone" }, cells.join("\t"))
}

/// Both sides in the order of what is expected, each line as often as it is missing or too many.
fn differences(expected: Vec<String>, got: Vec<String>) -> Vec<Difference> {
    let mut balance: BTreeMap<&str, i64> = BTreeMap::new();
    expected.iter().for_each(|line| *balance.entry(line).or_default() += 1);
    got.iter().for_each(|line| *balance.entry(line).or_default() -= 1);
    let mut differences = Vec::new();
    for (lines, missing) in [(&expected, true), (&got, false)] {
        for line in lines {
            let left = balance.entry(line).or_default();
            if *left != 0 && (*left > 0) == missing {
                *left += if missing { -1 } else { 1 };
                differences.push(Difference { missing, line: line.clone() });
            }
        }
    }
    differences
}

fn expected(path: &Path) -> Result<Vec<String>, TestError> {
    let text = text(path)?;
    let mut lines = Vec::new();
    for (i, line) in text.lines().enumerate() {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if line.split('\t').count() != 5 {
            let said = Said::new(
                format!("line {}: expected txn<TAB>op<TAB>relation<TAB>key<TAB>level", i + 1),
                format!("第 {} 行：应为 事务<TAB>变化<TAB>关系<TAB>主键<TAB>级别", i + 1),
            );
            return Err(TestError::Case { file: path.to_path_buf(), said });
        }
        lines.push(line.to_string());
    }
    Ok(lines)
}

fn script(path: &Path) -> Result<Vec<updates::Transaction>, TestError> {
    // A line for readers becomes an empty one, so that lines keep their numbers.
    let lines: Vec<String> =
        text(path)?.lines().map(|line| if line.starts_with('#') { String::new() } else { line.to_string() }).collect();
    updates::parse(&lines.join("\n")).map_err(|error| TestError::Case { file: path.to_path_buf(), said: error.said() })
}

fn text(path: &Path) -> Result<String, TestError> {
    std::fs::read_to_string(path).map_err(|cause| unreadable(path, &cause))
}

fn unreadable(path: &Path, cause: &std::io::Error) -> TestError {
    let Said { en, zh } = Said::of_io(cause);
    let said = Said::new(format!("cannot be read: {en}"), format!("无法读取：{zh}"));
    TestError::Case { file: path.to_path_buf(), said }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_counts_as_often_as_it_stands() {
        let lines = |text: &str| text.split_whitespace().map(str::to_string).collect::<Vec<_>>();
        let shown = |expected: &str, got: &str| -> Vec<String> {
            differences(lines(expected), lines(got)).iter().map(ToString::to_string).collect()
        };
        assert_eq!(shown("a b a", "b a a"), Vec::<String>::new());
        assert_eq!(shown("a b a", "a c"), ["- a", "- b", "+ c"].map(str::to_string));
        assert_eq!(shown("a", "a a"), ["+ a".to_string()]);
        assert_eq!(shown("", "x"), ["+ x".to_string()]);
    }
}
