//! [`Projection`]: which fields of a document are given back.
//!
//! Fields keep the order and the spelling in which they are stored; a path through an array applies to each document in
//! it. The paths are a tree, and as deep as the tree is, so deep goes the recursion.

use std::collections::BTreeMap;

use jsonb::{Jsonb, Kind, Value};

use crate::path::{Path, Step};
use crate::{Limits, Refusal, Val, cut, extended};

/// Fields to keep, or fields to leave out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Projection {
    tree: Tree,
    mode: Mode,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Include,
    Exclude,
}

/// Named parts; a part without further parts is meant as a whole.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Tree(BTreeMap<Box<str>, Tree>);

/// The projection that keeps `paths` and nothing else; a path that lies inside another one is covered by it.
///
/// # Errors
/// A [`Refusal`] for a path that cannot be read, and for too many.
pub fn fields<S: AsRef<str>>(paths: &[S], limits: &Limits) -> Result<Projection, Refusal> {
    Limits::check(paths.len(), limits.nodes, "too many fields", "nodes")?;
    let mut tree = Tree::default();
    for text in paths {
        let path = Path::parse(text.as_ref(), limits).map_err(|refusal| refusal.under(text.as_ref()))?;
        tree.cover(&path.0);
    }
    Ok(Projection {
        tree,
        mode: Mode::Include,
    })
}

impl Projection {
    /// Reads `{"a.b": 1}` or `{"a.b": 0}`. `_id`, where there is one, is kept unless it is left out by name.
    ///
    /// # Errors
    /// A [`Refusal`] for a mixture, for paths that collide and for anything that is computed.
    pub fn parse(projection: &Value<'_>, limits: &Limits) -> Result<Self, Refusal> {
        if projection.kind() != Kind::Object {
            return Err(Refusal::new("a projection is an object of paths"));
        }
        let (mut mode, mut id, mut tree) = (None, None, Tree::default());
        for (count, entry) in projection.entries().enumerate() {
            let (path, value) = entry?;
            Limits::check(count + 1, limits.nodes, "too many fields", "nodes")?;
            let here = |refusal: Refusal| refusal.under(&path);
            let wanted = wanted(value).map_err(here)?;
            if path == "_id" {
                id = Some(wanted);
                continue;
            }
            if *mode.get_or_insert(wanted) != wanted {
                return Err(here(Refusal::new(
                    "fields are either kept or left out, not both at once",
                )));
            }
            tree.add(&Path::parse(&path, limits).map_err(here)?.0)
                .map_err(here)?;
        }
        let mode = mode.or(id).unwrap_or(Mode::Exclude);
        if id.unwrap_or(Mode::Include) == mode {
            tree.0.entry("_id".into()).or_default();
        }
        if mode == Mode::Exclude && id.is_none() {
            tree.0.remove("_id");
        }
        Ok(Self { tree, mode })
    }

    /// The projected document.
    ///
    /// # Errors
    /// A [`Refusal`] when its bytes are damaged.
    pub fn apply(&self, document: Value<'_>) -> Result<Jsonb, Refusal> {
        self.object(&self.tree, document)
    }

    fn object(&self, tree: &Tree, object: Value<'_>) -> Result<Jsonb, Refusal> {
        let mut out = jsonb::object();
        for entry in object.entries() {
            let (key, value) = entry?;
            out = match (tree.0.get(&*key), self.mode) {
                (Some(part), _) if !part.0.is_empty() => match self.part(part, value)? {
                    Some(new) => out.field_body(&key, &new),
                    None => out,
                },
                (Some(_), Mode::Include) | (None, Mode::Exclude) => out.field_raw(&key, value),
                _ => out,
            };
        }
        Ok(out.finish())
    }

    /// What is left of a value of which only parts were named.
    fn part(&self, tree: &Tree, value: Value<'_>) -> Result<Option<Jsonb>, Refusal> {
        Ok(match value.kind() {
            Kind::Object if extended::scalar(value)?.is_none() => Some(self.object(tree, value)?),
            Kind::Array => Some(self.array(tree, value, 0)?),
            _ => match self.mode {
                Mode::Include => None,
                Mode::Exclude => Some(Jsonb::from_stored(value.as_bytes().to_vec())),
            },
        })
    }

    /// Arrays directly inside of arrays are entered as well, which the document's own depth bounds.
    fn array(&self, tree: &Tree, array: Value<'_>, depth: usize) -> Result<Jsonb, Refusal> {
        let mut out = jsonb::array();
        for element in array.elements() {
            let element = element?;
            let new = match element.kind() {
                Kind::Array if depth < crate::MAX_NESTING => Some(self.array(tree, element, depth + 1)?),
                Kind::Array => None,
                _ => self.part(tree, element)?,
            };
            out = match new {
                Some(new) => out.item_body(&new),
                None => out,
            };
        }
        Ok(out.finish())
    }
}

fn wanted(value: Value<'_>) -> Result<Mode, Refusal> {
    let val = Val::of(value)?;
    match val {
        Val::Bool(_) | Val::Int(_) | Val::Double(_) if val.is_true() => Ok(Mode::Include),
        Val::Bool(_) | Val::Int(_) | Val::Double(_) => Ok(Mode::Exclude),
        _ => {
            let found = cut(&value.to_text()?);
            Err(Refusal::new(format!(
                "a field is kept with 1 or left out with 0, found {found}"
            )))
        }
    }
}

impl Tree {
    /// Adds a path; one that lies inside another, or around it, collides.
    fn add(&mut self, path: &[Step]) -> Result<(), Refusal> {
        let collision = || Refusal::new("the path collides with another path of the projection");
        let mut here = self;
        for (at, step) in path.iter().enumerate() {
            let last = at + 1 == path.len();
            let known = here.0.contains_key(&step.name);
            here = here.0.entry(step.name.clone()).or_default();
            if known && (last || here.0.is_empty()) {
                return Err(collision());
            }
        }
        Ok(())
    }

    /// Adds a path; the wider of two that meet stays.
    fn cover(&mut self, path: &[Step]) {
        let mut here = self;
        for step in path {
            let known = here.0.contains_key(&step.name);
            here = here.0.entry(step.name.clone()).or_default();
            if known && here.0.is_empty() {
                return;
            }
        }
        here.0.clear();
    }
}
