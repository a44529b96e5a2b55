//! What an import job was asked to do, as it is stored and as others may know it.

use blobs::BlobId;
use model::{CollectionId, Detail, Error, Job};
use serde::{Deserialize, Serialize};

use crate::kinds::import::KIND;

/// The parameters of an import job.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Params {
    /// The entity as it was named; none if the body did not name one.
    pub(crate) entity: Option<String>,
    /// The operation as it was named.
    pub(crate) operation: Option<String>,
    /// Whether results carry the records.
    pub(crate) object_in_response: bool,
    /// What there is to do; none for a rejected job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) work: Option<Work>,
    /// Why it was rejected.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) problems: Vec<StoredDetail>,
}

/// What there is to do.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Work {
    /// Where the records go.
    pub(crate) collection: CollectionId,
    /// The body.
    pub(crate) blob: BlobId,
    /// Which of the ways through a body leads to its records; see the intake.
    pub(crate) path: usize,
    /// How many there are.
    pub(crate) records: u64,
}

/// One complaint about a body.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct StoredDetail {
    pub(crate) field: String,
    pub(crate) message: String,
}

impl From<&Detail> for StoredDetail {
    fn from(detail: &Detail) -> Self {
        Self {
            field: detail.field.clone(),
            message: detail.message.clone(),
        }
    }
}

/// What an import job is about.
#[derive(Clone, Debug, PartialEq)]
pub struct ImportInfo {
    /// The entity as it was named.
    pub entity: Option<String>,
    /// The operation as it was named.
    pub operation: Option<String>,
    /// Whether results carry the records.
    pub object_in_response: bool,
    /// Why it was rejected: what is wrong with the body, by field.
    pub problems: Vec<Detail>,
}

impl ImportInfo {
    /// What this job is about; none if it is no import.
    ///
    /// # Errors
    /// Internal, when the job's parameters cannot be read.
    pub fn of(job: &Job) -> Result<Option<Self>, Error> {
        if job.kind != KIND {
            return Ok(None);
        }
        let params: Params = serde_json::from_str(&job.params).map_err(Error::internal)?;
        let detail = |stored: StoredDetail| Detail::new(stored.field, stored.message);
        Ok(Some(Self {
            entity: params.entity,
            operation: params.operation,
            object_in_response: params.object_in_response,
            problems: params.problems.into_iter().map(detail).collect(),
        }))
    }
}
