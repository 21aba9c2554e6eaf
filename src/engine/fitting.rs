//! [`Fitting`]: rows as they were recorded, for rules that declare relations otherwise. Columns go by name; what finds no place is counted
//! and told, never silently dropped.

use super::judged::Judged;
use super::rules::Rules;
use crate::program::Relation;
use crate::records::{Fitted, Foresight, Records};
use crate::storage::entry::NetChange;
use crate::storage::{RelationSchema, Schema};
use crate::types::{Said, Value};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// Inputs that the engine itself fills.
const OURS: [&str; 2] = [super::Refusals::RELATION, Judged::RELATION];

/// How rows of one relation come over.
enum Way {
    /// For each column of the other rules where it comes from; `None`: it is absent.
    Columns(Vec<Option<usize>>),
    /// Not at all.
    Nowhere,
}

/// What is told of one relation.
#[derive(Default)]
struct Note {
    /// Why none of its rows come over.
    nowhere: Option<Said>,
    /// Its columns that the other rules do not have.
    dropped: Vec<String>,
    /// Columns of the other rules that it does not have.
    absent: Vec<String>,
    /// Rows that had no place: another stands under their key, or a value is missing.
    left_out: u64,
}

pub struct Fitting {
    rules: Rules,
    schema: Option<Arc<Schema>>,
    ways: HashMap<String, Way>,
    notes: BTreeMap<String, Note>,
    /// Rows that came and found no place, by relation and asserter, until they go.
    outside: HashMap<(String, String, Vec<Value>), u64>,
    foresight: Foresight,
}

impl Fitting {
    pub fn new(rules: Rules) -> Fitting {
        Fitting {
            rules,
            schema: None,
            ways: HashMap::new(),
            notes: BTreeMap::new(),
            outside: HashMap::new(),
            foresight: Foresight::default(),
        }
    }

    /// The records hold everything that was fitted.
    pub fn settled(&mut self) {
        self.foresight = Foresight::default();
    }

    /// The changes of an entry as the other rules take them. A pack's own rows stay behind: the other pack brings its own.
    pub fn fit(&mut self, schema: &Arc<Schema>, changes: &[NetChange], records: &Records) -> Vec<NetChange> {
        if self.schema.as_ref().is_none_or(|known| !Arc::ptr_eq(known, schema)) {
            self.look_at(schema);
        }
        let asserted = changes.iter().filter(|change| !change.asserter.starts_with("pack:"));
        let moved: Vec<NetChange> = asserted.filter_map(|change| self.moved(change)).collect();
        let Fitted { fitting, others } = records.fit(&mut self.foresight, moved);
        others.into_iter().for_each(|change| self.leave_out(change));
        fitting
    }

    /// Where each relation of a schema goes.
    fn look_at(&mut self, schema: &Arc<Schema>) {
        self.schema = Some(schema.clone());
        self.ways.clear();
        for from in &schema.relations {
            let note = self.notes.entry(from.name.clone()).or_default();
            let way = way(from, &self.rules, note);
            self.ways.insert(from.name.clone(), way);
        }
    }

    /// The row with the columns of the other rules; `None` if it stays behind.
    fn moved(&mut self, change: &NetChange) -> Option<NetChange> {
        let Some(Way::Columns(columns)) = self.ways.get(&change.relation) else {
            self.note(change);
            return None;
        };
        let row: Vec<Value> = columns.iter().map(|from| from.map_or(Value::Absent, |from| change.row[from].clone())).collect();
        let relation = self.rules.program.find(&change.relation).map(|id| self.rules.program.relation(id))?;
        let moved = NetChange {
            personal: vec![false; row.len()],
            row,
            relation: change.relation.clone(),
            insert: change.insert,
            asserter: change.asserter.clone(),
            line: change.line,
            source: change.source.clone(),
            repaired: Vec::new(),
        };
        let lacks = relation.columns.iter().zip(&moved.row).any(|(column, value)| !column.optional && *value == Value::Absent);
        if lacks {
            self.note(change);
            return None;
        }
        (moved.insert || !self.was_outside(&moved)).then_some(moved)
    }

    /// A row that goes and never had a place.
    fn was_outside(&mut self, change: &NetChange) -> bool {
        if self.outside.is_empty() {
            return false;
        }
        let key = (change.relation.clone(), change.asserter.clone(), change.row.clone());
        match self.outside.get_mut(&key) {
            Some(1) => self.outside.remove(&key).is_some(),
            Some(count) => {
                *count -= 1;
                true
            }
            None => false,
        }
    }

    fn leave_out(&mut self, change: NetChange) {
        self.note(&change);
        if change.insert {
            *self.outside.entry((change.relation, change.asserter, change.row)).or_default() += 1;
        }
    }

    fn note(&mut self, change: &NetChange) {
        if change.insert {
            self.notes.entry(change.relation.clone()).or_default().left_out += 1;
        }
    }

    /// What a reader of the comparison has to know.
    pub fn said(&self) -> Vec<Said> {
        let mut said: Vec<Said> = self.notes.iter().flat_map(|(name, note)| note.said(name)).collect();
        let inputs = self.rules.program.relations.iter().filter(|relation| is_input(relation));
        let unknown =
            inputs.filter(|relation| !self.notes.contains_key(&relation.name) && !OURS.contains(&relation.name.as_str()));
        said.extend(unknown.map(|relation| {
            let name = &relation.name;
            Said::new(
                format!("{name}: this history has no such relation; the other rules find only what their pack brings"),
                format!("{name}：此历史中没有该关系；另一规则包只能用其自带的数据"),
            )
        }));
        said
    }
}

impl Note {
    fn said(&self, name: &str) -> Vec<Said> {
        let mut said = Vec::new();
        if let Some(why) = &self.nowhere {
            if self.left_out > 0 {
                let (count, Said { en, zh }) = (self.left_out, why);
                said.push(Said::new(
                    format!("{name}: {en}; {count} rows stay behind"),
                    format!("{name}：{zh}；{count} 行未纳入"),
                ));
            }
            return said;
        }
        let list = |names: &[String], between: &str| names.join(between);
        if !self.dropped.is_empty() {
            said.push(Said::new(
                format!("{name}: the other rules have no column {}; its values stay behind", list(&self.dropped, ", ")),
                format!("{name}：另一规则包没有列 {}；其值未纳入", list(&self.dropped, "、")),
            ));
        }
        if !self.absent.is_empty() {
            said.push(Said::new(
                format!("{name}: column {} is absent in every row of this history", list(&self.absent, ", ")),
                format!("{name}：此历史的行中均无列 {}", list(&self.absent, "、")),
            ));
        }
        if self.left_out > 0 {
            let count = self.left_out;
            said.push(Said::new(
                format!(
                    "{name}: {count} rows have no place under the other rules (another row has their key, or a value is missing)"
                ),
                format!("{name}：{count} 行在另一规则包下无处可放（主键已有另一行，或缺少必需的值）"),
            ));
        }
        said
    }
}

fn is_input(relation: &Relation) -> bool {
    relation.input.is_some() || relation.record.is_some() || relation.clock
}

fn way(from: &RelationSchema, rules: &Rules, note: &mut Note) -> Way {
    *note = Note { left_out: note.left_out, ..Note::default() };
    let to = rules.program.find(&from.name).map(|id| rules.program.relation(id)).filter(|relation| is_input(relation));
    let Some(to) = to else {
        note.nowhere = Some(Said::new("the other rules do not read it", "另一规则包不读取该关系"));
        return Way::Nowhere;
    };
    let mut columns = Vec::new();
    for column in &to.columns {
        let at = from.columns.iter().position(|known| known.name == column.name);
        match at {
            Some(at) if from.columns[at].kind == column.kind => columns.push(Some(at)),
            None if column.optional => {
                note.absent.push(column.name.clone());
                columns.push(None);
            }
            Some(_) | None => {
                let name = &column.name;
                note.nowhere = Some(match at {
                    Some(_) => Said::new(
                        format!("column {name} is of another kind under the other rules"),
                        format!("列 {name} 在另一规则包中种类不同"),
                    ),
                    None => Said::new(
                        format!("the other rules need a column {name}, which it does not have"),
                        format!("另一规则包需要列 {name}，而此处没有"),
                    ),
                });
                return Way::Nowhere;
            }
        }
    }
    let taken = |name: &String| to.columns.iter().any(|column| column.name == *name);
    note.dropped = from.columns.iter().map(|column| column.name.clone()).filter(|name| !taken(name)).collect();
    Way::Columns(columns)
}
