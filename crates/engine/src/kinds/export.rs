//! The job of one export: to a file, or to a Navision.
//!
//! Its first chunk notes the watermark, the newest place in the history of articles. A whole export then pages through
//! the articles by number; an export since a place pages through the changes up to the watermark and takes each article
//! once, at its last change among them ([`source`]). A whole export may show an article as it was changed after the
//! watermark; the next export since this one repeats it, so the chain of both is right all the same.
//!
//! A file grows in the blob store's partial file, brought to disk before the checkpoint that names its length
//! ([`file`]). A push commits an item per article ([`push`]).

mod file;
mod push;
mod sheet;
mod source;

use ::jobs::{Interrupt, Kind, Outcome, Report, Run};
use blobs::BlobId;
use model::{Error, HistorySeq};
use serde::{Deserialize, Serialize};

use super::{Tools, to_json};
use crate::exports::{Encoding, Format, Mapping, Since};
use source::Place;

/// The kind's name.
pub(crate) const KIND: &str = "article-export";

/// What an export is to do. The mapping is kept as it was at the start, so that a change of the configuration does not
/// change the columns half-way.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Params {
    /// For listings of jobs of all kinds.
    pub(crate) entity: Entity,
    pub(crate) format: Format,
    pub(crate) encoding: Encoding,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) since: Option<Since>,
    pub(crate) mapping: Mapping,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) push: Option<String>,
}

/// What is exported.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(crate) enum Entity {
    #[default]
    Article,
}

/// Where a run goes on, and the account up to there.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Checkpoint {
    pub(crate) watermark: HistorySeq,
    /// Articles there were at the start.
    total: u64,
    /// What was read last.
    place: Place,
    /// How long the file was then.
    length: u64,
    pub(crate) records: u64,
    pub(crate) deleted: u64,
    /// Articles that a push could not bring over.
    failed: u64,
    /// Characters that the encoding does not have.
    replaced: u64,
    /// Characters that XML does not allow.
    removed: u64,
    /// The whole file, once it is stored.
    #[serde(skip_serializing_if = "Option::is_none")]
    stored: Option<File>,
    /// Whether everything is read.
    ended: bool,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct File {
    blob: BlobId,
    size: u64,
}

/// What came out.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Results {
    pub(crate) records: u64,
    pub(crate) deleted: u64,
    pub(crate) watermark: HistorySeq,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) failed: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) blob: Option<BlobId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) size: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) replaced: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) removed: Option<u64>,
}

/// See the module.
pub(crate) struct ArticleExport {
    tools: Tools,
}

impl ArticleExport {
    pub(crate) fn new(tools: &Tools) -> Self {
        Self { tools: tools.clone() }
    }

    /// The checkpoint of the run before, or the first one.
    fn begin(&self, run: &mut Run, params: &Params) -> Result<Checkpoint, Interrupt> {
        if let Some(checkpoint) = run.checkpoint()? {
            return Ok(checkpoint);
        }
        let articles = self.tools.articles;
        let read = run.store().read_blocking(move |tx| {
            Ok::<_, Error>((tx.history_head(articles)?, tx.count_records(articles)?))
        });
        let (watermark, total) = read?;
        let first = Checkpoint {
            watermark,
            total,
            place: Place::first(params.since.as_ref()),
            length: 0,
            records: 0,
            deleted: 0,
            failed: 0,
            replaced: 0,
            removed: 0,
            stored: None,
            ended: false,
        };
        let text = to_json(&first)?;
        run.commit(move |_| {
            Ok(Report {
                checkpoint: Some(text.clone()),
                ..Report::default()
            })
        })?;
        Ok(first)
    }
}

impl Kind for ArticleExport {
    fn name(&self) -> &'static str {
        KIND
    }

    fn run(&self, run: &mut Run) -> Result<Outcome, Interrupt> {
        let params: Params = run.params()?;
        let checkpoint = self.begin(run, &params)?;
        let results = match &params.push {
            None => file::write(run, &self.tools, &params, checkpoint)?,
            Some(target) => push::push(run, &self.tools, (&params, target), checkpoint)?,
        };
        Ok(Outcome::Finished(Some(to_json(&results)?)))
    }
}

impl Checkpoint {
    fn count(&mut self, is_deletion: bool) {
        if is_deletion {
            self.deleted += 1;
        } else {
            self.records += 1;
        }
    }
}
