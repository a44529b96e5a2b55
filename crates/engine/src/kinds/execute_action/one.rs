//! A chunk of records, each with the action run on it.

use std::sync::Arc;

use ::jobs::{Interrupt, Run};
use model::Error;

use super::super::acting::Acting;
use super::super::acting::each::{Each, report};
use super::super::to_json;
use super::{At, Params, bulk_job};

/// Runs the action on the next records, at most so many; none when they have to be done again, fewer at a time.
pub(super) fn chunk(
    run: &mut Run,
    acting: &Acting<'_>,
    (params, at): (&Arc<Params>, &At),
    most: usize,
) -> Result<Option<At>, Interrupt> {
    let (ids, after) = next(run, acting, (params, at), most)?;
    let total = params.ids.as_ref().map(|ids| ids.len() as u64);
    if ids.is_empty() {
        let end = At {
            over: after.is_none(),
            after,
            ..at.clone()
        };
        let told = report(at.done, &Vec::new(), (to_json(&end)?, total))?;
        run.commit(move |_| Ok(told.clone()))?;
        return Ok(Some(end));
    }
    let performed = Arc::clone(params);
    let each = Each {
        ids: &ids,
        first: at.done,
        total,
        perform: Arc::new(move |unit, call, id| performed.perform_on(unit, call, id)),
        reached: &|done| to_json(&behind(at, &ids, done, after.as_ref())),
    };
    let done = each.work(run, acting)?;
    Ok(done.map(|done| behind(at, &ids, done, after.as_ref())))
}

/// Where to go on when the first `done` of these are done.
fn behind(at: &At, ids: &[String], done: usize, after: Option<&String>) -> At {
    let whole = done == ids.len();
    At {
        done: at.done + done as u64,
        after: match whole {
            true => after.cloned(),
            false => done.checked_sub(1).and_then(|last| ids.get(last)).cloned(),
        },
        over: whole && after.is_none(),
        until: at.until.clone(),
    }
}

/// The records that come next, and from where to look on; nowhere at the end.
fn next(
    run: &Run,
    acting: &Acting<'_>,
    (params, at): (&Arc<Params>, &At),
    most: usize,
) -> Result<(Vec<String>, Option<String>), Error> {
    if let Some(ids) = &params.ids {
        let begin = usize::try_from(at.done).unwrap_or(usize::MAX).min(ids.len());
        let end = (begin + most).min(ids.len());
        return Ok((ids[begin..end].to_vec(), (end < ids.len()).then(String::new)));
    }
    let Some(until) = at.until.clone() else {
        return Ok((Vec::new(), None));
    };
    let looking = bulk_job::Params {
        entity: params.entity.clone(),
        ids: None,
        filter: params.filter.clone(),
        by: params.by.clone(),
        ip: None,
        trigger_events: false,
        cascade: false,
        by_script: params.by_script,
    };
    let (catalogue, after) = (Arc::clone(&acting.catalogue), at.after.clone());
    let mut found = run
        .store()
        .read_blocking(move |tx| looking.next(tx, &catalogue, after.as_deref(), most))?;
    let before = found.ids.len();
    found.ids.retain(|id| *id <= until);
    let passed = found.ids.len() < before || found.after.as_ref().is_some_and(|after| *after >= until);
    Ok((found.ids, found.after.filter(|_| !passed)))
}
