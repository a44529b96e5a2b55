//! The columns of one record in the order and nesting of its fields.

use app::{FieldType, Fields};

/// A field on the way to a value, by its place among the fields around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) field: usize,
    pub(super) element: Option<usize>,
}

/// Where a value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// This column.
    Column(usize),
    /// The related record that this node brings.
    Node(usize),
}

/// See the module.
#[derive(Clone, Debug, Default)]
pub(super) struct Shape(pub(super) Vec<Given>);

/// A field that columns have values for.
#[derive(Clone, Debug)]
pub(super) struct Given {
    pub(super) field: usize,
    /// Its path, without indexes.
    pub(super) path: String,
    pub(super) held: Held,
}

/// What columns say of a field.
#[derive(Clone, Debug)]
pub(super) enum Held {
    One(Source),
    Many(Vec<Source>),
    Nested(Shape),
    NestedMany(Vec<Shape>),
}

/// A value and the way to it.
pub(super) type Entry<'s> = (&'s [Step], Source);

impl Shape {
    pub(super) fn of(fields: &Fields, under: &str, entries: &[Entry<'_>]) -> Self {
        let mut order: Vec<usize> = Vec::new();
        for (steps, _) in entries {
            if let Some(step) = steps.first()
                && !order.contains(&step.field)
            {
                order.push(step.field);
            }
        }
        let given = order
            .into_iter()
            .map(|field| Given::of(fields, under, field, entries));
        Self(given.collect())
    }

    /// Whether `has` holds for any value in it.
    pub(super) fn any(&self, has: &dyn Fn(Source) -> bool) -> bool {
        self.0.iter().any(|given| match &given.held {
            Held::One(source) => has(*source),
            Held::Many(list) => list.iter().any(|source| has(*source)),
            Held::Nested(shape) => shape.any(has),
            Held::NestedMany(list) => list.iter().any(|shape| shape.any(has)),
        })
    }
}

impl Given {
    fn of(fields: &Fields, under: &str, number: usize, entries: &[Entry<'_>]) -> Self {
        let field = &fields.0[number];
        let path = crate::records::catalogue::join(under, &field.name);
        let mut here: Vec<Entry<'_>> = entries
            .iter()
            .filter(|(steps, _)| steps.first().is_some_and(|step| step.field == number))
            .copied()
            .collect();
        here.sort_by_key(|(steps, _)| steps[0].element);
        let held = match &field.kind {
            FieldType::Nested { fields, .. } => {
                let inner = |of: &[Entry<'_>]| {
                    let rest: Vec<Entry<'_>> = of.iter().map(|(steps, from)| (&steps[1..], *from)).collect();
                    Shape::of(fields, &path, &rest)
                };
                match field.many {
                    true => Held::NestedMany(
                        here.chunk_by(|(a, _), (b, _)| a[0].element == b[0].element)
                            .map(inner)
                            .collect(),
                    ),
                    false => Held::Nested(inner(&here)),
                }
            }
            _ if field.many => Held::Many(here.iter().map(|(_, from)| *from).collect()),
            _ => Held::One(here[0].1),
        };
        Self {
            field: number,
            path,
            held,
        }
    }
}
