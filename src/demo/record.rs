//! One record as an agency sends it: cells as text under the column names of the pack's schema.

use crate::types::Day;
use std::collections::BTreeMap;

/// Relations that the demo fills and the columns it gives them; the others are left out of its files and are absent.
const COLUMNS: [(&str, &[&str]); 23] = [
    (
        "correction_person",
        &[
            "agency",
            "corr_no",
            "id_no",
            "name",
            "category",
            "case_no",
            "deciding_organ",
            "crime",
            "penalty_text",
            "term_start",
            "term_end",
            "report_date",
            "register_date",
            "exec_county",
            "residence",
            "docs_received_date",
            "status",
            "end_date",
            "end_reason",
        ],
    ),
    ("judgment", &["court", "case_no", "level", "instance", "doc_kind", "made_date", "appealed", "related_case_no"]),
    (
        "judgment_person",
        &[
            "court",
            "case_no",
            "defendant",
            "id_no",
            "name",
            "category",
            "crime",
            "main_penalty",
            "main_years",
            "main_months",
            "probation_years",
            "probation_months",
            "dpr_years",
            "dpr_months",
            "crime_start",
            "crime_end",
            "served_date",
            "effective_date",
            "handover_received_date",
            "released_date",
            "exec_county",
            "revoked_case_no",
        ],
    ),
    (
        "admin_penalty",
        &[
            "organ",
            "decision_no",
            "id_no",
            "name",
            "kind",
            "act",
            "act_date",
            "days",
            "amount",
            "decision_date",
            "executed",
            "served_date",
            "annulled_date",
        ],
    ),
    ("coercive_measure", &["organ", "measure_no", "id_no", "name", "kind", "date", "end_date", "case_no", "ground"]),
    ("petty", &["act"]),
    (
        "document_receipt",
        &[
            "recipient",
            "receipt_no",
            "doc_kind",
            "re_kind",
            "re_no",
            "id_no",
            "name",
            "sender",
            "made_date",
            "posted_date",
            "received_date",
            "ack_date",
            "channel",
            "complete",
        ],
    ),
    (
        "dpr_release",
        &[
            "prison",
            "release_no",
            "id_no",
            "name",
            "case_no",
            "original_years",
            "dpr_years",
            "dpr_months",
            "release_kind",
            "release_date",
            "county",
        ],
    ),
    (
        "dpr_police_list",
        &[
            "station",
            "list_no",
            "id_no",
            "name",
            "listed_date",
            "docs_received_date",
            "reported_date",
            "announced_date",
            "dpr_start",
            "dpr_end",
            "removed_date",
            "expiry_notice_date",
        ],
    ),
    ("custody", &["agency", "custody_no", "id_no", "name", "in_date", "out_date", "kind"]),
    ("sanction", &["agency", "sanction_no", "id_no", "name", "kind", "date", "reason", "copied_date", "end_date"]),
    (
        "proposal",
        &["agency", "proposal_no", "id_no", "name", "kind", "sent_date", "to_organ", "received_date", "ruled_date", "result"],
    ),
    (
        "place_change",
        &["agency", "change_no", "id_no", "name", "from_county", "to_county", "decided_date", "sent_date", "received_date"],
    ),
    ("leave", &["agency", "leave_no", "id_no", "name", "from_date", "to_date", "approver", "returned_date", "standing"]),
    ("contact", &["agency", "contact_no", "id_no", "name", "date", "kind"]),
    ("stay", &["agency", "stay_no", "id_no", "name", "place", "from_day", "to_day", "kind"]),
    ("medical_report", &["agency", "report_no", "id_no", "name", "date", "interval_months"]),
    ("death", &["agency", "death_no", "id_no", "name", "date"]),
    (
        "corrective",
        &[
            "procuratorate",
            "corrective_no",
            "kind",
            "agency",
            "rule",
            "issued",
            "received_date",
            "reply_due",
            "replied",
            "rectified",
            "earlier_no",
        ],
    ),
    ("coverage", &["agency", "relation", "from_day", "through"]),
    ("agency", &["code", "name", "kind", "county", "level", "parent"]),
    ("setting", &["rule", "name", "value"]),
    ("competent", &["role", "county", "agency", "from_day", "to_day"]),
];

/// The header of a relation's files.
pub fn columns(relation: &str) -> &'static [&'static str] {
    COLUMNS.iter().find(|(name, _)| *name == relation).map_or(&[], |(_, columns)| columns)
}

/// The columns that tell the rows of a relation apart.
pub fn keys(relation: &str) -> &'static [&'static str] {
    let columns = columns(relation);
    let count = match relation {
        "judgment_person" => 3,
        "agency" | "petty" => 1,
        "competent" => return &["role", "county", "from_day"],
        _ => 2,
    };
    &columns[..count.min(columns.len())]
}

/// A record and the day on which its agency sends it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sent {
    pub day: Day,
    pub agency: String,
    pub relation: &'static str,
    /// Column to text; what is missing is absent.
    pub cells: BTreeMap<&'static str, String>,
    /// Made so that the door refuses it.
    pub refused: bool,
}
