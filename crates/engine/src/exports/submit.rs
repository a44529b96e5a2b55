//! Asking for an export.

use model::job::{NewJob, Status};
use model::{Actor, Error, Job};

use super::options::DEFAULT_MAPPING;
use super::since::resolve;
use super::{Encoding, Format, QUEUE};
use crate::Engine;
use crate::kinds::export::{Entity, KIND, Params};

/// What to export; what is not said has its usual value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExportRequest {
    /// The format of the file; CSV. A push is always JSON.
    pub format: Option<Format>,
    /// Only what changed since this export (its number or its id) or this time; everything.
    pub since: Option<String>,
    /// The name of a mapping; `default`.
    pub mapping: Option<String>,
    /// The encoding of the file; UTF-8.
    pub encoding: Option<Encoding>,
    /// The target to push to instead of making a file; none.
    pub push: Option<String>,
}

impl Engine {
    /// Accepts an export as a job.
    ///
    /// # Errors
    /// `bad-value` that names the field.
    pub async fn start_export(&self, actor: &Actor, request: ExportRequest) -> Result<Job, Error> {
        let params = self.export_params(&request)?;
        let (engine, actor) = (self.clone(), actor.clone());
        let accepted = self.store().write(move |tx| {
            let since = request.since.clone();
            let since = since.map(|given| resolve(&mut *tx, engine.article_collection(), given));
            let params = Params {
                since: since.transpose()?,
                ..params.clone()
            };
            let job = engine.export_job(&actor, &params)?;
            Ok::<_, Error>(engine.runner().submit(tx, &job)?.into_job())
        });
        accepted.await
    }

    /// What can be said of the request without looking at other jobs.
    fn export_params(&self, request: &ExportRequest) -> Result<Params, Error> {
        let options = &self.options().exports;
        let name = request.mapping.as_deref().unwrap_or(DEFAULT_MAPPING);
        let Some(mapping) = options.mapping(name) else {
            return Err(unknown("mapping", name));
        };
        let push = request.push.clone();
        if let Some(name) = push.as_ref().filter(|name| !options.targets.contains_key(*name)) {
            return Err(unknown("push", name));
        }
        let usual = if push.is_some() { Format::Json } else { Format::Csv };
        let format = request.format.unwrap_or(usual);
        if push.is_some() && format != Format::Json {
            let message = format!("format: a push sends JSON, got {:?}", format.as_str());
            return Err(Error::bad_value("format", message));
        }
        let encoding = request.encoding.unwrap_or_default();
        if format == Format::Json && encoding != Encoding::Utf8 {
            let message = format!("encoding: JSON is always utf-8, got {:?}", encoding.as_str());
            return Err(Error::bad_value("encoding", message));
        }
        Ok(Params {
            entity: Entity::default(),
            format,
            encoding,
            since: None,
            mapping,
            push,
        })
    }

    fn export_job(&self, actor: &Actor, params: &Params) -> Result<NewJob, Error> {
        let mut label = match &params.push {
            Some(target) => format!("Push of articles to {target}"),
            None => format!("Export of articles as {}", params.format.as_str()),
        };
        if let Some(since) = &params.since {
            label = format!("{label}, since {}", since.given);
        }
        Ok(NewJob {
            id: self.env().new_job_id(),
            request_id: self.env().new_request_id(),
            kind: KIND,
            label,
            queue: QUEUE,
            serial_key: None,
            priority: 0,
            low_priority: false,
            run_by: actor.email.clone(),
            parent: None,
            status: Status::Pending,
            params: serde_json::to_string(params).map_err(Error::internal)?,
            error: None,
            now: self.env().now(),
        })
    }
}

fn unknown(field: &str, name: &str) -> Error {
    let shown: String = name.chars().take(64).collect();
    let what = if field == "push" { "target" } else { field };
    let message = format!("{field}: no {what} {shown:?} is configured");
    Error::bad_value(field, message)
}
