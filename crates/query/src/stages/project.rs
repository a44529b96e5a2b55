//! `$project`, `$addFields` (`$set`), `$unset`.

use jsonb::{Jsonb, Value};

use super::shape::{Part, Shape};
use super::{Parsed, Stage, State, Vars, val};
use crate::expr::{Parser, Path, Scope, args};
use crate::pipeline::{Flow, Next};
use crate::{Doc, Refusal, Text, Val};

#[derive(Debug)]
struct Project {
    name: &'static str,
    shape: Shape,
}

/// `$addFields`, under either of its names.
pub(super) fn add_fields(value: Value<'_>, parser: &mut Parser<'_>, name: &'static str) -> Parsed {
    let value = val(value)?;
    let fields = args::document(&value, "the fields to add")?;
    let mut shape = Shape::new(true);
    for field in fields.iter() {
        let (path, value) = field?;
        let part = added(&mut shape, Path::parse(&path)?.names(), &value, parser);
        part.map_err(|refusal| refusal.under(&*path))?;
    }
    not_empty(&fields)?;
    Ok(Box::new(Project { name, shape }))
}

/// A document that is not an operator adds its fields one by one.
fn added(
    shape: &mut Shape,
    names: &[Text<'static>],
    value: &Val<'_>,
    parser: &mut Parser<'_>,
) -> Result<(), Refusal> {
    match nested(value)? {
        None => shape.add(names, Part::Compute(parser.expr(value)?)),
        Some(fields) => parser.deeper(|parser| {
            for field in fields.iter() {
                let (path, value) = field?;
                let names: Vec<_> = names.iter().chain(Path::parse(&path)?.names()).cloned().collect();
                added(shape, &names, &value, parser).map_err(|refusal| refusal.under(&*path))?;
            }
            Ok(())
        }),
    }
}

/// A document of fields, unless it is an operator or empty.
fn nested<'a>(value: &Val<'a>) -> Result<Option<Doc<'a>>, Refusal> {
    let Val::Document(document) = value else {
        return Ok(None);
    };
    match document.iter().next() {
        None => Ok(None),
        Some(first) => Ok(if first?.0.starts_with('$') {
            None
        } else {
            Some(document.clone())
        }),
    }
}

fn not_empty(fields: &Doc<'_>) -> Result<(), Refusal> {
    match fields.iter().next() {
        None => Err(Refusal::new("needs at least one field")),
        Some(_) => Ok(()),
    }
}

/// `$unset`: a path or several.
pub(super) fn unset(value: Value<'_>, _: &mut Parser<'_>) -> Parsed {
    let value = val(value)?;
    let paths = match &value {
        Val::Array(paths) => paths.iter().collect::<Result<Vec<_>, Refusal>>()?,
        single => vec![single.clone()],
    };
    if paths.is_empty() {
        return Err(Refusal::new("needs at least one path"));
    }
    let mut shape = Shape::new(true);
    for path in &paths {
        let path = Path::parse(args::string(path, "a path")?)?;
        shape.add(path.names(), Part::Drop)?;
    }
    Ok(Box::new(Project {
        name: "$unset",
        shape,
    }))
}

/// `$project`.
pub(super) fn project(value: Value<'_>, parser: &mut Parser<'_>) -> Parsed {
    let value = val(value)?;
    let fields = args::document(&value, "the projection")?;
    not_empty(&fields)?;
    let mut parts = Vec::new();
    projected(&mut parts, &[], &fields, parser)?;
    let excludes = excluding(&parts)?;
    let mut shape = Shape::new(excludes);
    // The id stays unless it is told to go.
    let names_id = parts
        .iter()
        .any(|(names, _)| names.first().is_some_and(|name| &**name == "_id"));
    if !excludes && !names_id {
        shape.add(&["_id".into()], Part::Keep)?;
    }
    for (names, part) in parts {
        let path: Vec<&str> = names.iter().map(|name| &**name).collect();
        let path = path.join(".");
        shape.add(&names, part).map_err(|refusal| refusal.under(path))?;
    }
    Ok(Box::new(Project {
        name: "$project",
        shape,
    }))
}

type Parts = Vec<(Vec<Text<'static>>, Part)>;

fn projected(
    parts: &mut Parts,
    names: &[Text<'static>],
    fields: &Doc<'_>,
    parser: &mut Parser<'_>,
) -> Result<(), Refusal> {
    parser.deeper(|parser| {
        for field in fields.iter() {
            let (path, value) = field?;
            let place: Vec<_> = names.iter().chain(Path::parse(&path)?.names()).cloned().collect();
            let found = match (&value, nested(&value)?) {
                (_, Some(fields)) => projected(parts, &place, &fields, parser),
                (Val::Document(document), None) if document.iter().next().is_none() => {
                    Err(Refusal::new("must not be an empty document"))
                }
                (Val::Bool(_) | Val::Int(_) | Val::Double(_) | Val::Decimal(_), None) => {
                    let part = if value.is_true() { Part::Keep } else { Part::Drop };
                    parts.push((place, part));
                    Ok(())
                }
                _ => parser
                    .expr(&value)
                    .map(|expr| parts.push((place, Part::Compute(expr)))),
            };
            found.map_err(|refusal| refusal.under(&*path))?;
        }
        Ok(())
    })
}

/// Whether the projection says what goes rather than what stays. Only the id can be told otherwise.
fn excluding(parts: &Parts) -> Result<bool, Refusal> {
    let is_id = |names: &[Text<'static>]| matches!(names, [name] if &**name == "_id");
    let others = || parts.iter().filter(|(names, _)| !is_id(names));
    let goes = others().find(|(_, part)| matches!(part, Part::Drop));
    let stays = others().find(|(_, part)| !matches!(part, Part::Drop));
    let named = |names: &[Text<'static>]| names.iter().map(|name| &**name).collect::<Vec<_>>().join(".");
    match (goes, stays) {
        (Some((goes, _)), Some((stays, _))) => Err(Refusal::new(format!(
            "cannot both leave out `{}` and take in `{}`",
            named(goes),
            named(stays)
        ))),
        (Some(_), None) => Ok(true),
        (None, Some(_)) => Ok(false),
        (None, None) => Ok(parts.iter().all(|(_, part)| matches!(part, Part::Drop))),
    }
}

impl Stage for Project {
    fn name(&self) -> &'static str {
        self.name
    }

    fn start<'p>(&'p self, vars: &Vars) -> Box<dyn State + 'p> {
        Box::new(Projecting {
            shape: &self.shape,
            vars: Vars::clone(vars),
        })
    }
}

struct Projecting<'p> {
    shape: &'p Shape,
    vars: Vars,
}

impl State for Projecting<'_> {
    fn push(&mut self, document: Value<'_>, next: &mut Next<'_, '_>) -> Result<Flow, Refusal> {
        let mut scope = Scope::new(val(document)?, &self.vars, next.cx);
        let made: Jsonb = self.shape.apply(document, &mut scope)?;
        next.push(made.root())
    }
}
