//! Which columns a file has: fields of the record, of what lies in it, and of records that it refers to.

use app::{Field, FieldType, Fields, USERS};
use model::{Code, Error};

use super::Widths;
use crate::records::catalogue::{Catalogue, join};
use crate::records::rights::Rights;
use crate::records::{Call, EntityRef};

/// Relationships that may follow one another.
const DEPTH: usize = 8;
/// What is never exported.
const NEVER: [&str; 3] = ["id", "label", "version"];

/// The fields of a file, as a tree.
pub(super) struct Columns {
    pub(super) nodes: Vec<Node>,
    /// How many of them have many values.
    pub(super) lists: usize,
}

/// A field.
pub(super) struct Node {
    /// Its place among the fields around it.
    pub(super) field: usize,
    /// Its path in its record, by which it may be seen or not.
    pub(super) path: String,
    /// Where its width is, if it has many values.
    pub(super) list: Option<usize>,
    pub(super) kind: Kind,
}

/// What a field has columns for.
pub(super) enum Kind {
    /// Its value.
    Value,
    /// What lies in it.
    Nested(Vec<Node>),
    /// The record that it refers to.
    Related {
        /// Its label.
        label: bool,
        target: EntityRef,
        inner: Vec<Node>,
    },
}

/// Makes the tree.
struct Making<'a> {
    catalogue: &'a Catalogue,
    call: &'a Call,
    lists: usize,
}

impl Columns {
    pub(super) fn of(
        catalogue: &Catalogue,
        entity: &EntityRef,
        call: &Call,
        asked: Option<&[String]>,
    ) -> Result<Self, Error> {
        let mut making = Making {
            catalogue,
            call,
            lists: 0,
        };
        let hidden = Rights::of(catalogue, entity, call)?.hidden_anyway()?;
        let paths: Vec<&str> = match asked {
            Some(asked) => asked
                .iter()
                .map(String::as_str)
                .filter(|path| !NEVER.contains(path))
                .collect(),
            None => entity.fields.iter().map(|field| field.name.as_str()).collect(),
        };
        let mut nodes = Vec::new();
        for path in paths {
            making.add(&mut nodes, (&entity.fields, entity), ("", path), &hidden, 0)?;
        }
        Ok(Self {
            nodes,
            lists: making.lists,
        })
    }

    /// Whether any column is of another record.
    pub(super) fn relates(&self) -> bool {
        fn any(nodes: &[Node]) -> bool {
            nodes.iter().any(|node| match &node.kind {
                Kind::Value => false,
                Kind::Nested(inner) => any(inner),
                Kind::Related { inner, .. } => !inner.is_empty(),
            })
        }
        any(&self.nodes)
    }

    /// The header, by names or by labels.
    pub(super) fn header(&self, fields: &Fields, widths: &Widths, names: bool) -> Vec<String> {
        let mut header = Vec::new();
        heads(&self.nodes, fields, (widths, names), "", &mut header);
        header
    }
}

impl Making<'_> {
    fn add(
        &mut self,
        nodes: &mut Vec<Node>,
        (fields, entity): (&Fields, &EntityRef),
        (under, path): (&str, &str),
        hidden: &[String],
        depth: usize,
    ) -> Result<(), Error> {
        let (name, rest) = path.split_once('.').unwrap_or((path, ""));
        let found = fields.0.iter().position(|field| field.name == name);
        let missing = |path: &str| {
            let message = format!("{} has no field {path:?}", entity.name);
            Error::of_field(Code::BadRequest, "_fields".to_owned(), message)
        };
        let place = found.ok_or_else(|| missing(&join(under, path)))?;
        let field = &fields.0[place];
        let here = join(under, name);
        if hidden
            .iter()
            .any(|hidden| crate::records::rights::is_within(&here, hidden))
        {
            return Ok(());
        }
        let at = match nodes.iter().position(|node| node.field == place) {
            Some(at) => at,
            None => {
                let node = self.node(field, place, here.clone());
                nodes.push(node?);
                nodes.len() - 1
            }
        };
        match (&field.kind, &mut nodes[at].kind) {
            (FieldType::Nested { fields, .. }, Kind::Nested(inner)) => {
                let each: Vec<&str> = match rest {
                    "" => fields.iter().map(|field| field.name.as_str()).collect(),
                    rest => vec![rest],
                };
                for path in each {
                    self.add(inner, (fields, entity), (&here, path), hidden, depth)?;
                }
                Ok(())
            }
            (_, Kind::Related { label, .. }) if matches!(rest, "" | "label") => {
                *label = true;
                Ok(())
            }
            (_, Kind::Related { target, inner, .. }) if depth < DEPTH => {
                let target = target.clone();
                let hidden = Rights::of(self.catalogue, &target, self.call)?.hidden_anyway()?;
                self.add(inner, (&target.fields, &target), ("", rest), &hidden, depth + 1)
            }
            (_, Kind::Value) if matches!(rest, "" | "label" | "name") => Ok(()),
            _ => Err(missing(&join(under, path))),
        }
    }

    fn node(&mut self, field: &Field, place: usize, path: String) -> Result<Node, Error> {
        let kind = match &field.kind {
            FieldType::Nested { .. } => Kind::Nested(Vec::new()),
            FieldType::Relationship(rules) if rules.entity != USERS => Kind::Related {
                label: false,
                target: self.catalogue.entity(&rules.entity)?.clone(),
                inner: Vec::new(),
            },
            _ => Kind::Value,
        };
        let list = field.many.then_some(self.lists);
        self.lists += usize::from(field.many);
        Ok(Node {
            field: place,
            path,
            list,
            kind,
        })
    }
}

fn heads(
    nodes: &[Node],
    fields: &Fields,
    (widths, names): (&Widths, bool),
    under: &str,
    header: &mut Vec<String>,
) {
    for node in nodes {
        let field = &fields.0[node.field];
        let own = if names { &field.name } else { &field.label };
        let count = node.list.map_or(1, |list| widths.0[list]);
        for number in 0..count {
            let index = match node.list {
                Some(_) => format!("[{number}]"),
                None => String::new(),
            };
            let head = match (under, names) {
                ("", _) => format!("{own}{index}"),
                (under, true) => format!("{under}.{own}{index}"),
                (under, false) => format!("{under} - {own}{index}"),
            };
            match (&node.kind, &field.kind) {
                (Kind::Nested(inner), FieldType::Nested { fields, .. }) => {
                    heads(inner, fields, (widths, names), &head, header);
                }
                (Kind::Related { label, target, inner }, _) => {
                    if *label {
                        header.push(head.clone());
                    }
                    heads(inner, &target.fields, (widths, names), &head, header);
                }
                _ => header.push(head),
            }
        }
    }
}
