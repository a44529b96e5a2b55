//! [`Filter`]: which documents.
//!
//! Parsed once into conditions on paths, matched against stored bytes. Conditions on one document share one walk over
//! its fields ([`fields`]); a condition meets arrays on its way as MongoDB does ([`walk`]): each element counts.

mod clue;
mod computed;
mod fields;
mod list;
mod parse;
mod terms;
mod walk;

use std::sync::Arc;

use jsonb::Value;

use crate::{Limits, Refusal};

pub use clue::Clue;
pub use terms::{KeyRange, Term};

use computed::Computed;
use fields::Fields;

/// A condition on documents.
#[derive(Debug, Clone)]
pub struct Filter(Arc<Node>);

#[derive(Debug)]
pub(crate) enum Node {
    /// All of them; none is true.
    And(Vec<Arc<Node>>),
    /// One of them; none is false.
    Or(Vec<Arc<Node>>),
    /// None of them.
    Nor(Vec<Arc<Node>>),
    /// Conditions on fields, all of which must hold.
    Fields(Fields),
    /// An expression that must be true.
    Computed(Box<Computed>),
}

impl Filter {
    /// Reads a filter document.
    ///
    /// # Errors
    /// A [`Refusal`] that says what cannot be read, is not supported or is too large, and where it stands.
    pub fn parse(query: &Value<'_>, limits: &Limits) -> Result<Self, Refusal> {
        parse::Parser::new(limits).filter(*query).map(Self::of)
    }

    fn of(node: Node) -> Self {
        Self(Arc::new(node))
    }

    /// The filter that every document matches.
    #[must_use]
    pub fn all() -> Self {
        Self::of(Node::And(Vec::new()))
    }

    /// The filter that no document matches.
    #[must_use]
    pub fn none() -> Self {
        Self::of(Node::Or(Vec::new()))
    }

    /// Both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self::of(Node::And(vec![self.0, other.0]))
    }

    /// Either.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self::of(Node::Or(vec![self.0, other.0]))
    }

    /// Whether every document matches, as far as can be told without one.
    #[must_use]
    pub fn is_all(&self) -> bool {
        matches!(&*self.0, Node::And(nodes) if nodes.is_empty())
    }

    /// Whether a stored document matches.
    ///
    /// # Errors
    /// A [`Refusal`] when its bytes are damaged, or an expression cannot be computed for it.
    #[inline]
    pub fn matches(&self, document: Value<'_>) -> Result<bool, Refusal> {
        self.0.matches(document)
    }

    /// Conditions that every matching document fulfils and that an index can serve; see [`Term`].
    #[must_use]
    pub fn terms(&self) -> Vec<Term> {
        let mut terms = Vec::new();
        self.0.terms(&mut terms);
        terms
    }

    /// What to look for among the bytes of documents where no index serves; none when the filter gives away nothing.
    #[must_use]
    pub fn clue(&self) -> Option<Clue> {
        let terms = self.terms();
        terms.iter().filter_map(Clue::of).max_by_key(Clue::worth)
    }
}

impl Node {
    pub(crate) fn matches(&self, document: Value<'_>) -> Result<bool, Refusal> {
        match self {
            Self::Fields(fields) => fields.matches(document),
            Self::And(nodes) => all(nodes, document),
            Self::Or(nodes) => any(nodes, document),
            Self::Nor(nodes) => Ok(!any(nodes, document)?),
            Self::Computed(computed) => computed.holds(document),
        }
    }

    fn terms(&self, terms: &mut Vec<Term>) {
        match self {
            Self::Fields(fields) => fields.terms(terms),
            Self::And(nodes) => nodes.iter().for_each(|node| node.terms(terms)),
            Self::Or(_) | Self::Nor(_) | Self::Computed(_) => {}
        }
    }
}

fn all(nodes: &[Arc<Node>], document: Value<'_>) -> Result<bool, Refusal> {
    for node in nodes {
        if !node.matches(document)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn any(nodes: &[Arc<Node>], document: Value<'_>) -> Result<bool, Refusal> {
    for node in nodes {
        if node.matches(document)? {
            return Ok(true);
        }
    }
    Ok(false)
}
