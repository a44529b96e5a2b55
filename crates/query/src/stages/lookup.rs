//! `$lookup`: documents of another collection that belong to each document, as an array.
//!
//! With `localField` and `foreignField` the other collection is read once, into an index that counts as memory. With a
//! pipeline alone it is read for each document, unless the pipeline has no variables: then its result is the same
//! for all, and is kept. What the source shows is all there is: it is where permissions are applied.

mod index;

use std::sync::Arc;

use jsonb::{Jsonb, Value};

use super::facet::Collected;
use super::shape::{Put, with_path};
use super::{Parsed, Stage, State, Vars, val};
use crate::expr::{Expr, Parser, Path, Scope, args, variables};
use crate::pipeline::{Chain, Cx, Flow, Next, Pipeline};
use crate::{Refusal, cut};

use index::Index;

#[derive(Debug)]
struct Lookup {
    from: String,
    /// The fields that must be equal: the document's own and the other's.
    fields: Option<(Path, Path)>,
    vars: Vec<Expr>,
    pipeline: Pipeline,
    to: Path,
}

pub(super) fn parse(value: Value<'_>, parser: &mut Parser<'_>) -> Parsed {
    args::document(&val(value)?, "the lookup")?;
    let (mut from, mut to, mut local, mut foreign) = (None, None, None, None);
    let (mut vars, mut stages) = (None, None);
    for entry in value.entries() {
        let (name, value) = entry?;
        match &*name {
            "from" => from = Some(text(value, "from")?),
            "as" => to = Some(Path::parse(&text(value, "as")?).map_err(|refusal| refusal.under("as"))?),
            "localField" => local = Some(field(value, "localField")?),
            "foreignField" => foreign = Some(field(value, "foreignField")?),
            "let" => vars = Some(val(value)?),
            "pipeline" => stages = Some(value),
            other => return Err(Refusal::new(format!("has no argument `{}`", cut(other)))),
        }
    }
    let fields = match (local, foreign) {
        (Some(local), Some(foreign)) => Some((local, foreign)),
        (None, None) if stages.is_some() => None,
        _ => {
            return Err(Refusal::new(
                "needs `localField` and `foreignField`, or a `pipeline`",
            ));
        }
    };
    let (Some(from), Some(to)) = (from, to) else {
        return Err(Refusal::new("needs `from` and `as`"));
    };
    let vars = match vars {
        Some(vars) => variables(parser, &vars).map_err(|refusal| refusal.under("let"))?,
        None => Vec::new(),
    };
    let names: Vec<&str> = vars.iter().map(|(name, _)| &**name).collect();
    let pipeline = match stages {
        Some(stages) => parser.with_names(&names, |parser| Pipeline::parse_in(&stages, parser)),
        None => Ok(Pipeline::of(Vec::new())),
    };
    let pipeline = pipeline.map_err(|refusal| refusal.under("pipeline"))?;
    let vars = vars.into_iter().map(|(_, value)| value).collect();
    Ok(Box::new(Lookup {
        from,
        fields,
        vars,
        pipeline,
        to,
    }))
}

fn text(value: Value<'_>, name: &str) -> Result<String, Refusal> {
    Ok(args::string(&val(value)?, name)?.to_owned())
}

fn field(value: Value<'_>, name: &str) -> Result<Path, Refusal> {
    Path::parse(&text(value, name)?).map_err(|refusal| refusal.under(name))
}

impl Stage for Lookup {
    fn name(&self) -> &'static str {
        "$lookup"
    }

    fn start<'p>(&'p self, vars: &Vars) -> Box<dyn State + 'p> {
        Box::new(Looking {
            spec: self,
            vars: Arc::clone(vars),
            index: None,
            same: None,
        })
    }

    fn collections<'s>(&'s self, names: &mut Vec<&'s str>) {
        names.push(&self.from);
        self.pipeline
            .stages()
            .iter()
            .for_each(|stage| stage.collections(names));
    }
}

struct Looking<'p> {
    spec: &'p Lookup,
    vars: Vars,
    index: Option<Index>,
    /// The result that is the same for all documents.
    same: Option<Jsonb>,
}

impl State for Looking<'_> {
    fn push(&mut self, document: Value<'_>, next: &mut Next<'_, '_>) -> Result<Flow, Refusal> {
        let found = self.found(document, next.cx)?;
        let made = with_path(document, self.spec.to.names(), Put::Set(found.root()))?;
        next.cx.fits(made.as_bytes().len())?;
        next.push(made.root())
    }
}

impl Looking<'_> {
    fn found(&mut self, document: Value<'_>, cx: &Cx<'_>) -> Result<Jsonb, Refusal> {
        if let Some(same) = &self.same {
            return Ok(same.clone());
        }
        let vars = self.variables(document, cx)?;
        let mut result = Collected::default();
        let mut chain = Chain::start(&self.spec.pipeline, &vars);
        let mut push = |document: Value<'_>| {
            cx.tick()?;
            chain.push(document, cx, &mut |document| result.take(document, cx))
        };
        let pushed = match &self.spec.fields {
            None => cx.around.source.scan(&self.spec.from, &mut push),
            Some((local, foreign)) => {
                if self.index.is_none() {
                    self.index = Some(Index::read(&self.spec.from, foreign, cx)?);
                }
                match &self.index {
                    Some(index) => index.each(document, local, &mut push),
                    None => Ok(()),
                }
            }
        };
        let finished = pushed.and_then(|()| chain.finish(cx, &mut |document| result.take(document, cx)));
        finished.map_err(|refusal| inside(refusal, cx))?;
        let found = result.finish(cx);
        // Variables of an outer lookup are constant for as long as this state lives.
        if self.spec.fields.is_none() && self.spec.vars.is_empty() {
            cx.hold(found.as_bytes().len())?;
            self.same = Some(found.clone());
        }
        Ok(found)
    }

    /// The variables the inner pipeline sees.
    fn variables(&self, document: Value<'_>, cx: &Cx<'_>) -> Result<Vars, Refusal> {
        if self.spec.vars.is_empty() {
            return Ok(Arc::clone(&self.vars));
        }
        let mut scope = Scope::new(val(document)?, &self.vars, cx);
        let mut all = self.vars.to_vec();
        for var in &self.spec.vars {
            all.push(var.eval(&mut scope)?.into_owned()?);
        }
        Ok(all.into())
    }
}

/// Says that a refusal comes from the inner pipeline, and lets the stage itself be named again.
fn inside(refusal: Refusal, cx: &Cx<'_>) -> Refusal {
    match cx.blamed.replace(false) {
        true => refusal.under("pipeline"),
        false => refusal,
    }
}
