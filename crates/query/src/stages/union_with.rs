//! `$unionWith`: the documents of another collection after one's own.

use std::sync::Arc;

use jsonb::Value;

use super::{Parsed, Stage, State, Vars, val};
use crate::Refusal;
use crate::expr::{Parser, args};
use crate::pipeline::{Chain, Flow, Next, Pipeline};

#[derive(Debug)]
struct UnionWith {
    collection: String,
    pipeline: Pipeline,
}

pub(super) fn parse(value: Value<'_>, parser: &mut Parser<'_>) -> Parsed {
    let text = val(value)?;
    if let Some(name) = text.as_str() {
        let pipeline = Pipeline::of(Vec::new());
        return Ok(Box::new(UnionWith {
            collection: name.to_owned(),
            pipeline,
        }));
    }
    args::document(&text, "the union")?;
    let (mut collection, mut pipeline) = (None, Pipeline::of(Vec::new()));
    for entry in value.entries() {
        let (name, value) = entry?;
        match &*name {
            "coll" => collection = Some(args::string(&val(value)?, "coll")?.to_owned()),
            "pipeline" => {
                pipeline = Pipeline::parse_in(&value, parser).map_err(|refusal| refusal.under("pipeline"))?;
            }
            other => return Err(Refusal::new(format!("has no argument `{}`", crate::cut(other)))),
        }
    }
    match collection {
        Some(collection) => Ok(Box::new(UnionWith { collection, pipeline })),
        None => Err(Refusal::new("needs the argument `coll`")),
    }
}

impl Stage for UnionWith {
    fn name(&self) -> &'static str {
        "$unionWith"
    }

    fn start<'p>(&'p self, vars: &Vars) -> Box<dyn State + 'p> {
        Box::new(Joining {
            spec: self,
            vars: Arc::clone(vars),
            enough: false,
        })
    }

    fn collections<'s>(&'s self, names: &mut Vec<&'s str>) {
        names.push(&self.collection);
        self.pipeline
            .stages()
            .iter()
            .for_each(|stage| stage.collections(names));
    }
}

struct Joining<'p> {
    spec: &'p UnionWith,
    vars: Vars,
    /// Whether the stages after this one take no more.
    enough: bool,
}

impl State for Joining<'_> {
    fn push(&mut self, document: Value<'_>, next: &mut Next<'_, '_>) -> Result<Flow, Refusal> {
        let flow = next.push(document)?;
        self.enough = flow == Flow::Enough;
        Ok(flow)
    }

    fn finish(&mut self, next: &mut Next<'_, '_>) -> Result<(), Refusal> {
        if self.enough {
            return Ok(());
        }
        let cx = next.cx;
        let mut chain = Chain::start(&self.spec.pipeline, &self.vars);
        cx.around.source.scan(&self.spec.collection, &mut |document| {
            cx.tick()?;
            chain.push(document, cx, &mut |document| next.push(document))
        })?;
        chain.finish(cx, &mut |document| next.push(document))
    }
}
