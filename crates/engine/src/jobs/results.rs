//! How each unit of a job's work went, with the record it was about where that was asked for.

use jsonb::Jsonb;
use model::job::{Item, ItemState};
use model::{Actor, CollectionId, Error, Job, JobSeq, Page, PageOf};
use serde_json::value::RawValue;
use storage::ReadTx;

use super::seen;
use crate::Engine;
use crate::imports::{ItemDetail, Params};
use crate::kinds::import;

/// The most bytes of records in one answer.
const MAX_OBJECT_BYTES: usize = 64 << 20;

/// How one unit of work went.
#[derive(Clone, Debug)]
pub struct JobResult {
    /// The sender's own id of the unit, as JSON.
    pub request_data_id: Option<Box<RawValue>>,
    /// How it went.
    pub state: ItemState,
    /// What it was about: the record's id; none if it had none that could be read.
    pub key: Option<String>,
    /// The record, if the job was asked to give it.
    pub object: Option<Object>,
}

/// A record in a result.
#[derive(Clone, Debug, PartialEq)]
pub enum Object {
    /// As it is now.
    Present(Jsonb),
    /// It is not there (any more).
    Gone,
}

impl Engine {
    /// How each unit of a job's work went, in order.
    ///
    /// # Errors
    /// `not-found`, also when `actor` may not see it; `bad-value` for a page whose records are too large together.
    pub async fn job_results(
        &self,
        actor: &Actor,
        seq: JobSeq,
        page: Page,
    ) -> Result<PageOf<JobResult>, Error> {
        let actor = actor.clone();
        self.store()
            .read(move |tx| {
                let job = seen(tx, &actor, seq)?;
                let collection = collection_to_show(&job)?;
                let items = tx.items(seq, &[], page)?;
                let mut room = MAX_OBJECT_BYTES;
                let mut entries = Vec::with_capacity(items.entries.len());
                for item in items.entries {
                    entries.push(result(tx, item, collection, &mut room)?);
                }
                Ok(PageOf {
                    entries,
                    total: items.total,
                })
            })
            .await
    }
}

/// Where the records are that the results are to carry.
fn collection_to_show(job: &Job) -> Result<Option<CollectionId>, Error> {
    if job.kind != import::KIND {
        return Ok(None);
    }
    let params: Params = serde_json::from_str(&job.params).map_err(Error::internal)?;
    let work = params.work.filter(|_| params.object_in_response);
    Ok(work.map(|work| work.collection))
}

fn result(
    tx: &mut dyn ReadTx,
    item: Item,
    collection: Option<CollectionId>,
    room: &mut usize,
) -> Result<JobResult, Error> {
    let detail = item.detail.as_deref().and_then(|text| {
        // The details of other kinds have no such member.
        serde_json::from_str::<ItemDetail>(text).ok()
    });
    let key = Some(item.key).filter(|key| !key.is_empty());
    let object = match (collection, &key) {
        (None, _) => None,
        (Some(_), None) => Some(Object::Gone),
        (Some(collection), Some(key)) => Some(object(tx, collection, key, room)?),
    };
    Ok(JobResult {
        request_data_id: detail.and_then(|detail| detail.request_data_id),
        state: item.state,
        key,
        object,
    })
}

fn object(
    tx: &mut dyn ReadTx,
    collection: CollectionId,
    key: &str,
    room: &mut usize,
) -> Result<Object, Error> {
    let Some((_, body)) = tx.record_body(collection, key)? else {
        return Ok(Object::Gone);
    };
    *room = room.checked_sub(body.as_bytes().len()).ok_or_else(|| {
        let message =
            format!("the records on this page are larger than {MAX_OBJECT_BYTES} bytes; ask for fewer");
        Error::bad_value("per_page", message)
    })?;
    Ok(Object::Present(body))
}
