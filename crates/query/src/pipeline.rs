//! [`Pipeline`]: MongoDB's aggregation, parsed once and run over documents that are pushed in one by one.
//!
//! Stages pass stored bytes on to each other; a stage that changes a document writes new bytes, the others hand
//! theirs through. Only blocking stages (`$group`, `$sort`, …) hold anything, and what they hold is counted. A stage
//! that needs no more documents says so ([`Flow::Enough`]), which ends the scan that feeds the pipeline.

mod chain;
mod cx;
mod run;

use jsonb::{Kind, Value};

use crate::expr::Parser;
use crate::stages::{self, Lead, Stage};
use crate::{Filter, Limits, Refusal, Sort};

pub(crate) use chain::{Chain, Next};
pub use cx::Around;
pub(crate) use cx::Cx;
pub use run::Run;

/// Whether a consumer takes more documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    /// It does.
    More,
    /// It does not; what is pushed from now on has no effect.
    Enough,
}

/// Where `$lookup` and `$unionWith` find documents of other collections.
pub trait Source {
    /// Calls `each` with every document of a collection that the caller may see, until it says
    /// [`Flow::Enough`] or refuses.
    ///
    /// # Errors
    /// A [`Refusal`] when there is no such collection, when reading fails, or the one `each` gave.
    fn scan(
        &self,
        collection: &str,
        each: &mut dyn FnMut(Value<'_>) -> Result<Flow, Refusal>,
    ) -> Result<(), Refusal>;
}

/// A source that has no collections.
#[derive(Debug, Clone, Copy)]
pub struct NoSource;

impl Source for NoSource {
    fn scan(
        &self,
        collection: &str,
        _: &mut dyn FnMut(Value<'_>) -> Result<Flow, Refusal>,
    ) -> Result<(), Refusal> {
        Err(Refusal::new(format!(
            "there is no collection `{}`",
            crate::cut(collection)
        )))
    }
}

/// A parsed pipeline.
#[derive(Debug)]
pub struct Pipeline {
    stages: Vec<Box<dyn Stage>>,
}

/// What a pipeline begins with; whoever feeds it may use that to feed less. The pipeline itself does not rely on it.
#[derive(Debug, Default)]
pub struct Leading {
    /// Documents that do not match have no effect on the result.
    pub filter: Option<Filter>,
    /// The order the rest of the pipeline sees those that match in.
    pub sort: Option<Sort>,
    /// Documents that match, in that order, have no effect on the result beyond so many.
    pub limit: Option<u64>,
}

impl Pipeline {
    /// Parses an array of stages.
    ///
    /// # Errors
    /// A [`Refusal`] that says what cannot be read, is not supported or is too large, and where it stands.
    pub fn parse(value: &Value<'_>, limits: &Limits) -> Result<Self, Refusal> {
        Self::parse_in(value, &mut Parser::new(limits))
    }

    /// Parses a pipeline inside another one.
    pub(crate) fn parse_in(value: &Value<'_>, parser: &mut Parser<'_>) -> Result<Self, Refusal> {
        if value.kind() != Kind::Array {
            return Err(Refusal::new("a pipeline must be an array of stages"));
        }
        let mut found: Vec<Box<dyn Stage>> = Vec::new();
        parser.deeper(|parser| {
            for (index, stage) in value.elements().enumerate() {
                parser.stages += 1;
                Limits::check(
                    parser.stages,
                    parser.limits.stages,
                    "stages in the pipeline",
                    "stages",
                )?;
                found.push(stages::parse(stage?, parser).map_err(|refusal| refusal.under(index))?);
            }
            Ok(())
        })?;
        stages::bound_sorts(&mut found);
        Ok(Self { stages: found })
    }

    /// Starts a run.
    #[must_use]
    pub fn start<'p>(&'p self, around: Around<'p>) -> Run<'p> {
        Run::new(self, around)
    }

    /// Runs the pipeline over one collection of a source.
    ///
    /// # Errors
    /// A [`Refusal`] when a document, a stage or the source refuses.
    pub fn run_over(&self, collection: &str, around: Around<'_>) -> Result<Vec<jsonb::Jsonb>, Refusal> {
        let mut run = self.start(around);
        around
            .source
            .scan(collection, &mut |document| run.push(document))?;
        run.finish()
    }

    /// What the pipeline begins with.
    #[must_use]
    pub fn leading(&self) -> Leading {
        let mut leading = Leading::default();
        for stage in &self.stages {
            match stage.lead() {
                Lead::Match(filter) if leading.sort.is_none() => {
                    let before = leading.filter.take();
                    leading.filter = Some(match before {
                        Some(before) => before.and(filter.clone()),
                        None => filter.clone(),
                    });
                }
                Lead::Limit(limit) => {
                    leading.limit = Some(limit);
                    break;
                }
                Lead::Sort(sort) if leading.sort.is_none() => leading.sort = Some(sort.clone()),
                _ => break,
            }
        }
        leading
    }

    /// The names of the other collections that the pipeline reads, each once.
    #[must_use]
    pub fn collections(&self) -> Vec<&str> {
        let mut names = Vec::new();
        self.stages.iter().for_each(|stage| stage.collections(&mut names));
        names.sort_unstable();
        names.dedup();
        names
    }

    /// A pipeline of stages that are parsed already.
    pub(crate) fn of(stages: Vec<Box<dyn Stage>>) -> Self {
        Self { stages }
    }

    pub(crate) fn stages(&self) -> &[Box<dyn Stage>] {
        &self.stages
    }
}
