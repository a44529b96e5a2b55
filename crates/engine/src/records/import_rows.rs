//! Rows of a file made into records: what each column is, what a row changes, and the chunk that commits it.
//!
//! A chunk of rows is *prepared* on one snapshot, with all that its rows look for asked at once, and committed by one
//! closure that only compares and writes. Rows see what rows before them made, also those of the chunk that is still on
//! its way to the disk: such records lie over the snapshot ([`View`]). The commit looks whether everything that the chunk
//! relies on is as it was; if not, nothing of it is written and the chunk is prepared anew.
//!
//! A row is whole or not at all, with the related records that it brings. Source: `contracts/slingr.md` §7.1, §12.

mod ahead;
mod apply;
mod cells;
mod chunk;
mod commit;
mod finish;
mod header;
mod heard;
mod layout;
mod lookup;
mod may;
mod node;
mod reading;
mod rows;
mod shape;
mod view;

use std::sync::Arc;

use jobs::RunnerHandle;
use model::{Env, Error, JobSeq, RecordIds, Timestamp};
use serde::{Deserialize, Serialize};

use super::catalogue::Catalogue;
use super::{Call, State};
use crate::sheets::ImportFlags;

pub(crate) use cells::CellRow;
pub(crate) use chunk::{Chunk, RowOutcome};
pub(crate) use commit::Stale;
pub(crate) use layout::Layout;
pub(in crate::records) use lookup::Looking;
pub(crate) use view::View;

/// By what and for whom rows are imported.
pub(crate) struct RowImport {
    /// The definition in force.
    pub(crate) catalogue: Arc<Catalogue>,
    /// Who imports.
    pub(crate) call: Call,
    /// How.
    pub(crate) flags: ImportFlags,
    /// What the columns are.
    pub(crate) layout: Layout,
    /// The job.
    pub(crate) job: JobSeq,
    /// Whom further jobs are handed to.
    pub(crate) runner: RunnerHandle,
    /// Ids of new records and nested values.
    pub(crate) ids: Arc<RecordIds>,
    /// Time and randomness.
    pub(crate) env: Env,
}

/// What is wrong with a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RowFault {
    /// The column or field; empty when it is the row as a whole.
    pub(crate) field: String,
    /// What sort of fault.
    pub(crate) code: String,
    /// What is wrong, for people.
    pub(crate) message: String,
    /// The value that was refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) value: Option<String>,
}

impl RowImport {
    fn now(&self) -> Timestamp {
        self.env.now()
    }

    fn new_id(&self) -> String {
        self.ids.make(&self.env)
    }

    /// Whether any row calls functions of the app, which takes more than one snapshot.
    pub(crate) fn calls_functions(&self) -> Result<bool, Error> {
        for node in &self.layout.nodes {
            if self.catalogue.entity(&node.entity)?.calls_functions() {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

impl State {
    /// The maker of ids.
    pub(crate) fn ids(&self) -> &Arc<RecordIds> {
        &self.ids
    }
}

impl RowFault {
    /// The faults that an error tells of, of a record whose fields lie at `prefix` in the file.
    fn of(error: &Error, prefix: &str) -> Vec<Self> {
        let at = |field: &str| match (prefix, field) {
            ("", field) => field.to_owned(),
            (prefix, "") => prefix.to_owned(),
            (prefix, field) => format!("{prefix}.{field}"),
        };
        if error.details().is_empty() {
            let thrown = error.what_was_thrown().map(|thrown| thrown.code.clone());
            return vec![Self {
                field: prefix.to_owned(),
                code: thrown.unwrap_or_else(|| error.code().as_str().to_owned()),
                message: error.message().to_owned(),
                value: None,
            }];
        }
        let fault = |detail: &model::Detail| {
            let said = detail.validation.as_ref();
            Self {
                field: at(&detail.field),
                code: said.map_or_else(|| error.code().as_str().to_owned(), |said| said.code.to_string()),
                message: detail.message.clone(),
                value: said.and_then(|said| said.rejected.clone()),
            }
        };
        error.details().iter().map(fault).collect()
    }
}
