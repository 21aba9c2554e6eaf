//! huiyan (慧眼): agencies stream records in, an incremental dataflow keeps the rules evaluated, every change moves the derived *clues*,
//! and who subscribed hears of it at once, with the reason.
//!
//! This page is the map. Two streams meet in the engine:
//!
//! ```text
//!  rules/*.dl -> syntax -> check -> plan ----+
//!                                            v
//!  HTTP / CSV -> server -> ingest -> engine -> storage -> dataflow -> clues -> server (lists, streams, console)
//!                                     |  ^        |
//!                                  records        +--- replay at start, through the same code
//! ```
//!
//! # The life of a rule
//!
//! 1. [`pack`] reads the files of a pack: rule text, data, versions; it hashes them, so that a start knows whether they changed.
//! 2. [`syntax::parse`] makes a tree *and* diagnostics; it never fails. Text is not looked at again after this.
//! 3. [`check::check`] resolves names, infers kinds, writes out components and inline rules, spells out disjunctions, optional columns, aggregates and
//!    `clue`, proves that every variable is bound and every negation is stratified. What comes out is a [`program::Program`]: the meaning,
//!    and what the naive evaluator of the tests reads.
//! 4. [`plan::plan`] chooses the order of joins, the keys, what is shared, where recursion runs, what waits for the clock, and which
//!    expressions may fault.
//! 5. [`dataflow::Runtime`] interprets the plan on worker threads, without a compiler: recursions on differential dataflow, all else on a
//!    dataflow of our own.
//!
//! # The life of a record
//!
//! 1. [`server`] takes the request of an agency; [`ingest`] turns each line into typed values or refuses it, with its place and a sentence.
//! 2. It waits in a bounded queue for the one engine thread; [`engine`] takes what waits as a group, an epoch for each.
//! 3. [`records`] judges keys and owners and gives the net changes, or the reason of a refusal. Nothing is refused after this.
//! 4. The entries go to the journal of [`storage`], one sync for the group, while the changes already go to the workers.
//! 5. The workers pass the epoch; its delta comes back consolidated, in one fixed order.
//! 6. [`clues`] turns the delta into openings, changes, withdrawals, each with its cause; the feed has them; the writer is answered.
//!
//! What is not in the journal did not happen; a start goes on from the newest snapshot and replays what came after it through this same path.
//!
//! # The folders, from the top to the bottom
//!
//! Imports go downwards only; a test reads them.
//!
//! | folder | subject |
//! |---|---|
//! | [`cli`] | one file per subcommand |
//! | [`lsp`] | rule files in an editor: the language server |
//! | [`server`] | HTTP, streams, the console: the only folder with axum |
//! | [`demo`] | synthetic counties with their truth |
//! | [`engine`] | the spine: one writer, one order |
//! | [`pack`] | rule packs as folders |
//! | [`clues`] | identity and life of clues, the feed |
//! | [`records`] | rows of the inputs, once, with keys and owners |
//! | [`ingest`] | the outside's data to typed rows |
//! | [`storage`] | bytes on disk: the only folder that knows the codec |
//! | [`dataflow`] | the only folder that knows timely and differential dataflow |
//! | [`security`] | who speaks; names that tell an outsider nothing |
//! | [`plan`] | checked program to executable plan |
//! | [`check`] | tree to checked program |
//! | [`program`] | the checked program |
//! | [`syntax`], [`expr`] | text to tree; what functors and aggregates mean |
//! | [`types`] | kinds, values, rows, words, ids |
//! | [`memory`] | what the process has of the machine's memory |
//! | [`limits`], [`clock`] | every bound with its reason; the only source of wall time |
//! | [`points`] | where tests have a thread break |

pub mod check;
pub mod cli;
pub mod clock;
pub mod clues;
pub mod dataflow;
pub mod demo;
pub mod engine;
pub mod expr;
pub mod ingest;
pub mod limits;
pub mod lsp;
pub mod memory;
pub mod pack;
pub mod plan;
pub mod points;
pub mod program;
pub mod records;
pub mod security;
pub mod server;
pub mod storage;
pub mod syntax;
pub mod types;
