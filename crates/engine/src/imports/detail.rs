//! What is kept of one record of an import, with its item.

use model::{Code, Error};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// How one record went. Kept for failures, and for successes whose sender gave them an id of his own.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ItemDetail {
    /// The sender's own id of the record: a string or a number, as he spelled it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_data_id: Option<Box<RawValue>>,
    /// The name of the error.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The field at fault.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// What is wrong, in sentences; empty for a success.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub messages: Vec<String>,
}

/// What is wrong with one record.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Problem {
    pub(crate) code: Code,
    pub(crate) field: Option<String>,
    pub(crate) message: String,
}

impl Problem {
    pub(crate) fn new(code: Code, field: Option<&str>, message: String) -> Self {
        Self {
            code,
            field: field.map(str::to_owned),
            message,
        }
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        Self::new(error.code(), error.field(), error.message().to_owned())
    }
}

impl ItemDetail {
    /// The stored form of how a record went; none for a plain success.
    pub(crate) fn store(
        request_data_id: Option<&str>,
        problem: Option<&Problem>,
    ) -> Result<Option<String>, Error> {
        if request_data_id.is_none() && problem.is_none() {
            return Ok(None);
        }
        let raw = |text: &str| RawValue::from_string(text.to_owned()).map_err(Error::internal);
        let detail = Self {
            request_data_id: request_data_id.map(raw).transpose()?,
            code: problem.map(|problem| problem.code.as_str().to_owned()),
            field: problem.and_then(|problem| problem.field.clone()),
            messages: problem
                .map(|problem| problem.message.clone())
                .into_iter()
                .collect(),
        };
        serde_json::to_string(&detail).map(Some).map_err(Error::internal)
    }
}
