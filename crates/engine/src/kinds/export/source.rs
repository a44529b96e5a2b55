//! Reading what is to be exported, page by page.
//!
//! A page has as many entries as its bytes allow, found out by doubling from few; how it is cut does not show in what
//! is written. Of the changes since a place only the last one of each article counts. Which one that is is looked up in
//! the index for every change, so nothing is remembered between pages, however many changes there are.

use jsonb::Jsonb;
use model::{ChangeEvent, CollectionId, Error, HistorySeq};
use serde::{Deserialize, Serialize};
use storage::{ReadTx, Store};

use super::Checkpoint;
use crate::exports::Since;

/// Entries of the first page.
const FEW: u64 = 32;

/// The last thing that was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Place {
    /// The article of this number, of all in order.
    Article(String),
    /// The change in this place; with the place of the first one that was not asked for.
    Change(HistorySeq, HistorySeq),
}

impl Place {
    pub(super) fn first(since: Option<&Since>) -> Self {
        match since {
            None => Self::Article(String::new()),
            Some(since) => Self::Change(since.after, since.after),
        }
    }
}

/// An article, or that there is none any more.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) id: String,
    pub(super) body: Option<Jsonb>,
}

/// Entries to be written together.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) entries: Vec<Entry>,
    /// The place after them.
    pub(super) place: Place,
    /// Whether there are no more.
    pub(super) is_last: bool,
    bytes: usize,
}

/// The reader of pages.
pub(super) struct Source {
    articles: CollectionId,
    limit: u64,
    max_entries: u64,
    max_bytes: usize,
}

impl Source {
    pub(super) fn new(articles: CollectionId, max_entries: u64, max_bytes: usize) -> Self {
        let max_entries = max_entries.max(1);
        Self {
            articles,
            limit: FEW.min(max_entries),
            max_entries,
            max_bytes,
        }
    }

    /// The page after a checkpoint.
    pub(super) fn next(&mut self, store: &Store, at: &Checkpoint) -> Result<Page, Error> {
        let (articles, limit, place, watermark) = (self.articles, self.limit, at.place.clone(), at.watermark);
        let page = store.read_blocking(move |tx| match place {
            Place::Article(after) => page_of_articles(tx, articles, &after, limit),
            Place::Change(after, first) => page_of_changes(tx, articles, (after, first, watermark), limit),
        })?;
        self.limit = match page.bytes > self.max_bytes / 2 {
            true => (self.limit / 2).max(1),
            false => (self.limit * 2).min(self.max_entries),
        };
        Ok(page)
    }
}

fn page_of_articles(
    tx: &mut dyn ReadTx,
    articles: CollectionId,
    after: &str,
    limit: u64,
) -> Result<Page, Error> {
    let records = tx.records_after(articles, after, limit)?;
    let bytes = records.iter().map(|record| record.body.as_bytes().len()).sum();
    let is_last = (records.len() as u64) < limit;
    let last = records.last().map_or(after, |record| record.id.as_str());
    let place = Place::Article(last.to_owned());
    let entry = |record: model::Record| Entry {
        id: record.id,
        body: Some(record.body),
    };
    Ok(Page {
        entries: records.into_iter().map(entry).collect(),
        place,
        is_last,
        bytes,
    })
}

fn page_of_changes(
    tx: &mut dyn ReadTx,
    articles: CollectionId,
    (after, first, watermark): (HistorySeq, HistorySeq, HistorySeq),
    limit: u64,
) -> Result<Page, Error> {
    let mut changes = tx.history_after(articles, after, limit)?;
    let bytes = changes.iter().map(|change| change.body.as_bytes().len()).sum();
    let mut is_last = (changes.len() as u64) < limit;
    if let Some(end) = changes.iter().position(|change| change.seq > watermark) {
        (is_last, _) = (true, changes.truncate(end));
    }
    let place = Place::Change(changes.last().map_or(after, |change| change.seq), first);
    let mut entries = Vec::new();
    for change in changes {
        if tx.last_change(articles, &change.id, watermark)? == Some(change.seq) {
            let body = (change.event != ChangeEvent::Deleted).then_some(change.body);
            entries.push(Entry { id: change.id, body });
        }
    }
    Ok(Page {
        entries,
        place,
        is_last,
        bytes,
    })
}

/// The share of an export that is done.
#[expect(
    clippy::cast_precision_loss,
    reason = "a share needs no more than a float's precision"
)]
pub(super) fn share(at: &Checkpoint) -> f64 {
    let (done, all) = match at.place {
        _ if at.ended => return 1.0,
        Place::Article(_) => (at.records, at.total),
        Place::Change(seq, first) => (
            (seq.0 - first.0).unsigned_abs(),
            (at.watermark.0 - first.0).unsigned_abs(),
        ),
    };
    if all == 0 {
        0.0
    } else {
        (done as f64 / all as f64).min(1.0)
    }
}
