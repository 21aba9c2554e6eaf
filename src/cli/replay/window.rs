//! [`Window`]: which part of a history is wanted. `--from` and `--until` are both inclusive and take three things: a position; a day, which
//! is what the rules' clock shows (of rules without a clock, the day of the wall's); or an instant, which is the wall's.

use crate::cli::usage::Wrong;
use crate::engine::{EngineHandle, Moment};
use crate::limits::PAGE_ITEMS;
use crate::storage::{JournalError, Tally, What};
use crate::types::{Day, Epoch, Said, Value, date_text, datetime_text, day_of_datetime, parse_date, parse_datetime};
use std::cmp::Ordering;

/// As given.
#[derive(Clone, Debug)]
pub enum Mark {
    Position(String),
    Day(Day),
    Instant(i64),
}

/// A day, an instant, or a position, which only the folder can read.
pub fn mark(text: &str) -> Result<Mark, Wrong> {
    if let Ok(day) = parse_date(text) {
        return Ok(Mark::Day(day));
    }
    if let Ok(us) = parse_datetime(text) {
        return Ok(Mark::Instant(us));
    }
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    // A position does not begin with a digit, as a day that is mistyped does.
    if plain && text.len() > 20 && !text.starts_with(|first: char| first.is_ascii_digit()) {
        return Ok(Mark::Position(text.to_string()));
    }
    Err(Wrong::new(
        "a position, a day such as 2022-07-15, or an instant such as 2022-07-15T08:00:00+08:00",
        "位置，或日期（例如 2022-07-15），或时刻（例如 2022-07-15T08:00:00+08:00）",
    ))
}

#[derive(Clone, Copy)]
enum Edge {
    Epoch(Epoch),
    Day(Day),
    Instant(i64),
}

pub struct Window {
    from: Option<Edge>,
    until: Option<Edge>,
}

/// What of a history was seen, to be able to say why nothing of it was shown.
#[derive(Default)]
pub struct Seen {
    inside: u64,
    shown: u64,
    /// Epoch, day and instant.
    ends: Option<[(Epoch, Day, i64); 2]>,
}

/// Where a moment lies.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Place {
    Before,
    Inside,
    /// Behind the window; later moments may be inside again, for a manual clock may be set back.
    Behind,
    /// Behind, and so is everything after it.
    Over,
}

impl Window {
    pub fn of(from: Option<&Mark>, until: Option<&Mark>, engine: &EngineHandle) -> Result<Window, Said> {
        let edge = |mark: &Mark| match mark {
            Mark::Day(day) => Ok(Edge::Day(*day)),
            Mark::Instant(us) => Ok(Edge::Instant(*us)),
            Mark::Position(text) => epoch(engine, text).map(Edge::Epoch),
        };
        Ok(Window { from: from.map(edge).transpose()?, until: until.map(edge).transpose()? })
    }

    pub fn place(&self, moment: &Moment) -> Place {
        let compare = |edge: Edge| match edge {
            Edge::Epoch(epoch) => moment.epoch.cmp(&epoch),
            Edge::Day(day) => shown(moment).cmp(&day),
            Edge::Instant(us) => moment.wall_us.cmp(&us),
        };
        if self.from.is_some_and(|from| compare(from) == Ordering::Less) {
            return Place::Before;
        }
        match self.until {
            Some(until) if compare(until) == Ordering::Greater => match until {
                Edge::Epoch(_) => Place::Over,
                Edge::Day(_) | Edge::Instant(_) => Place::Behind,
            },
            Some(_) | None => Place::Inside,
        }
    }

    /// The epoch after which nothing is wanted when the state then is; a clock that was set back later does not matter. `None`: the last.
    pub fn last(&self, engine: &EngineHandle, entries: u64) -> Result<Option<Epoch>, JournalError> {
        let until = match self.until {
            None => return Ok(None),
            Some(Edge::Epoch(epoch)) => return Ok(Some(epoch)),
            Some(until) => until,
        };
        let is_over = |tally: &Tally| match (until, &tally.what) {
            (Edge::Day(day), What::Clock { now: Some(now) }) => shown_day(now).is_some_and(|shown| shown > day),
            (Edge::Instant(us), _) => tally.wall_us > us,
            (Edge::Day(_) | Edge::Epoch(_), _) => false,
        };
        let mut next = Epoch(1);
        while next.0 <= entries {
            let told = engine.history(next, Epoch(entries), PAGE_ITEMS)?;
            if let Some(over) = told.iter().find(|tally| is_over(tally)) {
                return Ok(Some(Epoch(over.epoch.0 - 1)));
            }
            let Some(last) = told.last() else { break };
            next = last.epoch.next();
        }
        Ok(None)
    }

    pub fn has_end(&self) -> bool {
        self.until.is_some()
    }

    /// Is nothing wanted after this moment?
    pub fn ends_at(&self, moment: &Moment) -> bool {
        matches!(self.until, Some(Edge::Epoch(epoch)) if epoch <= moment.epoch)
    }
}

impl Seen {
    /// A moment, and whether it is wanted.
    pub fn saw(&mut self, window: &Window, moment: &Moment) -> bool {
        let end = (moment.epoch, shown(moment), moment.wall_us);
        self.ends = Some([self.ends.map_or(end, |[first, _]| first), end]);
        let is_inside = window.place(moment) == Place::Inside;
        self.inside += u64::from(is_inside);
        is_inside
    }

    pub fn showed(&mut self) {
        self.shown += 1;
    }

    /// Why nothing was wanted of all that was read; `None` if something was.
    pub fn nothing(&self) -> Option<Said> {
        let [first, last] = self.ends.filter(|_| self.inside == 0)?;
        let told = |(Epoch(epoch), day, us): (Epoch, Day, i64)| (epoch, date_text(day), datetime_text(us));
        let ((first, first_day, first_at), (last, last_day, last_at)) = (told(first), told(last));
        Some(Said::new(
            format!(
                "nothing lies between --from and --until: the history goes from {first_day} (epoch {first}, written at {first_at}) \
                 to {last_day} (epoch {last}, written at {last_at}); a day is that of the rules' clock, an instant that of the wall"
            ),
            format!(
                "--from 与 --until 之间没有任何内容：历史始于 {first_day}（第 {first} 期，写于 {first_at}），\
                 止于 {last_day}（第 {last} 期，写于 {last_at}）；日期指规则的时钟，时刻指实际时间"
            ),
        ))
    }

    /// Something was wanted, and none of it is shown.
    pub fn unchanged(&self) -> Option<Said> {
        let Seen { inside, .. } = self;
        (self.shown == 0 && *inside > 0).then(|| {
            Said::new(
                format!("{inside} epochs lie there; none of them changed a clue or an output"),
                format!("其间共 {inside} 期，均未改变线索或输出"),
            )
        })
    }
}

/// The day that the rules' clock shows, else the wall's.
fn shown(moment: &Moment) -> Day {
    let exact = moment.now.iter().map(|(_, value)| value).max_by_key(|value| matches!(value, Value::Datetime(_)));
    exact.and_then(shown_day).or_else(|| day_of_datetime(moment.wall_us)).unwrap_or(0)
}

fn shown_day(now: &Value) -> Option<Day> {
    match now {
        Value::Date(day) => Some(*day),
        Value::Datetime(us) => day_of_datetime(*us),
        Value::Absent | Value::Number(_) | Value::Unsigned(_) | Value::Float(_) | Value::Symbol(_) => None,
        Value::Record(_) | Value::Adt(_) => None,
    }
}

fn epoch(engine: &EngineHandle, position: &str) -> Result<Epoch, Said> {
    let stamp = engine.positions().decode(position).ok_or_else(strange)?;
    if engine.positions().timelines().has(stamp) {
        return Ok(stamp.epoch);
    }
    Err(Said::new(
        "the position is of a history that this folder does not hold: it was put back as it was earlier, or is an older copy",
        "该位置所属的历史不在此数据文件夹中：文件夹曾恢复到较早的状态，或为较早的副本",
    ))
}

fn strange() -> Said {
    Said::new(
        "this folder gave out no such position; is it of another server?",
        "此数据文件夹没有给出过该位置；它是否来自另一台服务器？",
    )
}
