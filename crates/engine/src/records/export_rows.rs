//! Records made into rows of a file: which columns there are, which records come next, and their cells.
//!
//! A field with many values has a column for each, up to the most that any record has; that is found out by a look at all
//! of them first. Fields of related records are fetched for a page of records at a time. What the caller may not see is an
//! empty cell. Source: `contracts/slingr.md` §7.2.

mod cells;
mod columns;
mod page;
mod related;

use std::sync::Arc;

use model::Error;
use serde::{Deserialize, Serialize};

use super::catalogue::Catalogue;
use super::{Call, EntityRef};
use crate::Engine;
use crate::sheets::{ExportParams, FileFormat};

pub(crate) use page::Rest;

/// By what rows are made.
pub(crate) struct RowExport {
    pub(crate) catalogue: Arc<Catalogue>,
    pub(crate) entity: EntityRef,
    pub(crate) call: Call,
    pub(crate) params: ExportParams,
    columns: columns::Columns,
}

/// How many columns each field with many values has.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Widths(pub(crate) Vec<usize>);

impl RowExport {
    /// What an export is to do, by this definition and this caller.
    ///
    /// # Errors
    /// `bad-request` for fields that there are not.
    pub(crate) fn of(catalogue: Arc<Catalogue>, call: Call, params: ExportParams) -> Result<Self, Error> {
        let entity = catalogue.entity(&params.entity)?.clone();
        let columns = columns::Columns::of(&catalogue, &entity, &call, params.fields.as_deref())?;
        if params.format == FileFormat::Ndjson && columns.relates() {
            let message =
                "fields of related records are for CSV; lines of JSON have the record's own".to_owned();
            return Err(Error::of_field(
                model::Code::BadRequest,
                "_fields".to_owned(),
                message,
            ));
        }
        Ok(Self {
            catalogue,
            entity,
            call,
            params,
            columns,
        })
    }

    /// Whether a look at all records has to tell how many columns there are.
    pub(crate) fn measures(&self) -> bool {
        self.params.format == FileFormat::Csv && self.columns.lists > 0
    }

    /// The widths before anything was measured.
    pub(crate) fn widths(&self) -> Widths {
        Widths(vec![0; self.columns.lists])
    }
}

impl Engine {
    /// Refuses an export that could not be made.
    pub(crate) fn check_export(&self, call: &Call, params: &ExportParams) -> Result<(), Error> {
        RowExport::of(self.catalogue()?, call.clone(), params.clone()).map(drop)
    }
}
