//! Handing in exports: everything that can be wrong with one is found out before there is a job.

use app::Condition;
use model::job::{NewJob, Status};
use model::{Code, Error, Job};
use query::Direction;
use serde::{Deserialize, Serialize};

use super::{EXPORT, ExportParams, QUEUE};
use crate::Engine;
use crate::kinds::to_json;
use crate::records::{Call, EntityRef, ListQuery, Shape, StoredCondition};

/// The form of an exported file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FileFormat {
    /// CSV.
    #[default]
    Csv,
    /// One JSON object per line.
    Ndjson,
}

impl FileFormat {
    /// The format of a word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "csv" => Some(Self::Csv),
            "ndjson" => Some(Self::Ndjson),
            _ => None,
        }
    }
}

/// What to export.
#[derive(Clone, Debug)]
pub struct ExportQuery {
    /// Which records; none: all.
    pub filter: Option<Condition>,
    /// The field to sort by.
    pub sort_field: String,
    /// Whether the least comes first.
    pub ascending: bool,
    /// How many at most; none: all.
    pub size: Option<u64>,
    /// Which fields, also of related records; none: all own ones.
    pub fields: Option<Vec<String>>,
    /// Whether columns have names instead of labels.
    pub names: bool,
    /// The form of the file.
    pub format: FileFormat,
    /// Whether cells that a spreadsheet would compute are made harmless.
    pub neutralise: bool,
    /// Whether the job runs only when there is room.
    pub low_priority: bool,
    /// What the address of the file begins with.
    pub base: String,
}

impl Engine {
    /// Hands in an export.
    ///
    /// # Errors
    /// `forbidden`; `bad-request` for a query that cannot be followed, fields that there are not, or more records than an
    /// export may have.
    pub async fn submit_export(
        &self,
        call: &Call,
        entity: &EntityRef,
        query: &ExportQuery,
    ) -> Result<Job, Error> {
        if !self.may_export(call, entity)? {
            let message = format!("you may not export records of {}", entity.name);
            return Err(Error::new(Code::Forbidden, message));
        }
        let mut params = ExportParams {
            entity: entity.name.clone(),
            by: call.actor.email.clone(),
            ip: call.ip.clone(),
            filter: query.filter.as_ref().map(StoredCondition::of).transpose()?,
            sort_field: query.sort_field.clone(),
            ascending: query.ascending,
            size: query.size,
            fields: query.fields.clone(),
            names: query.names,
            format: query.format,
            neutralise: query.neutralise,
            base: query.base.clone(),
            total: 0,
        };
        self.check_export(call, &params)?;
        params.total = self.exported_total(call, entity, query).await?;
        let new = NewJob {
            id: self.env().new_job_id(),
            request_id: self.env().new_request_id(),
            kind: EXPORT,
            label: format!("Exporting records of {}", entity.label),
            queue: QUEUE,
            serial_key: None,
            priority: 0,
            low_priority: query.low_priority,
            run_by: call.actor.email.clone(),
            parent: None,
            status: Status::Pending,
            params: to_json(&params)?,
            error: None,
            now: self.env().now(),
        };
        let runner = self.runner().clone();
        let inserted = self
            .store()
            .write(move |tx| Ok::<_, Error>(runner.submit(tx, &new)?));
        Ok(inserted.await?.into_job())
    }

    /// How many records it would have; the query is checked with it.
    async fn exported_total(
        &self,
        call: &Call,
        entity: &EntityRef,
        query: &ExportQuery,
    ) -> Result<u64, Error> {
        let listed = ListQuery {
            filter: query.filter.clone(),
            sort_field: query.sort_field.clone(),
            sort_direction: match query.ascending {
                true => Direction::Ascending,
                false => Direction::Descending,
            },
            offset: None,
            size: 1,
            shape: Shape {
                fields: Some(vec!["id".to_owned()]),
                ..Shape::default()
            },
        };
        let found = self.list_records(call, entity, &listed).await?.total;
        let total = found.min(query.size.unwrap_or(u64::MAX));
        let most = self.options().sheets.max_export_records;
        if total > most {
            let message =
                format!("the export would have {total} records, and at most {most} are exported at once");
            return Err(Error::of_field(Code::BadRequest, "_size".to_owned(), message));
        }
        Ok(total)
    }
}
