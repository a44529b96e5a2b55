//! A job as the document shows it.

use std::collections::HashMap;

use engine::accounts::AccountRef;
use model::{Class, Error, Job, JobSeq, Timestamp};
use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::words;
use crate::call::Call;

/// Parameters of jobs that are shown, and the document's names for them.
const DATA: [(&str, &str); 9] = [
    ("entityName", "entityName"),
    ("entity", "entityName"),
    ("actionName", "actionName"),
    ("action", "actionName"),
    ("fileName", "fileName"),
    ("file", "fileName"),
    ("listenerName", "listenerName"),
    ("listener", "listenerName"),
    ("undoes", "undoneJobId"),
];

/// A job.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct View {
    id: String,
    label: String,
    #[serde(rename = "type")]
    kind: String,
    run_by: Runner,
    parent_job: Option<Relative>,
    root_job: Option<Relative>,
    create_date: i64,
    start_date: Option<i64>,
    end_date: Option<i64>,
    status: &'static str,
    has_errors: bool,
    progress: u8,
    records_count: u64,
    records_processed: u64,
    children_jobs_count: u64,
    children_jobs_processed: u64,
    stoppable: bool,
    low_priority: bool,
    #[serde(skip_serializing_if = "Map::is_empty")]
    data: Map<String, Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    results: Option<Box<RawValue>>,
}

#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct Runner {
    /// None for one who is no user any more, and for bots.
    id: Option<String>,
    full_name: String,
}

#[derive(Clone, Serialize)]
struct Relative {
    id: String,
    label: String,
}

/// One job.
pub(super) async fn one(call: &Call, job: Job) -> Result<View, Error> {
    Lookups::new(call).view(job).await
}

/// Jobs in their order.
pub(super) async fn many(call: &Call, jobs: Vec<Job>) -> Result<Vec<View>, Error> {
    let mut lookups = Lookups::new(call);
    let mut views = Vec::with_capacity(jobs.len());
    for job in jobs {
        views.push(lookups.view(job).await?);
    }
    Ok(views)
}

/// What jobs refer to, looked up once each.
struct Lookups<'c> {
    call: &'c Call,
    runners: HashMap<String, Runner>,
    relatives: HashMap<JobSeq, Option<Relative>>,
}

impl<'c> Lookups<'c> {
    fn new(call: &'c Call) -> Self {
        Self {
            call,
            runners: HashMap::new(),
            relatives: HashMap::new(),
        }
    }

    async fn view(&mut self, job: Job) -> Result<View, Error> {
        let millis = |time: Timestamp| time.0;
        Ok(View {
            run_by: self.runner(&job.run_by).await?,
            parent_job: self.relative(job.parent).await?,
            root_job: self.relative(job.root).await?,
            kind: words::type_of(&job),
            create_date: job.created.0,
            start_date: job.started.map(millis),
            end_date: job.ended.map(millis),
            status: words::status(job.status),
            has_errors: job.has_errors(),
            progress: percent(job.progress),
            records_count: job.counts.total.unwrap_or(job.counts.processed),
            records_processed: job.counts.processed,
            children_jobs_count: job.children.total,
            children_jobs_processed: job.children.done,
            stoppable: job.root.is_none(),
            low_priority: job.low_priority,
            data: data(&job.params),
            results: results(job.results),
            id: job.id.as_str().to_owned(),
            label: job.label,
        })
    }

    async fn runner(&mut self, email: &str) -> Result<Runner, Error> {
        if let Some(known) = self.runners.get(email) {
            return Ok(known.clone());
        }
        let account = self.call.slingr.engine.account(AccountRef::of(email)).await;
        let runner = match account {
            Ok(account) => Runner {
                id: Some(account.id),
                full_name: account.full_name,
            },
            Err(error) if error.class() == Class::NotFound => Runner {
                id: None,
                full_name: email.to_owned(),
            },
            Err(error) => return Err(error),
        };
        self.runners.insert(email.to_owned(), runner.clone());
        Ok(runner)
    }

    async fn relative(&mut self, seq: Option<JobSeq>) -> Result<Option<Relative>, Error> {
        let Some(seq) = seq else { return Ok(None) };
        if let Some(known) = self.relatives.get(&seq) {
            return Ok(known.clone());
        }
        let relative = match self.call.slingr.engine.job(&self.call.actor, seq).await {
            Ok(job) => Some(Relative {
                id: job.id.as_str().to_owned(),
                label: job.label,
            }),
            Err(error) if error.class() == Class::NotFound => None,
            Err(error) => return Err(error),
        };
        self.relatives.insert(seq, relative.clone());
        Ok(relative)
    }
}

/// A share as a percentage, never rounded up to more than is done.
fn percent(progress: f64) -> u8 {
    (progress.clamp(0.0, 1.0) * 100.0).floor() as u8
}

/// What a job is about, of all that it was asked to do.
fn data(params: &str) -> Map<String, Value> {
    let params: Value = serde_json::from_str(params).unwrap_or_default();
    let mut data = Map::new();
    for (name, shown) in DATA {
        if let Some(text) = params.get(name).and_then(Value::as_str) {
            data.entry(shown).or_insert_with(|| text.into());
        }
    }
    data
}

/// What came out, if that is more than an empty object.
fn results(text: Option<String>) -> Option<Box<RawValue>> {
    let results = RawValue::from_string(text?).ok()?;
    let inner = results.get().strip_prefix('{')?.strip_suffix('}')?;
    (!inner.trim().is_empty()).then_some(results)
}

#[cfg(test)]
mod tests {
    use super::{data, percent, results};

    #[test]
    fn shares_are_whole_percentages() {
        assert_eq!([0.0, 0.5, 0.999, 1.0, 7.0].map(percent), [0, 50, 99, 100, 100]);
    }

    #[test]
    fn only_what_the_document_names_is_shown() {
        let shown = data(r#"{"entity":"companies","secret":"x","file":5}"#);
        assert_eq!(
            serde_json::to_string(&shown).unwrap(),
            r#"{"entityName":"companies"}"#
        );
        let text = |text: &str| results(Some(text.to_owned())).map(|raw| raw.get().to_owned());
        assert_eq!(text(r#"{"a":1.10}"#).as_deref(), Some(r#"{"a":1.10}"#));
        assert!(text("{ }").is_none() && text("[1]").is_none() && text("x").is_none());
    }
}
