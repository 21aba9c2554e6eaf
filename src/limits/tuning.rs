//! Figures that make the system quicker or slower and change no answer: how much is taken at a time, how often something is looked at, what
//! something is reckoned to cost. Nobody can run into one, so none needs a test at its edge; those that bound memory together with others do
//! so by the bounds beside this file.

use std::time::Duration;

// --- rule text ---

/// The stack of a thread that reads rules: four times what rules at both limits take.
pub const RULE_STACK_BYTES: usize = 8 << 20;
/// Bytes that a constant of rule text may come to when it is worked out; what is longer is made when the program runs.
pub const MAX_CONSTANT_BYTES: u64 = 1 << 20;
/// Patterns that a thread keeps ready: programs have a few, and data may bring any number.
pub const PATTERNS_KEPT: usize = 64;

// --- the door: records as they come in ---

/// What is looked at of a file to see whether it is what its sender says: enough text to tell charsets apart.
pub const SNIFFED_BYTES: u64 = 64 << 10;

// --- dataflow ---

/// Rows of a container between operators: large enough that the cost per container vanishes, small enough for the cache.
pub const CHUNK_ROWS: usize = 8_192;
/// Rows fed to the dataflow between two of its steps, so that a bulk load is arranged as it comes and does not pile up.
pub const ROWS_PER_STEP: usize = 65_536;
/// Rows that an index keeps in one run, though each one more writes it anew: to search several runs costs more.
pub const RUN_ROWS: usize = 32;
/// Rows up to which a run of an index is not packed: they fit into the cache as they are.
pub const PLAIN_ROWS: usize = 4_096;
/// Rows up to which an index merges two runs at once: some ten microseconds.
pub const MERGED_AT_ONCE: usize = 4_096;
/// Rows that each longer merge of an index is taken further for each row that comes. Eight would end it before the next one is due; a
/// transaction hardly notices twice as much, and runs that are still to be merged take twice their room.
pub const MERGED_PER_ROW: usize = 16;
/// Rows that longer merges are taken further between two looks for work: a transaction that comes then waits some ten microseconds.
pub const MERGED_AT_REST: usize = 2_048;
/// Pairs that a join looks at before it looks at the budget: some milliseconds.
pub const PAIRS_PER_LOOK: usize = 65_536;
/// Epochs whose changes are reported together: what one report costs vanishes, and nobody waits long for the first of them.
pub const EPOCHS_PER_REPORT: usize = 1_024;
/// Epochs that go through a recursion in one go: what its rounds cost is shared by them, while each keeps its own times until all are done.
pub const EPOCHS_AT_ONCE: usize = 128;
/// Rows that are fed from which on no further epoch goes along: they, and what follows from them, wait in memory between the stages.
pub const ROWS_AT_ONCE: usize = 8_192;
/// Rows that are fed in one epoch from which on its nodes are evaluated side by side: then threads are started in a thousandth of the time.
pub const ROWS_SIDE_BY_SIDE: usize = 65_536;
/// Threads that evaluate such an epoch, at most: as many nodes seldom have much to do at a time.
pub const EVALUATION_THREADS_MAX: usize = 8;

// --- records ---

/// Slots of a table that are copied together when one of them changes while a snapshot is written: a few microseconds.
pub const TABLE_CHUNK_SLOTS: usize = 512;
/// Parts of a map that is shared with a snapshot: one of a million names is copied in some ten microseconds, and all of them are shared in
/// as many.
pub const SHARDS: usize = 1_024;

// --- engine and feeds ---

/// What an agenda takes of memory while it is made, for each row that the server's own dataflow and its records hold: a row of several
/// packed columns in an index or two, and once as it is fed.
pub const AGENDA_BYTES_PER_ROW: u64 = 100;
/// Transactions that share one sync. A larger group makes the first of it wait for the last.
pub const GROUP_REQUESTS: usize = 256;
/// Lines that share one sync: a group ends with the transaction that passes it.
pub const GROUP_LINES: usize = 20_000;
/// Epochs that a replay evaluates between two waits: enough to keep the workers busy, few enough to hold their deltas.
pub const REPLAY_EPOCHS: usize = 1_024;
/// Changes that a replay evaluates between two waits, for the same reason.
pub const REPLAY_CHANGES: usize = 200_000;
/// Stops of a walking clock that share one sync.
pub const CLOCK_GROUP: usize = 64;
/// Microseconds between two looks at the wall clock: a machine that slept, or whose clock was set, is noticed so soon.
pub const CLOCK_LOOK_US: i64 = 1_000_000;

// --- journal ---

/// Bytes of entries that share one sync: a group ends with the entry that passes it.
pub const GROUP_BYTES: usize = 64 << 20;
/// Between two places that the index of the journal remembers: what is read, at most, on the way to an entry.
pub const JOURNAL_INDEX_BYTES: u64 = 1 << 18;
/// A start that found the disk full looks again after so long.
pub const DISK_LOOK: Duration = Duration::from_secs(3);
/// What a record that came comes to in memory, with its clue, its rows in the dataflow and its change in the feed (measured: two to three
/// kilobytes where each opens a clue), and each byte of its texts, which are sent, kept, shown in a clue and written out. Of what is on its
/// way nothing else is known.
pub const MEMORY_PER_LINE: u64 = 2 << 10;
pub const MEMORY_PER_BYTE: u64 = 4;
/// What a reader takes from the disk at once.
pub const JOURNAL_READ_BYTES: usize = 1 << 18;
/// Bytes of entries after which a page of the history ends: a second's work, whatever the entries are.
pub const HISTORY_BYTES: usize = 64 << 20;
/// Entries that a request for the history looks at to find those of a time.
pub const HISTORY_ENTRIES: usize = 10_000;

// --- named readers ---

/// Acknowledgements that share one sync.
pub const CURSOR_GROUP: usize = 1_024;
/// Bytes by which the file of places may outgrow twice what it holds before it is written anew: some ten thousand acknowledgements.
pub const CURSORS_SLACK_BYTES: u64 = 1 << 20;

// --- snapshots ---

/// Bytes of texts, and numbers of everything else, after which a section ends: what writing and reading hold at a time.
pub const SNAPSHOT_TEXT_BYTES: usize = 1 << 20;
pub const SNAPSHOT_CHUNKS: usize = 8;
pub const SNAPSHOT_ITEMS: usize = 4_096;
/// Sections that are read before something is made of them: two threads seldom take the same time for one.
pub const SNAPSHOT_SECTIONS_AHEAD: usize = 4;
/// Bytes of a snapshot after which it is synced on the way: what the disk still has to write never makes a sync of the journal wait long.
pub const SNAPSHOT_SYNC_BYTES: u64 = 8 << 20;
/// Bytes that the journal has to grow by before the next snapshot, or half of the last one if that is more: a start reads so much of it in
/// seconds, and a snapshot is written seldom.
pub const SNAPSHOT_AFTER_BYTES: u64 = 64 << 20;
/// Microseconds after which there is a snapshot if anything happened: a day.
pub const SNAPSHOT_AFTER_US: i64 = 86_400_000_000;
/// Microseconds after a failed attempt until the next one: ten minutes, in which somebody may make room.
pub const SNAPSHOT_RETRY_US: i64 = 600_000_000;
/// Bytes of a row in a snapshot, more than most have: so much room must be there, so that the journal does not find the disk full.
pub const SNAPSHOT_ROW_BYTES: u64 = 256;
/// Bytes of a change that readers may still come back for: of a clue it is the whole clue, as it is after the change.
pub const SNAPSHOT_CHANGE_BYTES: u64 = 1_024;

// --- evaluation ---

/// Bytes of memory for each row that there may be: fifty rules hold sixty rows for a record, of twenty-three bytes each, the records and
/// everything else reckoned in.
pub const ROW_BYTES: u64 = 32;
/// Rows that come between two looks at how much memory there is.
pub const ROWS_PER_LOOK: i64 = 1 << 20;

// --- the network ---

/// A body that tells its length and has at most so many bytes is a small upload. It is read whole and parsed where it came in, which takes a
/// millisecond at most.
pub const SMALL_UPLOAD_BYTES: u64 = 64 << 10;
/// Epochs that the hall of readers takes from the feed at a time: what a second brings.
pub const HALL_EPOCHS: usize = 4_096;
/// Changes of an epoch up to which it is written once for all readers of a filter and kept for them: some ten MiB of text. A larger one
/// (a bulk load) each reader has written for itself, piece by piece, as it takes it.
pub const HALL_CHANGES: usize = 20_000;
/// Changes times filters up to which they are written between two requests; more takes a thread of its own.
pub const HALL_INLINE_CHANGES: usize = 500;
/// Bytes that a reader takes of it at a time, or one epoch.
pub const STRETCH_BYTES: usize = 64 << 10;
/// Small texts are sent together up to this size: one packet for the system, and little to hold for a reader that takes nothing.
pub const TOGETHER_BYTES: usize = 16 << 10;
/// Readers that are woken at a time: some milliseconds of sending.
pub const WAKE_READERS: usize = 128;
/// Of a reader's turn to send: what the network does not take in this time it has no room for.
pub const SENDING: Duration = Duration::from_millis(1);
/// A round of telling all readers that takes no longer is followed by the next at once.
pub const HALL_QUICK: Duration = Duration::from_millis(5);
/// After a longer one the hall rests for twice its time, at most this long, so that telling many never takes all of the machine; what
/// comes meanwhile is told together.
pub const HALL_REST: Duration = Duration::from_millis(400);
/// Epochs that a stream takes from the feed at a time.
pub const STREAM_EPOCHS: usize = 64;
/// Changes in one event of a stream, however short they are.
pub const PIECE_CHANGES: usize = 1_000;
/// Bytes of changes after which an event of a stream takes no more of them. It is what a reader that takes nothing holds, a few times over;
/// ten thousand that all begin with a snapshot are then a fraction of a small server's memory.
pub const PIECE_BYTES: usize = TOGETHER_BYTES;
/// Progress marks of filtered readers come at this pace whatever happens, so that they tell nothing of what others do.
pub const COMPLETE_EVERY: Duration = Duration::from_secs(1);
/// A comment keeps proxies from closing a silent stream.
pub const KEEP_ALIVE: Duration = Duration::from_secs(15);

// --- language server ---

/// Nobody has typed for so long: rules are checked.
pub const LSP_QUIET: Duration = Duration::from_millis(150);
