//! What all batches have in common: at most ten entries, each with an id of its own, each done or refused for itself.

use engine::queues::{Fault, FaultKind};
use serde_json::{Value as Json, json};

use crate::error::{Refusal, named};

/// The most entries of a batch.
const MOST: usize = 10;
const LONGEST_ID: usize = 80;

/// Refuses a batch as a whole.
pub(super) fn check<'a>(ids: impl ExactSizeIterator<Item = &'a str>) -> Result<(), Fault> {
    let (mut seen, count) = (Vec::new(), ids.len());
    if count == 0 {
        return Err(Fault::new(
            FaultKind::EmptyBatch,
            "There should be at least one entry in the request.",
        ));
    }
    if count > MOST {
        let message = format!("Maximum number of entries per request are {MOST}. You have sent {count}.");
        return Err(Fault::new(FaultKind::LongBatch, message));
    }
    for id in ids {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        if !(1..=LONGEST_ID).contains(&id.len()) || !id.bytes().all(fits) {
            let message = "A batch entry id can only contain alphanumeric characters, hyphens and underscores. \
                It can be at most 80 letters long.";
            return Err(Fault::new(FaultKind::EntryId, message));
        }
        if seen.contains(&id) {
            let message = format!("Id {id} repeated.");
            return Err(Fault::new(FaultKind::EntryIdTwice, message));
        }
        seen.push(id);
    }
    Ok(())
}

/// The answer: what each entry has become. Without entries of a kind the older clients want none of its list.
pub(super) fn answer(outcomes: impl Iterator<Item = (String, Result<Json, Fault>)>) -> Result<Json, Refusal> {
    let (mut done, mut failed) = (Vec::new(), Vec::new());
    for (id, outcome) in outcomes {
        match outcome {
            Ok(mut result) => {
                result["Id"] = id.into();
                done.push(result);
            }
            Err(fault) if fault.kind() == FaultKind::Other => return Err(fault.into()),
            Err(fault) => failed.push(json!({
                "Id": id,
                "SenderFault": true,
                "Code": named(fault.kind()).code,
                "Message": fault.message(),
            })),
        }
    }
    let mut answer = json!({ "Successful": done });
    if !failed.is_empty() {
        answer["Failed"] = failed.into();
    }
    Ok(answer)
}
