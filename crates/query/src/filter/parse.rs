//! Reading a filter document.
//!
//! Recursion follows the nesting of the query and is held to [`Limits::depth`]; the number of conditions and patterns is
//! counted over the whole query.

mod operators;

use std::sync::Arc;

use jsonb::{Kind, Value};

use super::computed::Computed;
use super::fields::{Fields, PathTest};
use super::{Node, list};
use crate::ops::{Leaf, Literal, Pattern, Test, called};
use crate::path::Path;
use crate::{Limits, Refusal, Val, cut, extended};

/// State of one parse.
pub(super) struct Parser<'l> {
    limits: &'l Limits,
    nodes: usize,
    patterns: usize,
    /// How many `$elemMatch` are around.
    elements: usize,
}

impl<'l> Parser<'l> {
    pub(super) fn new(limits: &'l Limits) -> Self {
        Self {
            limits,
            nodes: 0,
            patterns: 0,
            elements: 0,
        }
    }

    /// The whole query.
    pub(super) fn filter(&mut self, query: Value<'_>) -> Result<Node, Refusal> {
        self.document(query, 0)
    }

    /// A document of conditions, `depth` levels down.
    fn document(&mut self, query: Value<'_>, depth: usize) -> Result<Node, Refusal> {
        Limits::check(depth, self.limits.depth, "the query nests too deep", "depth")?;
        if query.kind() != Kind::Object {
            let found = called(query);
            return Err(Refusal::new(format!("a filter is an object, found {found}")));
        }
        let mut found = Conjunction::default();
        for entry in query.entries() {
            let (key, value) = entry?;
            self.count()?;
            let read = match key.strip_prefix('$') {
                Some(_) => self.logical(&key, value, depth, &mut found),
                None => self.field(&key, value, depth, &mut found),
            };
            read.map_err(|refusal| refusal.under(&key))?;
        }
        Ok(found.into_node())
    }

    fn logical(
        &mut self,
        key: &str,
        value: Value<'_>,
        depth: usize,
        found: &mut Conjunction,
    ) -> Result<(), Refusal> {
        match key {
            "$and" => self
                .documents(value, depth)?
                .into_iter()
                .for_each(|node| found.add(node)),
            "$or" => found
                .nodes
                .push(Arc::new(Node::Or(shared(self.documents(value, depth)?)))),
            "$nor" => found
                .nodes
                .push(Arc::new(Node::Nor(shared(self.documents(value, depth)?)))),
            "$expr" if self.elements > 0 => {
                return Err(Refusal::new("an expression cannot stand in `$elemMatch`"));
            }
            "$expr" => {
                let computed = Box::new(Computed::parse(value, self.limits)?);
                found.nodes.push(Arc::new(Node::Computed(computed)));
            }
            "$comment" => {}
            _ => return Err(list::top_level(key)),
        }
        Ok(())
    }

    fn documents(&mut self, value: Value<'_>, depth: usize) -> Result<Vec<Node>, Refusal> {
        let read = |(at, element): (usize, Result<Value<'_>, jsonb::Damaged>)| {
            let element = element?;
            self.count()?;
            self.document(element, depth + 1)
                .map_err(|refusal| refusal.under(at))
        };
        if value.kind() != Kind::Array || value.is_empty()? {
            let found = called(value);
            return Err(Refusal::new(format!(
                "needs an array of at least one filter, found {found}"
            )));
        }
        value.elements().enumerate().map(read).collect()
    }

    fn field(
        &mut self,
        key: &str,
        value: Value<'_>,
        depth: usize,
        found: &mut Conjunction,
    ) -> Result<(), Refusal> {
        let path = Path::parse(key, self.limits)?;
        for test in self.condition(value, depth)? {
            found.tests.push(PathTest {
                path: path.clone(),
                test: Arc::new(test),
            });
        }
        Ok(())
    }

    /// What stands behind a path: operators, a pattern or a literal.
    fn condition(&mut self, value: Value<'_>, depth: usize) -> Result<Vec<Test>, Refusal> {
        if is_operators(value)? {
            return self.operators(value, depth);
        }
        let leaf = match Val::of(value)? {
            Val::Regex(text, options) => Leaf::Regex(Box::new(self.pattern(&text, &options)?)),
            _ => Leaf::Equal(Literal::parse(value)?),
        };
        Ok(vec![Test::Leaf(leaf)])
    }

    fn pattern(&mut self, text: &str, options: &str) -> Result<Pattern, Refusal> {
        self.patterns += 1;
        Limits::check(
            self.patterns,
            self.limits.patterns,
            "too many regular expressions",
            "patterns",
        )?;
        Pattern::compile(text, options, self.limits).map_err(|refusal| match refusal.at.as_str() {
            "" => refusal.under("$regex"),
            _ => refusal,
        })
    }

    fn count(&mut self) -> Result<(), Refusal> {
        self.nodes += 1;
        Limits::check(
            self.nodes,
            self.limits.nodes,
            "the query has too many conditions",
            "nodes",
        )
    }
}

/// Conditions that all must hold, as they are found.
#[derive(Default)]
struct Conjunction {
    tests: Vec<PathTest>,
    nodes: Vec<Arc<Node>>,
}

impl Conjunction {
    /// Takes up a nested conjunction, so that its conditions share the walk.
    fn add(&mut self, node: Node) {
        match node {
            Node::Fields(fields) => self.tests.extend_from_slice(fields.tests()),
            Node::And(nodes) => {
                for node in nodes {
                    match &*node {
                        Node::Fields(fields) => self.tests.extend_from_slice(fields.tests()),
                        _ => self.nodes.push(node),
                    }
                }
            }
            other => self.nodes.push(Arc::new(other)),
        }
    }

    fn into_node(self) -> Node {
        let Self { tests, mut nodes } = self;
        if tests.is_empty() {
            return Node::And(nodes);
        }
        let fields = Node::Fields(Fields::new(tests));
        if nodes.is_empty() {
            return fields;
        }
        // The cheap ones first.
        nodes.insert(0, Arc::new(fields));
        Node::And(nodes)
    }
}

fn shared(nodes: Vec<Node>) -> Vec<Arc<Node>> {
    nodes.into_iter().map(Arc::new).collect()
}

/// Whether an object is one of operators: its first key begins with `$`, and it is neither an extended JSON scalar nor a
/// reference to a document.
fn is_operators(value: Value<'_>) -> Result<bool, Refusal> {
    if value.kind() != Kind::Object {
        return Ok(false);
    }
    let Some(first) = value.entries().next() else {
        return Ok(false);
    };
    let (key, _) = first?;
    if !key.starts_with('$') || matches!(&*key, "$ref" | "$id" | "$db") {
        return Ok(false);
    }
    if extended::NAMES.contains(&&*key) && extended::scalar(value)?.is_none() {
        return Err(extended::mistaken(&key, value));
    }
    Ok(extended::scalar(value)?.is_none())
}

/// A short form of a value for a message.
fn shown(value: Value<'_>) -> String {
    cut(&value.to_text().unwrap_or_default())
}
