//! The account of a chunk: an item and a line of the log for each row that failed, counts, and where to go on.

use ::jobs::Report;
use model::Error;
use model::job::{Item, ItemState, Level};
use serde::{Deserialize, Serialize};

use super::{Checkpoint, Saved};
use crate::kinds::{to_json, too_many};
use crate::records::import_rows::{Chunk, RowFault, RowOutcome};

/// What an item says of a row that failed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct FailedRow {
    /// The line on which it begins.
    pub(crate) line: u64,
    /// Where it begins, in bytes of the unpacked file.
    pub(crate) offset: u64,
    /// How it reads, cut when it is long.
    pub(crate) text: String,
    /// Whether it was stored all the same.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) stored: bool,
    /// What is wrong.
    pub(crate) errors: Vec<RowFault>,
    /// The same in a sentence, for listings of jobs of all kinds.
    pub(crate) error: String,
}

/// The checkpoint behind a chunk, and its report; with the reason if too many rows have failed by then.
pub(super) fn of(
    chunk: &Chunk,
    at: Checkpoint,
    (next, row): (crate::sheets::At, u64),
    most: u64,
) -> Result<(Checkpoint, Report, Option<String>), Error> {
    let reached = Checkpoint {
        next,
        row,
        stored: at.stored + chunk.stored(),
        failed: at.failed + chunk.failed(),
        ..at
    };
    let mut report = Report {
        processed: chunk.rows.len() as u64,
        failed: chunk.failed(),
        ..Report::default()
    };
    for row in chunk.rows.iter().filter(|row| !row.faults.is_empty()) {
        report.logs.push((Level::Error, sentence(row)));
        report.items.push(item(row)?);
    }
    let broken =
        (reached.failed > most).then(|| too_many(reached.failed, "rows", most, "csv.max_failed_rows"));
    let saved = match &broken {
        None => Saved::At(reached),
        Some(failed) => Saved::Failed {
            failed: failed.clone(),
            survey: Some(at.survey),
        },
    };
    report.checkpoint = Some(to_json(&saved)?);
    Ok((reached, report, broken))
}

fn item(row: &RowOutcome) -> Result<Item, Error> {
    let detail = FailedRow {
        line: row.line,
        offset: row.offset,
        text: row.text.clone(),
        stored: row.stored,
        errors: row.faults.clone(),
        error: sentence(row),
    };
    Ok(Item {
        number: row.number,
        key: format!("line {}", row.line),
        state: ItemState::Failed,
        detail: Some(to_json(&detail)?),
    })
}

fn sentence(row: &RowOutcome) -> String {
    let faults = row.faults.iter().map(|fault| {
        let value = fault.value.as_ref().map(|value| format!(" ({value:?})"));
        let value = value.unwrap_or_default();
        match fault.field.as_str() {
            "" => format!("{}{value}", fault.message),
            field => format!("{field}: {}{value}", fault.message),
        }
    });
    let faults: Vec<String> = faults.collect();
    format!("line {}, {}", row.line, faults.join("; "))
}
