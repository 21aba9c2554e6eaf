//! The text of `/metrics`: what the engine and the network side count, in Prometheus' form.
//!
//! Promises: a scrape takes no lock for longer than a count, and its cost does not grow with the data; labels are relations, rules,
//! kinds of agencies, routes: never a person, never an agency. `docs/operation.md` says what each means; a test compares.

mod page;
mod process;

use super::app::App;
use crate::clues::Level;
use crate::engine::{Metrics, Phase};
use crate::limits::{FEED_EPOCHS, MAX_SMALL_UPLOADS, MAX_SUBSCRIPTIONS, MAX_UPLOADS, QUEUE_LINES};
use crate::types::CaseState;
use page::{Page, SECONDS, WHOLE};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, prometheus_text};
use prometheus_client::registry::Registry;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

pub const CONTENT_TYPE: &str = prometheus_text::CONTENT_TYPE;

/// Everything, as of now.
pub fn text(app: &App) -> Result<String, fmt::Error> {
    let mut registry = Registry::with_prefix("huiyan");
    registry.register_collector(Box::new(Scrape(app.clone())));
    let mut text = String::new();
    prometheus_text::encode(&mut text, &registry)?;
    Ok(text)
}

struct Scrape(App);

impl fmt::Debug for Scrape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Scrape")
    }
}

impl Collector for Scrape {
    fn encode(&self, encoder: DescriptorEncoder) -> fmt::Result {
        let (app, mut page) = (&self.0, Page(encoder));
        life(app, &mut page)?;
        door(app, &mut page)?;
        work(app.engine.metrics(), &mut page)?;
        disk(app, &mut page)?;
        holdings(app, &mut page)?;
        readers(app, &mut page)?;
        requests(app, &mut page)?;
        process::show(&mut page)
    }
}

fn get(count: &AtomicU64) -> u64 {
    count.load(Ordering::Relaxed)
}

/// Is it up, and how far is it.
fn life(app: &App, page: &mut Page) -> fmt::Result {
    let (phase, metrics) = (app.engine.phase(), app.engine.metrics());
    page.gauges("build_info", "The version that runs", [([("version", env!("CARGO_PKG_VERSION"))], 1)])?;
    page.gauge("uptime_seconds", "Since the process began", metrics.uptime().as_secs_f64())?;
    let phases = ["recovering", "ready", "suspended", "failed", "stopping", "past"];
    let now = phases.map(|name| ([("phase", name)], u64::from(name == phase.name())));
    page.gauges("phase", "1 for the phase the server is in", now)?;
    if let Phase::Recovering { done, total } = phase {
        page.gauge("replay_entries", "Entries of the journal that a start reads", total)?;
        page.gauge("replay_entries_done", "Entries of the journal that are read", done)?;
    }
    if let Some(since) = metrics.since_clock() {
        page.gauge("clock_age_seconds", "Since the rules' clock last moved, in this process", since.as_secs_f64())?;
    }
    Ok(())
}

/// What waits to be taken, and what was taken.
fn door(app: &App, page: &mut Page) -> fmt::Result {
    let (queue, metrics) = (app.engine.queue(), app.engine.metrics());
    page.gauge("queue_requests", "Transactions that wait for the engine", queue.requests)?;
    page.gauge("queue_requests_limit", "As many may wait", queue.limit)?;
    page.gauge("queue_lines", "Lines in the transactions that wait", queue.lines)?;
    page.gauge("queue_lines_limit", "As many may wait", QUEUE_LINES)?;
    page.counter("queue_refused", "Transactions that found the queue full", queue.turned_away)?;
    let under_way = app.under_way();
    page.gauge("uploads", "Bodies of records on their way in, without the small ones", under_way.uploads)?;
    page.gauge("uploads_limit", "As many may be", MAX_UPLOADS)?;
    page.gauge("small_uploads", "Small bodies of records on their way in", under_way.small_uploads)?;
    page.gauge("small_uploads_limit", "As many may be", MAX_SMALL_UPLOADS)?;
    let of = |(kind, count)| ([("kind", kind)], count);
    page.counters("lines_accepted", "Lines taken, by the kind of sender", metrics.accepted.read().map(of))?;
    page.counters("lines_refused", "Lines refused, by the kind of sender", metrics.refused.read().map(of))?;
    page.counters("cells_repaired", "Cells mended at the door, by the kind of sender", metrics.repaired.read().map(of))?;
    page.counter("batches_replayed", "Repeated transactions that got the answer of the first", get(&metrics.replayed))
}

/// What the engine does with it.
fn work(metrics: &Metrics, page: &mut Page) -> fmt::Result {
    page.histogram("batch_lines", "Lines of one transaction", &metrics.batch_lines, WHOLE)?;
    page.histogram("group_requests", "Transactions taken together", &metrics.group_requests, WHOLE)?;
    page.histogram("commit_duration_seconds", "From the judged group until readers see it", &metrics.commit, SECONDS)?;
    page.histogram("journal_sync_seconds", "Syncs of the journal", &metrics.sync, SECONDS)?;
    page.histogram("evaluation_seconds", "What the rules took for a group", &metrics.evaluation, SECONDS)?;
    page.gauge("dataflow_rows", "Rows that the rules' dataflow holds", get(&metrics.dataflow_rows))?;
    let limit = get(&metrics.dataflow_rows_limit);
    page.gauge("dataflow_rows_limit", "The rules are suspended beyond", limit)
}

fn disk(app: &App, page: &mut Page) -> fmt::Result {
    let metrics = app.engine.metrics();
    page.gauge("journal_bytes", "Bytes of the journal", get(&metrics.journal_bytes))?;
    page.gauge("snapshot_bytes", "Bytes of the last snapshot of this process", get(&metrics.snapshot_bytes))?;
    page.counter("snapshots", "Snapshots that became whole", get(&metrics.snapshots))?;
    page.counter("snapshots_failed", "Snapshots that failed or were given up", get(&metrics.snapshots_failed))?;
    match app.engine.free_bytes() {
        Some(bytes) => page.gauge("disk_free_bytes", "Bytes that the data folder's disk still has", bytes),
        None => Ok(()),
    }
}

/// How much there is. All of these are counted as things come and go.
fn holdings(app: &App, page: &mut Page) -> fmt::Result {
    let (epoch, rows, clues, states, faults, refused) = {
        let view = app.engine.read();
        let program = &view.program;
        let inputs = program.rel_ids().filter(|id| {
            let relation = program.relation(*id);
            relation.record.is_some() || relation.input.is_some()
        });
        let rows: Vec<(String, usize)> = inputs.map(|id| (program.relation(id).name.clone(), view.records.count(id))).collect();
        let clues: Vec<(String, Level, usize)> =
            view.clues.counts().map(|(rule, level, count)| (rule.to_string(), level, count)).collect();
        let mut states = [0; CaseState::NAMES.len()];
        view.clues.cases().for_each(|(_, state, cases)| states[usize::from(state.number())] += cases.open);
        (view.epoch, rows, clues, states, view.faults.len(), view.refused.len())
    };
    page.counter("epochs", "Epochs of the history: one for each transaction and each move of the clock", epoch.0)?;
    page.gauges("record_rows", "Rows of each input", rows.iter().map(|(name, count)| ([("relation", name.as_str())], *count)))?;
    let shown = clues.iter().map(|(rule, level, count)| ([("rule", rule.as_str()), ("level", level.name())], *count));
    page.gauges("clues", "Clues that hold, by rule and level", shown)?;
    let states = CaseState::NAMES.into_iter().zip(states).map(|(state, count)| ([("state", state)], count));
    page.gauges("clue_states", "Clues that hold, by what people made of them", states)?;
    page.gauge("rule_faults", "Instances of rules that have no value now", faults)?;
    page.gauge("open_refusals", "Refused lines that nobody mended yet", refused)
}

/// Who reads, and whether they keep up.
fn readers(app: &App, page: &mut Page) -> fmt::Result {
    let (latest, oldest) = {
        let view = app.engine.read();
        (view.feed.latest(), view.feed.oldest())
    };
    let (readers, last) = app.traffic.readers();
    let streams = app.under_way().streams;
    let lag = last.map_or(0, |last| latest.0.saturating_sub(last.0));
    page.gauge("subscribers", "Streams that are read", readers)?;
    page.gauge("streams", "Streams and long polls under way", streams)?;
    page.gauge("streams_limit", "As many may be", app.most_streams())?;
    let subscriptions = app.engine.subscriptions();
    page.gauge("subscriptions", "Named readers, whether they read or not", subscriptions.len())?;
    page.gauge("subscriptions_limit", "As many may be", MAX_SUBSCRIPTIONS)?;
    page.counter(
        "subscription_writes_failed",
        "Places of named readers that did not reach the disk",
        get(&subscriptions.failed),
    )?;
    page.gauge("feed_lag_epochs", "How far the last of the readers is behind", lag)?;
    page.gauge("feed_epochs", "Epochs that a reader may be behind and still go on", latest.0 - oldest.0)?;
    page.gauge("feed_epochs_limit", "At most; many changes make it fewer", FEED_EPOCHS)?;
    page.counter("feed_resets", "Readers that fell behind the feed and had to begin again", get(&app.traffic.resets))
}

fn requests(app: &App, page: &mut Page) -> fmt::Result {
    page.gauge("connections", "Open connections", get(&app.traffic.connections))?;
    page.gauge("connections_limit", "As many may be", app.connections)?;
    page.counter("handler_panics", "Requests whose handler panicked: a mistake of the program", get(&app.traffic.panics))?;
    let seen: Vec<_> = app.traffic.requests().into_iter().map(|(asked, status, sum)| (asked, status.to_string(), sum)).collect();
    let labels = |i: usize| {
        let ((route, method), status, _) = &seen[i];
        [("route", route.as_str()), ("method", *method), ("status", status.as_str())]
    };
    let counts = (0..seen.len()).map(|i| (labels(i), seen[i].2.count));
    page.counters("http_requests", "Answers, by route, method and status", counts)?;
    let times = (0..seen.len()).map(|i| (labels(i), seen[i].2.time.as_secs_f64()));
    page.counters("http_request_seconds", "Time until the answer began", times)
}
