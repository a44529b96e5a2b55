//! `$facet`: several pipelines over the same documents, each result an array in one document.

use jsonb::{ArrayBuilder, Value};

use super::{Parsed, Stage, State, Vars, val};
use crate::expr::{Parser, args};
use crate::pipeline::{Chain, Cx, Flow, Next, Pipeline};
use crate::{Refusal, cut};

#[derive(Debug)]
struct Facet(Vec<(String, Pipeline)>);

/// Stages that cannot stand inside.
const OUTSIDE: &[&str] = &[
    "$facet",
    "$collStats",
    "$geoNear",
    "$indexStats",
    "$out",
    "$merge",
    "$planCacheStats",
];

pub(super) fn parse(value: Value<'_>, parser: &mut Parser<'_>) -> Parsed {
    args::document(&val(value)?, "the facets")?;
    let mut facets = Vec::new();
    for entry in value.entries() {
        let (name, stages) = entry?;
        if name.is_empty() || name.starts_with('$') || name.contains('.') {
            return Err(Refusal::new(format!(
                "`{}` is not a name for a facet",
                cut(&name)
            )));
        }
        let pipeline = inner(stages, parser).map_err(|refusal| refusal.under(&name))?;
        facets.push((name.into_owned(), pipeline));
    }
    match facets.is_empty() {
        true => Err(Refusal::new("needs at least one facet")),
        false => Ok(Box::new(Facet(facets))),
    }
}

fn inner(stages: Value<'_>, parser: &mut Parser<'_>) -> Result<Pipeline, Refusal> {
    for (index, stage) in stages.elements().enumerate() {
        for entry in stage?.entries() {
            let (name, _) = entry?;
            if OUTSIDE.contains(&&*name) {
                let refusal = Refusal::new("the stage cannot stand inside $facet");
                return Err(refusal.under(name).under(index));
            }
        }
    }
    Pipeline::parse_in(&stages, parser)
}

impl Stage for Facet {
    fn name(&self) -> &'static str {
        "$facet"
    }

    fn start<'p>(&'p self, vars: &Vars) -> Box<dyn State + 'p> {
        let facets = self.0.iter().map(|(name, pipeline)| Running {
            name,
            chain: Chain::start(pipeline, vars),
            result: Collected::default(),
            done: false,
        });
        Box::new(Faceting(facets.collect()))
    }

    fn collections<'s>(&'s self, names: &mut Vec<&'s str>) {
        for (_, pipeline) in &self.0 {
            pipeline
                .stages()
                .iter()
                .for_each(|stage| stage.collections(names));
        }
    }
}

/// Documents in one array, counted as memory.
#[derive(Default)]
pub(super) struct Collected {
    items: ArrayBuilder,
    bytes: usize,
}

impl Collected {
    pub(super) fn take(&mut self, document: Value<'_>, cx: &Cx<'_>) -> Result<Flow, Refusal> {
        let size = document.as_bytes().len();
        cx.hold(size)?;
        self.bytes += size;
        cx.fits(self.bytes)?;
        self.items = std::mem::take(&mut self.items).item_raw(document);
        Ok(Flow::More)
    }

    /// The array; its memory is given back.
    pub(super) fn finish(&mut self, cx: &Cx<'_>) -> jsonb::Jsonb {
        cx.release(std::mem::take(&mut self.bytes));
        std::mem::take(&mut self.items).finish()
    }
}

struct Running<'p> {
    name: &'p str,
    chain: Chain<'p>,
    result: Collected,
    done: bool,
}

struct Faceting<'p>(Vec<Running<'p>>);

/// Names the facet a refusal comes from, and lets the stage itself be named again.
fn inside(refusal: Refusal, name: &str, cx: &Cx<'_>) -> Refusal {
    cx.blamed.set(false);
    refusal.under(name)
}

impl State for Faceting<'_> {
    fn push(&mut self, document: Value<'_>, next: &mut Next<'_, '_>) -> Result<Flow, Refusal> {
        let cx = next.cx;
        for facet in self.0.iter_mut().filter(|facet| !facet.done) {
            cx.tick()?;
            let Running { chain, result, .. } = facet;
            let flow = chain.push(document, cx, &mut |document| result.take(document, cx));
            facet.done = flow.map_err(|refusal| inside(refusal, facet.name, cx))? == Flow::Enough;
        }
        Ok(if self.0.iter().all(|facet| facet.done) {
            Flow::Enough
        } else {
            Flow::More
        })
    }

    fn finish(&mut self, next: &mut Next<'_, '_>) -> Result<(), Refusal> {
        let cx = next.cx;
        let mut out = jsonb::object();
        for Running {
            name, chain, result, ..
        } in &mut self.0
        {
            let finished = chain.finish(cx, &mut |document| result.take(document, cx));
            finished.map_err(|refusal| inside(refusal, name, cx))?;
            out = out.field_body(name, &result.finish(cx));
        }
        let made = out.finish();
        cx.fits(made.as_bytes().len())?;
        next.push(made.root()).map(|_| ())
    }
}
