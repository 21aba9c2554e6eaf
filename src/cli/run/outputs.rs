//! The output relations of a run: kept as sets while it lasts, written as Soufflé writes them.

use super::RunError;
use super::gzip;
use super::json::JsonIo;
use crate::dataflow::EpochDelta;
use crate::plan::Output;
use crate::program::{Io, Program, Relation};
use crate::types::{Change, Interner, Kind, Part, RelId, Row};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

/// Present rows of every output, in value order.
pub struct Outputs<'p> {
    program: &'p Program,
    texts: Arc<Interner>,
    rows: BTreeMap<RelId, BTreeSet<Row>>,
    /// Bytes that rows of records may come to.
    most: u64,
    /// Parts of those that are there.
    parts: u64,
}

/// What one part of a record takes when it is written out.
const PART_BYTES: u64 = std::mem::size_of::<Part>() as u64;

impl<'p> Outputs<'p> {
    pub fn new(program: &'p Program, texts: Arc<Interner>, most: u64) -> Outputs<'p> {
        let ids = program.rel_ids().filter(|id| is_output(program.relation(*id)));
        Outputs { program, texts, rows: ids.map(|id| (id, BTreeSet::new())).collect(), most, parts: 0 }
    }

    /// Takes one epoch in; what changed, by relation, in value order. Faults are no output of a program.
    pub fn apply(&mut self, delta: &EpochDelta) -> Result<Vec<(&'p str, Vec<Change>)>, RunError> {
        let mut all = Vec::new();
        for output in &delta.outputs {
            let Output::Relation(id) = output.output else { continue };
            let relation = self.program.relation(id);
            let columns: Vec<(Kind, bool)> = relation.columns.iter().map(|c| (c.kind, c.optional)).collect();
            let [new, gone] = output.parts(&columns, &self.texts);
            self.parts = self.parts.saturating_add(new);
            if self.parts.saturating_mul(PART_BYTES) > self.most {
                return Err(RunError::TooLarge { relation: relation.name.clone(), bytes: self.most });
            }
            self.parts = self.parts.saturating_sub(gone);
            let changes = output.changes(&columns, &self.texts);
            let rows = self.rows.entry(id).or_default();
            for change in &changes {
                if change.diff > 0 {
                    rows.insert(change.row.clone());
                } else {
                    rows.remove(&change.row);
                }
            }
            all.push((relation.name.as_str(), changes));
        }
        all.sort_by_key(|(name, _)| *name);
        Ok(all)
    }

    /// One file for each output, even when it is empty. With `quiet`, standard output belongs to the changes of `--updates`.
    pub fn write(&self, folder: &Path, quiet: bool) -> Result<(), RunError> {
        let to_stdout = folder.as_os_str() == "-";
        let mut stdout = std::io::stdout().lock();
        for (id, rows) in &self.rows {
            let relation = self.program.relation(*id);
            let clue = relation.clue.is_some().then(Io::default);
            for io in relation.outputs.iter().chain(clue.as_ref().filter(|_| relation.outputs.is_empty())) {
                let layout = OutLayout::of(io);
                if let Some(json) = JsonIo::of(relation, io, folder).filter(|_| !to_stdout) {
                    self.write_json(&json, relation, rows, &mut stdout, quiet)?;
                    continue;
                }
                if to_stdout || layout.stdout {
                    if !quiet {
                        layout.print(relation, rows, &mut stdout).map_err(|cause| write_error("-", cause))?;
                    }
                    continue;
                }
                let end = if layout.packed { "csv.gz" } else { "csv" };
                let name = layout.filename.clone().unwrap_or_else(|| format!("{}.{end}", relation.name));
                to_file(&folder.join(name), |file| match layout.packed {
                    true => gzip::pack(file, |to| layout.rows(relation, rows, to)),
                    false => layout.rows(relation, rows, file),
                })?;
            }
            if relation.printsize && !quiet {
                writeln!(stdout, "{}\t{}", relation.name, rows.len()).map_err(|cause| write_error("-", cause))?;
            }
        }
        Ok(())
    }

    fn write_json(
        &self,
        json: &JsonIo,
        relation: &Relation,
        rows: &BTreeSet<Row>,
        to: &mut impl Write,
        quiet: bool,
    ) -> Result<(), RunError> {
        let structures = &self.program.structures;
        match &json.file {
            Some(path) => to_file(path, |file| json.write(relation, structures, rows, file)),
            None if quiet => Ok(()),
            None => json.write(relation, structures, rows, to).map_err(|cause| write_error("-", cause)),
        }
    }
}

/// Writes a file, and its folder if there is none.
fn to_file(
    path: &Path,
    write: impl FnOnce(&mut std::io::BufWriter<std::fs::File>) -> std::io::Result<()>,
) -> Result<(), RunError> {
    let folder = path.parent().map_or(Ok(()), std::fs::create_dir_all);
    let written = folder.and_then(|()| std::fs::File::create(path)).and_then(|file| {
        let mut file = std::io::BufWriter::new(file);
        write(&mut file)?;
        file.flush()
    });
    written.map_err(|cause| write_error(&path.display().to_string(), cause))
}

fn is_output(relation: &Relation) -> bool {
    !relation.outputs.is_empty() || relation.clue.is_some() || relation.printsize
}

fn write_error(path: &str, cause: std::io::Error) -> RunError {
    RunError::Write { path: path.to_string(), cause }
}

struct OutLayout {
    filename: Option<String>,
    delimiter: String,
    quoted: bool,
    header: bool,
    stdout: bool,
    /// In the form of gzip.
    packed: bool,
}

impl OutLayout {
    fn of(io: &Io) -> OutLayout {
        let get = |key: &str| io.params.iter().find(|(k, _)| k == key).map(|(_, value)| value.as_str());
        let quoted = get("rfc4180") == Some("true");
        let delimiter = get("delimiter").map(|d| d.replace("\\t", "\t"));
        OutLayout {
            filename: get("filename").or(get("name")).map(str::to_string),
            delimiter: delimiter.unwrap_or_else(|| if quoted { "," } else { "\t" }.to_string()),
            quoted,
            header: get("headers") == Some("true"),
            stdout: get("IO") == Some("stdout"),
            packed: get("compress").is_some_and(|value| value != "false"),
        }
    }

    fn print(&self, relation: &Relation, rows: &BTreeSet<Row>, to: &mut impl Write) -> std::io::Result<()> {
        writeln!(to, "---------------\n{}", relation.name)?;
        if self.header {
            self.names(relation, to)?;
        }
        writeln!(to, "===============")?;
        self.body(relation, rows, to)?;
        writeln!(to, "===============")
    }

    fn rows(&self, relation: &Relation, rows: &BTreeSet<Row>, to: &mut impl Write) -> std::io::Result<()> {
        if self.header {
            self.names(relation, to)?;
        }
        self.body(relation, rows, to)
    }

    fn names(&self, relation: &Relation, to: &mut impl Write) -> std::io::Result<()> {
        let names: Vec<&str> = relation.columns.iter().map(|c| c.name.as_str()).collect();
        writeln!(to, "{}", names.join(&self.delimiter))
    }

    fn body(&self, relation: &Relation, rows: &BTreeSet<Row>, to: &mut impl Write) -> std::io::Result<()> {
        for row in rows {
            if relation.arity() == 0 {
                writeln!(to, "()")?;
                continue;
            }
            for (i, (value, column)) in row.values().iter().zip(&relation.columns).enumerate() {
                if i > 0 {
                    write!(to, "{}", self.delimiter)?;
                }
                if self.quoted && matches!(column.kind, Kind::Symbol | Kind::Record | Kind::Adt) {
                    write!(to, "\"{}\"", value.to_string().replace('"', "\"\""))?;
                } else {
                    write!(to, "{value}")?;
                }
            }
            writeln!(to)?;
        }
        Ok(())
    }
}
