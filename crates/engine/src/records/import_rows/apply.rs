//! The cells of a row put into the draft of a record.
//!
//! An empty cell takes a value away. Of a list that columns name, the row says all: what is not empty in the row is the
//! list, its first value in the place of the first one that was there, and so on; nested values keep their ids so.

use app::values::ReferenceInput;
use app::{Field, FieldType, Fields};
use jsonb::Value;
use model::Error;

use super::RowImport;
use super::cells::{Cell, CellRow};
use super::layout::Node;
use super::node::Linked;
use super::shape::{Given, Held, Shape, Source};
use crate::records::draft::{Draft, Ref, Slot, refers};
use crate::records::faults::Faults;

/// See the module.
pub(super) struct Applying<'a> {
    pub(super) import: &'a RowImport,
    pub(super) row: &'a CellRow,
    /// The related records of the row.
    pub(super) linked: &'a [Linked],
    /// Whether the field at a path may be written.
    pub(super) may: &'a dyn Fn(&str) -> bool,
    pub(super) faults: &'a mut Faults,
}

impl Applying<'_> {
    /// Puts the columns of a node into a draft.
    pub(super) fn node(&mut self, node: &Node, draft: &mut Draft, fields: &Fields) -> Result<(), Error> {
        self.shape(&node.shape, draft, fields)
    }

    pub(super) fn shape(&mut self, shape: &Shape, draft: &mut Draft, fields: &Fields) -> Result<(), Error> {
        for given in &shape.0 {
            if (self.may)(&given.path) {
                self.given(given, &mut draft.slots[given.field], &fields.0[given.field])?;
            }
        }
        Ok(())
    }

    fn given(&mut self, given: &Given, slot: &mut Slot, field: &Field) -> Result<(), Error> {
        match (&given.held, &field.kind) {
            (Held::One(from), _) if refers(&field.kind) => self.refs(&[*from], slot, field),
            (Held::Many(list), _) if refers(&field.kind) => self.refs(list, slot, field),
            (Held::One(from), _) => {
                self.one(*from, slot, field);
                Ok(())
            }
            (Held::Many(list), _) => {
                self.many(list, slot, field);
                Ok(())
            }
            (Held::Nested(shape), FieldType::Nested { fields, .. }) => {
                self.nested(std::slice::from_ref(shape), slot, fields)
            }
            (Held::NestedMany(list), FieldType::Nested { fields, .. }) => self.nested(list, slot, fields),
            (Held::Nested(_) | Held::NestedMany(_), _) => Err(Error::internal(
                "columns lie in a field without fields of its own",
            )),
        }
    }

    fn one(&mut self, from: Source, slot: &mut Slot, field: &Field) {
        match self.cell(from) {
            Some(Cell::Value(scalar)) => *slot = Slot::Plain(scalar.stored.clone()),
            Some(Cell::Wrong(_)) => self.wrong(from, field),
            _ => *slot = Slot::Empty,
        }
    }

    fn many(&mut self, list: &[Source], slot: &mut Slot, field: &Field) {
        let (mut values, mut count, mut fits) = (jsonb::array(), 0, true);
        for from in list {
            match self.cell(*from) {
                Some(Cell::Value(scalar)) => {
                    (values, count) = (values.item_body(&scalar.stored), count + 1);
                }
                Some(Cell::Wrong(_)) => {
                    self.wrong(*from, field);
                    fits = false;
                }
                _ => {}
            }
        }
        if fits {
            *slot = match count {
                0 => Slot::Empty,
                _ => Slot::Plain(values.finish()),
            };
        }
    }

    fn refs(&mut self, list: &[Source], slot: &mut Slot, field: &Field) -> Result<(), Error> {
        let stored = match std::mem::replace(slot, Slot::Empty) {
            Slot::Refs(stored) => stored,
            _ => Vec::new(),
        };
        let (mut refs, mut fits) = (Vec::new(), true);
        for from in list {
            match self.asked(*from) {
                Asked::Nothing => {}
                Asked::For(asked) => refs.push(match same(&stored, &asked)? {
                    Some(known) => known.clone(),
                    None => Ref::Asked(asked),
                }),
                Asked::Wrong => {
                    self.wrong(*from, field);
                    fits = false;
                }
            }
        }
        *slot = Slot::Refs(if fits { refs } else { stored });
        Ok(())
    }

    fn nested(&mut self, shapes: &[Shape], slot: &mut Slot, fields: &Fields) -> Result<(), Error> {
        let stored = match std::mem::replace(slot, Slot::Empty) {
            Slot::Nested(stored) => stored,
            _ => Vec::new(),
        };
        let mut stored = stored.into_iter();
        let mut list = Vec::new();
        let given: Vec<&Shape> = shapes
            .iter()
            .filter(|shape| shape.any(&|from| self.has(from)))
            .collect();
        for shape in given {
            let new = || Draft::new(fields, self.import.new_id());
            let mut draft = stored.next().unwrap_or_else(new);
            self.shape(shape, &mut draft, fields)?;
            list.push(draft);
        }
        // A single one may hold values that no column names.
        if let (true, [shape], Some(mut left)) = (list.is_empty(), shapes, stored.next()) {
            self.shape(shape, &mut left, fields)?;
            if left.slots.iter().any(|slot| !slot.is_empty()) {
                list.push(left);
            }
        }
        *slot = Slot::Nested(list);
        Ok(())
    }

    fn cell(&self, from: Source) -> Option<&Cell> {
        match from {
            Source::Column(column) => self.row.cells.get(column),
            Source::Node(_) => None,
        }
    }

    fn has(&self, from: Source) -> bool {
        match from {
            Source::Column(column) => self.row.has(column),
            Source::Node(node) => matches!(self.linked[node], Linked::Record(_)),
        }
    }

    fn asked(&self, from: Source) -> Asked {
        match from {
            Source::Node(node) => match &self.linked[node] {
                Linked::Record(id) => Asked::For(ReferenceInput::Id(id.clone())),
                Linked::Nothing => Asked::Nothing,
            },
            Source::Column(_) => match self.cell(from) {
                Some(Cell::Asked(asked)) => Asked::For(asked.clone()),
                Some(Cell::Wrong(_)) => Asked::Wrong,
                _ => Asked::Nothing,
            },
        }
    }

    /// Complains of a cell.
    fn wrong(&mut self, from: Source, field: &Field) {
        if let Source::Column(column) = from
            && let Cell::Wrong(problem) = &self.row.cells[column]
        {
            let path = &self.import.layout.columns[column].path;
            self.faults.problem(path, field, problem.clone());
        }
    }
}

enum Asked {
    Nothing,
    For(ReferenceInput),
    Wrong,
}

/// What is stored already of a reference that is asked for by its id or its label: a file that was exported changes
/// nothing, also where several records have the label.
fn same<'s>(stored: &'s [Ref], asked: &ReferenceInput) -> Result<Option<&'s Ref>, Error> {
    for one in stored {
        let Ref::Known(value) = one else { continue };
        let is = |key: &str, text: &str| -> Result<bool, Error> {
            let value = value.root().get(key).map_err(Error::internal)?;
            let value = value.map(Value::as_str).transpose().map_err(Error::internal)?;
            Ok(value.flatten().is_some_and(|value| value == text))
        };
        let fits = match asked {
            ReferenceInput::Id(id) => is("id", id)?,
            ReferenceInput::Label(label) => is("label", label)?,
            ReferenceInput::Text(text) => is("id", text)? || is("label", text)?,
            ReferenceInput::Lookup { .. } => false,
        };
        if fits {
            return Ok(Some(one));
        }
    }
    Ok(None)
}
