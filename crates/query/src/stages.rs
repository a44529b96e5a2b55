//! The stages of pipelines, one per file: what each is called, how it is parsed, how it runs.

mod bucket;
mod bucket_auto;
mod count;
mod facet;
mod group;
pub(crate) mod group_key;
mod limit;
mod lookup;
mod matching;
mod project;
mod redact;
mod replace_root;
mod sample;
mod shape;
mod skip;
mod sort;
mod sort_by_count;
mod union_with;
mod unwind;

use std::fmt::Debug;
use std::sync::Arc;

use jsonb::{Kind, Value};

use crate::expr::Parser;
use crate::pipeline::{Flow, Next};
use crate::{Filter, Refusal, Sort, Val, cut};

/// The variables a pipeline was started with; empty outside of `$lookup`.
pub(crate) type Vars = Arc<[Val<'static>]>;

/// A parsed stage.
pub(crate) trait Stage: Debug + Send + Sync {
    /// Its name.
    fn name(&self) -> &'static str;

    /// Starts it for one run.
    fn start<'p>(&'p self, vars: &Vars) -> Box<dyn State + 'p>;

    /// What it means for whoever feeds the pipeline when it comes first.
    fn lead(&self) -> Lead<'_> {
        Lead::Other
    }

    /// Adds the names of the collections it reads.
    fn collections<'s>(&'s self, _names: &mut Vec<&'s str>) {}

    /// How many of its documents the following stages take at most, for a stage that can make use of that.
    fn take_at_most(&mut self, _count: usize) {}

    /// How many documents it passes on at most, counted from its first one in; for those that only count.
    fn passes(&self) -> Option<Passes> {
        None
    }
}

/// A stage that only counts documents.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Passes {
    /// Not so many.
    AllBut(usize),
    /// Only so many.
    Only(usize),
}

/// What a stage means for whoever feeds it.
pub(crate) enum Lead<'s> {
    Match(&'s Filter),
    Sort(&'s Sort),
    Limit(u64),
    Other,
}

/// A running stage.
pub(crate) trait State {
    /// Takes one document.
    fn push(&mut self, document: Value<'_>, next: &mut Next<'_, '_>) -> Result<Flow, Refusal>;

    /// Passes on what it held back.
    fn finish(&mut self, _next: &mut Next<'_, '_>) -> Result<(), Refusal> {
        Ok(())
    }
}

type Parsed = Result<Box<dyn Stage>, Refusal>;

/// A stage's parser.
type Parse = fn(Value<'_>, &mut Parser<'_>) -> Parsed;

const STAGES: &[(&str, Parse)] = &[
    ("$addFields", |value, parser| {
        project::add_fields(value, parser, "$addFields")
    }),
    ("$bucket", bucket::parse),
    ("$bucketAuto", bucket_auto::parse),
    ("$count", count::parse),
    ("$facet", facet::parse),
    ("$group", group::parse),
    ("$limit", limit::parse),
    ("$lookup", lookup::parse),
    ("$match", matching::parse),
    ("$project", project::project),
    ("$redact", redact::parse),
    ("$replaceRoot", replace_root::replace_root),
    ("$replaceWith", replace_root::replace_with),
    ("$sample", sample::parse),
    ("$set", |value, parser| project::add_fields(value, parser, "$set")),
    ("$skip", skip::parse),
    ("$sort", sort::parse),
    ("$sortByCount", sort_by_count::parse),
    ("$unionWith", union_with::parse),
    ("$unset", project::unset),
    ("$unwind", unwind::parse),
];

/// Stages of MongoDB's that are not here, and why.
const REFUSED: &[(&str, &str)] = &[
    ("$out", "pipelines only read"),
    ("$merge", "pipelines only read"),
    ("$where", "javascript is not run in pipelines"),
    ("$function", "javascript is not run in pipelines"),
    ("$accumulator", "javascript is not run in pipelines"),
    ("$geoNear", "there are no geospatial queries"),
    ("$search", "there is no text search"),
    ("$searchMeta", "there is no text search"),
    ("$vectorSearch", "there is no text search"),
    ("$graphLookup", "use $lookup for a known number of levels"),
    ("$setWindowFields", "there are no window functions"),
    ("$densify", "there are no window functions"),
    ("$fill", "there are no window functions"),
    ("$documents", "pipelines read a collection"),
    ("$changeStream", "pipelines read what is there"),
    ("$collStats", "the server's own state is not shown"),
    ("$currentOp", "the server's own state is not shown"),
    ("$indexStats", "the server's own state is not shown"),
    ("$listLocalSessions", "the server's own state is not shown"),
    ("$listSessions", "the server's own state is not shown"),
    ("$planCacheStats", "the server's own state is not shown"),
];

/// Parses one stage.
pub(crate) fn parse(stage: Value<'_>, parser: &mut Parser<'_>) -> Parsed {
    let mut entries = stage.entries();
    let (Kind::Object, Some(entry), None) = (stage.kind(), entries.next(), entries.next()) else {
        return Err(Refusal::new(
            "a stage must be a document with exactly one field, its name",
        ));
    };
    let (name, value) = entry?;
    let parsed = match STAGES.iter().find(|(known, _)| *known == name) {
        Some((_, parse)) => parse(value, parser),
        None => match REFUSED.iter().find(|(known, _)| *known == name) {
            Some((_, why)) => Err(Refusal::new(format!("the stage is not supported: {why}"))),
            None => return Err(Refusal::new(format!("there is no stage `{}`", cut(&name)))),
        },
    };
    parsed.map_err(|refusal| refusal.under(name))
}

/// Tells each `$sort` how many documents the `$skip`s and `$limit`s right after it let through.
pub(crate) fn bound_sorts(stages: &mut [Box<dyn Stage>]) {
    for index in 0..stages.len() {
        let (before, after) = stages.split_at_mut(index + 1);
        let mut skipped = 0usize;
        for passes in after.iter().map_while(|stage| stage.passes()) {
            match passes {
                Passes::AllBut(count) => skipped = skipped.saturating_add(count),
                Passes::Only(count) => {
                    if let Some(stage) = before.last_mut() {
                        stage.take_at_most(skipped.saturating_add(count));
                    }
                    break;
                }
            }
        }
    }
}

/// A stage's value as it is seen by expressions.
fn val(value: Value<'_>) -> Result<Val<'_>, Refusal> {
    Val::of(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = include_str!("../../../docs/query.md");

    #[test]
    fn every_stage_is_on_the_page() {
        for (name, _) in STAGES {
            assert!(
                PAGE.contains(&format!("`{name}`")),
                "{name} is not in docs/query.md"
            );
            assert!(
                REFUSED.iter().all(|(refused, _)| refused != name),
                "{name} is refused and defined"
            );
        }
    }
}
