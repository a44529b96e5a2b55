//! The document's words for kinds and statuses of jobs.

use engine::listeners::JOB_TYPES;
pub(super) use engine::listeners::status_word as status;
use model::job::Status;
use model::{Error, Job};

/// What else the document names, of which there are no jobs here.
const OTHERS: [&str; 6] = [
    "IMPORT_USERS",
    "EXPORT_USERS",
    "STOP_APP",
    "START_APP",
    "DEPLOY_ENDPOINT",
    "UNDEPLOY_ENDPOINT",
];

/// The type of a job; one that the document does not name is the server's own and shown by its kind in capitals.
pub(super) fn type_of(job: &Job) -> String {
    let known = JOB_TYPES.iter().find(|(kind, _)| *kind == job.kind);
    known.map_or_else(
        || job.kind.to_uppercase().replace(['-', '.'], "_"),
        |(_, word)| (*word).to_owned(),
    )
}

/// The kinds that a type in a filter names; of the server's own, however they part their words.
pub(super) fn kinds_of(word: &str) -> Result<Vec<String>, Error> {
    let named: Vec<String> = JOB_TYPES
        .iter()
        .filter(|(_, known)| *known == word)
        .map(|(kind, _)| (*kind).to_owned())
        .collect();
    if !named.is_empty() {
        return Ok(named);
    }
    let is_type = !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
    if OTHERS.contains(&word) || is_type {
        let kind = |mark: &str| word.to_lowercase().replace('_', mark);
        return Ok(vec![kind("-"), kind("."), kind("_")]);
    }
    Err(Error::bad_value(
        "type",
        format!("type must be a type of job, got {word:?}"),
    ))
}

/// The statuses that a word in a filter names. Nothing is ever in the midst of being cancelled here.
pub(super) fn statuses(word: &str) -> Result<Vec<Status>, Error> {
    let named: Vec<Status> = Status::ALL
        .into_iter()
        .filter(|candidate| status(*candidate) == word)
        .collect();
    if named.is_empty() && word != "CANCELING" {
        let message = format!("status must be a status of jobs, got {word:?}");
        return Err(Error::bad_value("status", message));
    }
    Ok(named)
}

#[cfg(test)]
mod tests {
    use model::job::Status;

    use super::{kinds_of, status, statuses};

    #[test]
    fn every_status_is_found_by_its_word() {
        for known in Status::ALL {
            assert!(statuses(status(known)).unwrap().contains(&known));
        }
        assert_eq!(statuses("CANCELING").unwrap(), []);
        assert!(statuses("running").is_err());
    }

    #[test]
    fn types_are_those_of_the_document_or_of_the_server() {
        assert_eq!(kinds_of("DELETE_RECORDS").unwrap(), ["records.delete"]);
        assert!(kinds_of("START_APP").unwrap().contains(&"start-app".to_owned()));
        assert!(
            kinds_of("RECORDS_CASCADE")
                .unwrap()
                .contains(&"records.cascade".to_owned())
        );
        assert!(kinds_of("delta").is_err() && kinds_of("").is_err());
    }
}
