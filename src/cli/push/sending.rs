//! The files on their way: each in its parts, each part until it is answered.

use super::files::{Files, Found};
use super::plan::{PART_BYTES, PART_RECORDS, Part, Plan};
use super::progress::Progress;
use super::receipt::{self, Receipt, Verdict};
use super::rejected::{Form, Rejected, Sheet};
use super::schema::Titles;
use super::summary::Summary;
use super::{Charset, Mode, OnReject, PushArgs, mended};
use crate::cli::client::{Client, Failure, Payload, Place, Problem, Request};
use crate::cli::out;
use crate::ingest::refusal;
use crate::server::{coded, link};
use crate::types::{Day, Lang, Said, date_text};
use sha2::{Digest, Sha256};
use std::os::unix::fs::FileExt;

/// How files are pushed.
pub struct How {
    mode: Mode,
    charset: Charset,
    on_reject: OnReject,
    /// Titles of columns, and of those that are left out, as the door reads them.
    columns: String,
    ignore: String,
    /// What tells this sending from earlier ones of the same content.
    again: String,
}

impl How {
    pub fn of(args: &PushArgs) -> How {
        let texts = [&args.columns, &args.ignore, &args.again];
        let (columns, ignore, again) = texts.map(|text| text.clone().unwrap_or_default()).into();
        How { mode: args.mode, charset: args.charset, on_reject: args.on_reject, columns, ignore, again }
    }

    /// What must land at once goes as one.
    fn is_whole(&self) -> bool {
        self.mode == Mode::Replace || self.on_reject == OnReject::Fail
    }
}

pub struct Sending {
    client: Client,
    how: How,
    rejected: Option<Rejected>,
    progress: Progress,
    summary: Summary,
    /// Is the server's clock moved, and where does it stand?
    clock: Option<Option<Day>>,
    lang: Lang,
}

/// One file under way.
struct Job<'a> {
    found: &'a Found,
    relation: Option<&'a str>,
    plan: Plan,
    shown: String,
    /// It holds refused records with what was set beside them.
    is_mended: bool,
    sheet: Option<Sheet>,
}

impl Sending {
    pub fn new(
        client: Client,
        how: How,
        rejected: Option<Rejected>,
        clock: Option<Option<Day>>,
        files: &Files,
        titles: Titles,
        lang: Lang,
    ) -> Sending {
        let size = |found: &Found| found.path.metadata().map_or(0, |metadata| metadata.len());
        let progress = Progress::new(files.found.iter().map(size).sum(), lang);
        Sending { client, how, rejected, progress, summary: Summary::new(titles), clock, lang }
    }

    pub fn all(&mut self, files: &Files, relations: &[Option<String>]) -> Result<(), Failure> {
        let days = files.found.chunk_by(|a, b| a.day == b.day);
        let mut relations = relations.iter();
        for day in days {
            let before = self.summary.lines();
            self.set_clock(day[0].day)?;
            for (found, relation) in day.iter().zip(relations.by_ref()) {
                self.file(found, relation.as_deref())?;
            }
            if let Some(day) = day[0].day {
                self.progress.line(&of_day(day, before, self.summary.lines()));
            }
        }
        Ok(())
    }

    /// Moves the server's clock forward to a day; a push that is repeated does not move it back.
    fn set_clock(&mut self, day: Option<Day>) -> Result<(), Failure> {
        let Some(day) = day.filter(|day| self.clock.as_ref().is_some_and(|now| now.is_none_or(|now| now < *day))) else {
            return Ok(());
        };
        let body = serde_json::json!({"now": date_text(day)}).to_string();
        let request = Request::post("/v1/clock", Payload::of(body)).with("content-type", "application/json");
        let answer = self.client.send(&request, &mut self.progress)?;
        if !answer.is_success() {
            return Err(answer.refusal());
        }
        self.clock = Some(Some(day));
        Ok(())
    }

    fn file(&mut self, found: &Found, relation: Option<&str>) -> Result<(), Failure> {
        let shown = found.path.display().to_string();
        self.progress.begin(shown.clone());
        let mut job = self.job(found, relation, shown)?;
        self.summary.files += 1;
        let hash = self.hash(&job);
        for number in 0..job.plan.parts.len() {
            if !job.plan.still() {
                return Err(changed(&job.shown));
            }
            let request = self.request(&job, &job.plan.parts[number], format!("push-{hash}-{}", number + 1))?;
            let answer = self.client.send(&request, &mut self.progress)?;
            match receipt::of(&answer)? {
                Verdict::Taken(receipt) => self.taken(&mut job, number, receipt)?,
                Verdict::Problem(problem) => {
                    self.problem(&job, number, problem);
                    break;
                }
            }
        }
        match (job.sheet, &self.rejected) {
            (Some(sheet), Some(rejected)) => rejected.close(sheet),
            _ => Ok(()),
        }
    }

    fn job<'a>(&self, found: &'a Found, relation: Option<&'a str>, shown: String) -> Result<Job<'a>, Failure> {
        let plan = Plan::of(&found.path, found.is_csv, self.how.is_whole())?;
        let is_mended = if found.is_csv {
            mended::is_head(&plan.head, self.how.charset.encoding())
        } else {
            let mut first = [0; 64];
            let read = plan.file.read_at(&mut first, 0).unwrap_or(0);
            mended::is_json(&first[..read])
        };
        if is_mended && self.how.mode == Mode::Replace {
            return Err(Failure::usage(Said::new(
                format!("{shown} holds the records that were refused, not all there are: push it without --mode replace"),
                format!("{shown} 只是此前拒收的记录，并非全部：请不要用 --mode replace 报送"),
            )));
        }
        Ok(Job { found, relation, plan, shown, is_mended, sheet: None })
    }

    /// What decides the meaning of a file; the same push has the same.
    fn hash(&self, job: &Job) -> String {
        let How { mode, charset, on_reject, columns, ignore, again } = &self.how;
        let mut hasher = Sha256::new();
        let bounds = format!("{PART_RECORDS} {PART_BYTES}");
        let day = job.found.day.map(date_text).unwrap_or_default();
        let of_rows = job.relation.map_or("", |_| mode.name());
        let agency = job.found.agency.as_str();
        let relation = job.relation.unwrap_or("");
        // An export that is as it was some days ago is another sending all the same.
        let written = job.plan.written();
        for part in [agency, relation, of_rows, on_reject.name(), charset.name(), columns, &day, again, &bounds, &written] {
            hasher.update(part.as_bytes());
            hasher.update([0]);
        }
        // Nothing where nothing is left out, so that files which were sent before there was such a choice keep their keys.
        if !ignore.is_empty() {
            hasher.update(ignore.as_bytes());
            hasher.update([0]);
        }
        hasher.update(job.plan.hash);
        hasher.finalize()[..16].iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn request(&self, job: &Job, part: &Part, key: String) -> Result<Request, Failure> {
        let How { mode, on_reject, charset, columns, ignore, .. } = &self.how;
        let path = match job.relation {
            Some(name) => {
                let mut query = vec![("mode", mode.name()), ("on_reject", on_reject.name())];
                let titles = [("columns", columns.as_str()), ("ignore", ignore.as_str())];
                query.extend(titles.into_iter().filter(|(_, text)| job.found.is_csv && !text.is_empty()));
                link(&format!("/v1/relations/{}/rows", coded(name)), &query)
            }
            None => link("/v1/batches", &[("on_reject", on_reject.name())]),
        };
        let media =
            if job.found.is_csv { format!("text/csv; charset={}", charset.name()) } else { "application/x-ndjson".to_string() };
        let request = Request::post(path, payload(job, part)?);
        Ok(request.with("huiyan-agency", job.found.agency.as_str()).with("idempotency-key", key).with("content-type", media))
    }

    /// The door has judged a part.
    fn taken(&mut self, job: &mut Job, number: usize, mut receipt: Receipt) -> Result<(), Failure> {
        let part = &job.plan.parts[number];
        let line = |line| job.plan.line(part, line);
        receipt.rejected.iter_mut().for_each(|place| by_file(place, line, self.lang));
        let places =
            receipt.doubts.iter_mut().chain(&mut receipt.skips).chain(receipt.repairs.iter_mut().map(|cell| &mut cell.place));
        places.for_each(|place| place.line = line(place.line));
        self.summary.add(&job.shown, job.relation, &receipt);
        self.progress.done(part.bytes.end - part.bytes.start);
        if job.found.day.is_none() {
            self.progress.line(&of_part(&job.shown, number + 1, job.plan.parts.len(), &receipt));
        }
        let Some(rejected) = self.rejected.as_mut().filter(|_| !receipt.rejected.is_empty()) else { return Ok(()) };
        let sheet = match &mut job.sheet {
            Some(sheet) => sheet,
            none => {
                let form = Form { is_csv: job.found.is_csv, is_mended: job.is_mended, charset: self.how.charset.encoding() };
                none.insert(rejected.sheet(&job.found.place, &job.plan, form)?)
            }
        };
        rejected.write(sheet, &job.plan, part, &receipt.rejected)
    }

    /// A file that cannot be taken, or not to its end; the others go on.
    fn problem(&mut self, job: &Job, number: usize, problem: Problem) {
        let part = &job.plan.parts[number];
        let line = problem.line.map(|line| format!(":{}", job.plan.line(part, line))).unwrap_or_default();
        let (Said { en, zh }, here) = (problem.said(), option(&problem));
        let (en, zh) = (en + &here.en, zh + &here.zh);
        let shown = &job.shown;
        self.progress.say(&Said::new(format!("{shown}{line}: {en}"), format!("{shown}{line}：{zh}")));
        self.summary.problems += 1;
        self.summary.accepted += problem.accepted;
        let rest: u64 = job.plan.parts[number..].iter().map(|part| part.bytes.end - part.bytes.start).sum();
        self.progress.done(rest);
    }

    /// Shows what became of it; `whole`: every file was gone through.
    pub fn end(mut self, whole: bool) -> Result<Summary, Failure> {
        self.progress.hide();
        self.summary.print(self.lang);
        match self.rejected {
            None => {}
            Some(rejected) if !whole => rejected.give_up()?,
            Some(rejected) => {
                if let Some(path) = rejected.finish()? {
                    let shown = path.display();
                    let said = Said::new(
                        format!("refused records: {shown}; mend them there and push it again\n"),
                        format!("拒收的记录见 {shown}，更正后可直接再次报送\n"),
                    );
                    out::tell(said.get(self.lang), self.lang);
                }
            }
        }
        if !whole {
            let said = Said::new(
                "broken off; the same push again goes on where this one ended, and nothing is taken twice",
                "报送中断；再次执行同一命令即可继续，已接收的不会重复",
            );
            eprintln!("{}", said.get(self.lang));
        }
        Ok(self.summary)
    }
}

/// What goes out: as it stands in the file, or without what was set beside refused records.
fn payload(job: &Job, part: &Part) -> Result<Payload, Failure> {
    if !job.is_mended {
        return Ok(Payload::of_file(job.plan.head.clone(), job.plan.file.clone(), part.bytes.clone()));
    }
    let mut text = job.plan.head.to_vec();
    let head = text.len();
    text.resize(head + (part.bytes.end - part.bytes.start) as usize, 0);
    job.plan.file.read_exact_at(&mut text[head..], part.bytes.start).map_err(|_| changed(&job.shown))?;
    Ok(Payload::of(mended::plain(&text, job.found.is_csv)))
}

/// The door speaks of its own headers and parameters: what they are called here.
fn option(problem: &Problem) -> Said {
    match problem.code() {
        "not-utf8" | "wrong-charset" => {
            Said::new("\n  here: --charset gb18030 or utf-8", "\n  在此用 --charset gb18030 或 utf-8 指明编码")
        }
        "bad-header" => of_titles(&problem.errors),
        "replaces-with-nothing" => Said::new(
            "\n  here: push never empties a table; send it to the server's address yourself if it is meant",
            "\n  push 不会清空整表；确需如此请自行向服务器接口发送",
        ),
        _ => Said::default(),
    }
}

/// What can be said of titles, where that mends anything: not of lines above them, of other separators, of titles that stand twice.
fn of_titles(errors: &[Place]) -> Said {
    let any = |code: &str| errors.iter().any(|place| place.code == code);
    match (any(refusal::UNKNOWN_COLUMN), any(refusal::MISSING_COLUMN)) {
        (true, _) => Said::new(
            "\n  here: --columns 'column=title,column=title' names columns, --ignore 'title,title' leaves them out",
            "\n  在此用 --columns '列=标题,列=标题' 指明列名，用 --ignore '标题,标题' 指明不读取的列",
        ),
        (false, true) => {
            Said::new("\n  here: --columns 'column=title,column=title'", "\n  在此用 --columns '列=标题,列=标题' 指明列名")
        }
        (false, false) => Said::default(),
    }
}

fn changed(shown: &str) -> Failure {
    Failure::input(Said::new(
        format!("{shown} was changed while it was pushed: push it again when it is whole"),
        format!("{shown} 在报送过程中被改动：请在文件写完后重新报送"),
    ))
}

fn of_part(shown: &str, number: usize, parts: usize, receipt: &Receipt) -> Said {
    let Receipt { accepted, changed, rejected, replayed, .. } = receipt;
    let refused = rejected.chunk_by(|a, b| a.line == b.line).count();
    let mut said = Said::new(
        format!("{shown} {number}/{parts}: accepted {accepted}, changed {changed}, refused {refused}"),
        format!("{shown} {number}/{parts}：接收 {accepted}，变动 {changed}，拒收 {refused}"),
    );
    if *replayed {
        said.en.push_str(" (taken before)");
        said.zh.push_str("（此前已接收）");
    }
    said
}

/// A refusal that counted the lines of a part, by the lines of the file.
fn by_file(place: &mut Place, line: impl Fn(u64) -> u64, lang: Lang) {
    place.line = line(place.line);
    if let Some(first) = refusal::first_line_of(&place.pointer) {
        place.pointer = refusal::first_line(line(first));
        let told = refusal::told(&place.code, &place.pointer);
        place.message = told.map_or_else(|| place.message.clone(), |(_, said)| said.get(lang).to_string());
    }
}

/// The lines accepted and refused on a day, from the counts before and after it.
fn of_day(day: Day, before: (u64, u64), after: (u64, u64)) -> Said {
    let (accepted, refused) = (after.0 - before.0, after.1 - before.1);
    let day = date_text(day);
    Said::new(format!("{day}: accepted {accepted}, refused {refused}"), format!("{day}：接收 {accepted}，拒收 {refused}"))
}
