//! Every bound of the system as a named constant with its reason. What can be reached, by a sender, a reader, a rule or the data, is here, and
//! a test names it: at the bound all is well, one beyond it is told (`tests/it/tidy.rs` holds that). What changes no answer is in `tuning.rs`.

mod tuning;

pub use tuning::*;

use std::time::Duration;

// --- rule text ---

/// Bytes of rule text, included files counted as often as they are included. Spans are 32 bits wide; a real pack has some hundred KiB.
pub const MAX_RULE_TEXT_BYTES: usize = 16 << 20;
/// Files within each other by `.include`.
pub const MAX_INCLUDE_DEPTH: usize = 32;
/// Files read for one program: files that include each other twice over would double it at every step.
pub const MAX_INCLUSIONS: usize = 1_000;
/// One name. Generators write long ones; each relation, rule and plan carries names of its own, so that there is an end.
pub const MAX_NAME_BYTES: usize = 4 << 10;
/// One text in quotes: what constants may come to when they are put together. A quote that is never closed is told all the same.
pub const MAX_TEXT_LITERAL_BYTES: usize = MAX_CONSTANT_BYTES as usize;
/// Bytes of a name that a message shows.
pub const MAX_SHOWN_NAME_BYTES: usize = 512;
/// Brackets, negations and prefix operators within each other: parser, checker and planner recurse over them on a thread's stack.
pub const MAX_RULE_NESTING: usize = 250;
/// Operators of one rule: a chain of them is a tree as deep as the chain is long, and the same recursions walk it.
pub const MAX_RULE_OPERATORS: usize = 600;
/// Bytes that one use of a macro may come to.
pub const MAX_MACRO_BYTES: usize = 1 << 20;
/// What a pattern of `match` may take of memory when it is read, and again when it is used.
pub const MAX_PATTERN_BYTES: usize = 1 << 20;
/// Components within components, those from which they derive among them; Soufflé stops there too.
pub const MAX_COMPONENT_DEPTH: usize = 100;
/// Bytes of rules and declarations that all `.init` together may come to: as much as the longest text.
pub const MAX_COMPONENT_BYTES: usize = MAX_RULE_TEXT_BYTES;
/// Types that all unions together may come down to, they and the unions within them included.
pub const MAX_UNION_MEMBERS: usize = 100_000;
/// Pieces of text that all uses of macros together may be looked at and put out: seconds.
pub const MAX_MACRO_WORK: usize = 20_000_000;
/// Mistakes told of one program, and as many warnings; more are consequences of the first ones.
pub const MAX_RULE_MISTAKES: usize = 100;
/// Conjunctions that one rule may expand to: generated programs list thousands of ways. Each becomes a rule of its own; twenty binary choices
/// side by side would be a million.
pub const MAX_DISJUNCTS: usize = 10_000;
/// Literals that the rules with several conjunctions come to, all together: some hundred MiB.
pub const MAX_EXPANDED_LITERALS: usize = 1_000_000;
/// Rules that `inline` relations may make of one.
pub const MAX_INLINED_WAYS: usize = 512;
/// Literals of one conjunction. Grounding looks at all of them as often as one of them binds something new.
pub const MAX_LITERALS: usize = 1_000;
/// Literals that `inline` relations come to in all rules together: those of a hundred thousand rules, some hundred MiB.
pub const MAX_INLINED_LITERALS: usize = 1_000_000;
/// Aggregates of one conjunction, with those that witnesses copy: each copy of one within another doubles what is within it.
pub const MAX_AGGREGATES: usize = 100;
/// Columns of a relation: far above the widest record (23), and small enough that a row stays a row.
pub const MAX_COLUMNS: usize = 256;
/// Bytes of a source line that a message shows; of a longer one the part around the mistake.
pub const MAX_SHOWN_LINE_BYTES: usize = 240;
/// Bytes of one sentence of a message.
pub const MAX_SAID_BYTES: usize = 8 << 10;
/// Bytes between two places of one message that are still shown as one piece of the file.
pub const MAX_SHOWN_TOGETHER_BYTES: usize = 4 << 10;

// --- packs ---

/// Bytes of `pack.toml`: a dozen lines.
pub const MAX_MANIFEST_BYTES: u64 = 64 << 10;
/// Bytes of one data file of a pack. It is held whole and goes into one journal entry; a calendar of ten provinces has a few MiB.
pub const MAX_PACK_DATA_BYTES: u64 = 64 << 20;

// --- the door: records as they come in ---

/// Lines of one batch, all of which land in one epoch: an epoch of this size is worked through in seconds.
pub const MAX_BATCH_LINES: usize = 200_000;
/// Rows of one piece of a file in memory, after which an epoch is made of it: 200,000 lines of common width just fit, wide ones are fewer.
pub const MAX_PIECE_BYTES: usize = 128 << 20;
/// Lines of a file that is held as a whole (`replace`, `on_reject=fail`, or under an idempotency key).
pub const MAX_WHOLE_LINES: usize = 2_000_000;
/// Rows of such a file in memory: so many lines of common width (half a kilobyte), and no more than one entry of the journal could hold.
pub const MAX_WHOLE_BYTES: usize = 1 << 30;
/// Rows of all such files together, so that one alone cannot keep the others out; who comes when they are full is told to come back.
pub const MAX_HELD_BYTES: usize = 2 * MAX_WHOLE_BYTES;
/// One line of a file: the widest relation, filled to the brim, has a few kilobytes.
pub const MAX_LINE_BYTES: usize = 1 << 20;
/// The text of one cell: the longest real ones (articles of law) have a few kilobytes.
pub const MAX_CELL_BYTES: usize = 64 << 10;
/// Bytes that a packed fact file of `huiyan run` may come to: a few bytes may stand for any number of them.
pub const MAX_UNPACKED_BYTES: usize = 4 << 30;
/// Lists and objects within each other; a line needs two.
pub const MAX_JSON_DEPTH: usize = 16;
/// Mistakes told of one line; more help nobody.
pub const MAX_MISTAKES_PER_LINE: usize = 32;
/// Mistakes of a file that are told in full; beyond, each bad line is still told, with its first mistake.
pub const MAX_MISTAKES_IN_FULL: usize = 10_000;
/// Repaired cells of a batch that its answer names; all are counted, and all can be read where the rows are.
pub const MAX_REPAIRS_TOLD: usize = 200;
/// The longest text of a cell that an answer repeats.
pub const TOLD_CELL_BYTES: usize = 200;
/// Days by which a day that has been may lie ahead of the rules' clock before it is told: clocks differ, and a clock that is moved by hand
/// is moved after the fact.
pub const CLOCKS_DIFFER_DAYS: i64 = 1;
/// Titles that a request may give for its columns.
pub const MAX_TITLES: usize = 1_000;

// --- engine and feeds ---

/// Epochs that a subscriber may be behind and still resume: a day of a busy county, and what a restart rebuilds.
pub const FEED_EPOCHS: u64 = 100_000;

/// Single changes that the feed holds at most, whatever the number of epochs: some hundred MiB.
pub const FEED_CHANGES: usize = 1_000_000;

/// What they hold, where clues and rows are long. Of a clue that still holds the server has the same text once.
pub const FEED_BYTES: usize = 512 << 20;

/// Days that an agenda looks ahead at most, one step of its clock each.
pub const AGENDA_DAYS: i64 = 366;

/// Changes of clues on one page of an agenda, some MiB; a day is always whole.
pub const AGENDA_CHANGES: usize = 10_000;

/// Withdrawn clues kept whole, to show them when asked; of older ones only the id is remembered (a later opening is still a reopening). Those of
/// which people said something are kept beside them: there are as many as people have time for.
pub const WITHDRAWN_CLUES: usize = 100_000;

/// What they hold together, where clues are long.
pub const WITHDRAWN_BYTES: usize = 256 << 20;

/// Steps of one clue's life that are kept; of a longer life the latest.
pub const CLUE_STEPS: usize = 256;

/// Characters of a clue's reason; what is longer is cut with an ellipsis. A card, not a file.
pub const REASON_CHARS: usize = 2_000;

/// Characters of the note of a verdict: a paragraph or two. What needs more belongs into a file of the case.
pub const VERDICT_NOTE_CHARS: usize = 2_000;

/// Refusals of one agency that stay open; beyond it the oldest are let go. More of them help nobody to mend the file.
pub const OPEN_REFUSALS: usize = 10_000;

/// Transactions that wait for the engine; more are told to come back.
pub const QUEUE_REQUESTS: usize = 1_024;

/// Lines that wait for the engine, in all requests together; one request alone may have more.
pub const QUEUE_LINES: usize = 1_000_000;

/// Bytes of rows that wait for the engine, in all requests together; one request alone may have more. A tenth of a small server's memory.
pub const QUEUE_BYTES: usize = 512 << 20;

/// Days that a clock walks at once, one epoch each: a century. Further is a mistake in the date.
pub const CLOCK_WALK_DAYS: i64 = 36_600;

// --- journal ---

/// A frame's payload: small enough that a damaged length is noticed, large enough that frames cost nothing.
pub const JOURNAL_FRAME_BYTES_MAX: usize = 1 << 16;

/// One entry. 200,000 lines of half a kilobyte are a tenth of it; what would be larger (a `replace` of millions of rows) is refused.
pub const JOURNAL_ENTRY_BYTES_MAX: usize = 1 << 30;

/// The last group of a journal with heads and marks: less than [`GROUP_BYTES`] and one entry.
pub const JOURNAL_TAIL_BYTES_MAX: usize = 2 * JOURNAL_ENTRY_BYTES_MAX;

/// Bytes of the disk that are left when records are refused for want of room: marks, hashes of deltas, the log.
pub const DISK_RESERVE: u64 = 1 << 20;

/// Of the memory that the server may have: from here on no more records are brought in. What is left is for what is on its way (the queue, a
/// file that is held, an evaluation) and for reading.
pub const MEMORY_MARK_PERCENT: u64 = 85;
/// A batch of removals that is taken however full the memory is, reckoned as above: some hundred lines. Larger ones want room for what they
/// come to on their way; what they leave behind (withdrawn clues, changes for readers) is bounded by itself.
pub const MEMORY_REMOVAL: u64 = 1 << 20;

/// Generations of the sealing key; each follows an erasure by hand.
pub const SEAL_KEYS_MAX: u32 = 10_000;

/// Timelines of a folder, of which a start makes one: that of a day for a century, or of a start every minute for more than a month. The
/// oldest are forgotten first: then positions of their epochs, which the stream forgot long before, are of no history that is known.
pub const TIMELINES_KEPT: usize = 65_536;

// --- named readers ---

/// Subscriptions of one speaker: an office has a few programs, and each a few.
pub const MAX_SUBSCRIPTIONS_EACH: usize = 100;
/// Subscriptions of all: as many as there may be streams. They are held in memory.
pub const MAX_SUBSCRIPTIONS: usize = 10_000;
/// Bytes of the values of a stored filter: two hundred area codes, and small enough that all of them together are some tens of MiB.
pub const MAX_FILTER_BYTES: usize = 4 << 10;
/// Acknowledgements that wait for the disk; more are told to come back.
pub const CURSOR_QUEUE: usize = 4_096;
/// The file of places: twice all subscriptions with the longest filters, the slack, and one group.
pub const CURSORS_BYTES_MAX: usize = 256 << 20;
// --- snapshots ---

/// One section of a snapshot: rule files may be long, everything else is cut into smaller ones.
pub const SNAPSHOT_SECTION_BYTES_MAX: usize = 256 << 20;

/// Bytes of rows and clues that a snapshot holds for itself because they changed while it was written; with more it is given up. What a
/// county changes within a minute is far less.
pub const SNAPSHOT_HELD_BYTES: usize = 256 << 20;

/// The newest, and the one before in case that cannot be read.
pub const SNAPSHOTS_KEPT: usize = 2;

// --- evaluation ---

/// Rounds of a recursion in one epoch: the longest honest chains (a graph's diameter) are far shorter, an endless count is cut in seconds.
pub const ITERATIONS: u32 = 100_000;
/// Rows in all arrangements of a program, where nobody knows how much memory there is or there is little.
pub const ROWS: u64 = 100_000_000;
/// Of the memory that the process may have: with more, the rules are suspended. An evaluation that has begun has this much beyond the mark
/// from which on no more records are brought in.
pub const MEMORY_END_PERCENT: u64 = 95;
/// Of the memory that the process may have: what rules make of texts and structured values at a time. Honest rules make a few for each row;
/// the rest is for rows, and for what is made of the values when they are written.
pub const MADE_PERCENT: u64 = 25;
/// The same where nobody knows how much memory there is.
pub const MADE_BYTES: u64 = 2 << 30;

// --- cases ---

/// Questions about rules that are put to the cases of a pack at a time: some thousand nodes of a dataflow, and what they hold.
pub const PROBES_AT_ONCE: usize = 1_000;
/// Characters of a condition that no case tries, as it is shown: a line, not a rule.
pub const PROBE_CHARS: usize = 120;
// --- the network ---

/// Bytes of one batch; 200,000 full lines have less than half.
pub const MAX_BATCH_BYTES: u64 = 256 << 20;
/// A JSON body that asks something.
pub const MAX_ASK_BYTES: usize = 64 << 10;
/// Parameters in one URL, repeated ones included.
pub const MAX_PARAMETERS: usize = 256;
/// A body that brings nothing for so long is given up.
pub const BODY_PAUSE: Duration = Duration::from_secs(30);
/// A server that was killed holds its folder until the system has its memory back, a second for some GiB; whoever starts the next waits so
/// long.
pub const LOCK_PATIENCE: Duration = Duration::from_secs(3);
/// What is still read of a body that was refused, so that the sender gets to hear why.
pub const REFUSED_BODY_BYTES: u64 = 4 << 20;
pub const REFUSED_BODY_TIME: Duration = Duration::from_secs(5);
/// A sender that writes nothing for so long waits to hear: well below the pause of `huiyan push` after a broken line.
pub const REFUSED_BODY_SILENCE: Duration = Duration::from_millis(300);
/// Uploads under way; each holds one piece of lines in memory, or a file as a whole.
pub const MAX_UPLOADS: usize = 32;
/// Small uploads under way: as many as may wait for the engine, some ten MiB.
pub const MAX_SMALL_UPLOADS: usize = QUEUE_REQUESTS;
/// How long a piece after the first waits for room in the engine's queue, its sender having been promised the whole file.
pub const PIECE_PATIENCE: Duration = Duration::from_secs(30);
/// The head of a request must be there within this time; also how long an idle connection is kept.
pub const HEAD_TIMEOUT: Duration = Duration::from_secs(30);
/// Headers of one request.
pub const MAX_HEADERS: usize = 64;
/// Bytes of the head of one request.
pub const MAX_HEAD_BYTES: usize = 64 << 10;
/// Open connections, streams among them.
pub const MAX_CONNECTIONS: usize = 12_000;
/// Open event streams and long polls.
pub const MAX_STREAMS: usize = 10_000;
/// So many of so many connections may be streams, where the system lets fewer in.
pub const STREAM_CONNECTIONS: (usize, usize) = (5, 6);
/// Open files that are no connections: the journal and its parts, snapshots under way, what the machine keeps open.
pub const OWN_FILES: usize = 256;
/// Bytes of text that are kept for all readers together.
pub const HALL_BYTES: usize = 128 << 20;
/// Epochs that readers of one filter may be behind and still share what is written: some seconds of the fastest writer, and longer than
/// the hall ever rests.
pub const ROOM_EPOCHS: usize = 8_192;
/// Bytes of text that are kept for readers of one filter, but for the last epoch.
pub const ROOM_BYTES: usize = 16 << 20;
/// A live reader this many epochs behind is told so.
pub const LAGGING_EPOCHS: u64 = 1_000;
/// A reader that takes nothing for so long is cut off; it may come back with its last id.
pub const STREAM_STALL: Duration = Duration::from_secs(300);
/// The longest wait of a long poll, below the patience of common proxies.
pub const MAX_WAIT: Duration = Duration::from_secs(50);
/// Items of one page of a list.
pub const PAGE_ITEMS: usize = 200;
/// Pages whose place is remembered; the oldest is forgotten first.
pub const PAGES_REMEMBERED: usize = 4_096;
/// Requests that are under way at a stop get so long to end.
pub const STOP_PATIENCE: Duration = Duration::from_secs(7);

/// What is still computed for somebody when the server stops is waited for so long: together with [`STOP_PATIENCE`] it stays below ten
/// seconds.
pub const LEFT_BEHIND: Duration = Duration::from_secs(1);

// --- language server ---

/// One message of an editor. The longest has a rule file in it, of which JSON may write every byte as six; what is longer is passed over.
pub const LSP_MESSAGE_BYTES: usize = 6 * MAX_RULE_TEXT_BYTES + (1 << 20);
/// One line of the head of a message.
pub const LSP_HEAD_BYTES: usize = 4 << 10;
/// Messages that wait while another is answered; then the editor waits.
pub const LSP_WAITING: usize = 16;
/// Documents that an editor may hold open; of more nothing is told.
pub const LSP_DOCUMENTS: usize = 1_000;
/// Bytes of all open documents together.
pub const LSP_DOCUMENT_BYTES: usize = 8 * MAX_RULE_TEXT_BYTES;
/// Rule files of a folder that are looked at for one that includes a document.
pub const LSP_FOLDER_FILES: usize = 64;
/// Folders above a document that are looked at for such a file.
pub const LSP_FOLDERS_UP: usize = 3;
/// Items of one answer: completions, places, symbols. An editor shows some dozen.
pub const LSP_ITEMS: usize = 5_000;
