//! A record as it is to become, before it is laid out: one slot per field.
//!
//! A draft begins empty or as the stored record, takes what a body says (`input`), is filled up where it says nothing
//! (`fill`), and is laid out as a stored body (`build`). What refers to something else is resolved in between, by
//! `references`, since that needs the store.

mod build;
mod fill;
mod input;
mod label;
mod required;

use std::borrow::Cow;

use app::values::{FileInput, ReferenceInput};
use app::{Field, FieldType, Fields};
use jsonb::{Damaged, Jsonb, Value};

use super::totals::standings;
use super::values::copy;

pub(super) use build::{Head, record};
pub(super) use fill::{Counter, Defaults, counters};
pub(super) use input::Input;
pub(super) use required::missing;

/// A record or a nested value.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    /// Its id.
    pub(super) id: String,
    /// Whether it has not been stored.
    pub(super) is_new: bool,
    /// The label that a script gave it; otherwise it follows from the rule.
    pub(super) label: Option<String>,
    /// What its fields hold, in the order of the definition.
    pub(super) slots: Vec<Slot>,
    /// What is kept beside fields that are computed over other records ([`super::totals`]).
    pub(super) standings: Option<Jsonb>,
}

/// What a field holds.
#[derive(Clone, Debug)]
pub(super) enum Slot {
    /// Nothing.
    Empty,
    /// A value, or a list of values, as it is stored.
    Plain(Jsonb),
    /// Nested values; one at most where the field is single.
    Nested(Vec<Draft>),
    /// What refers to records, groups or files; one at most where the field is single.
    Refs(Vec<Ref>),
}

/// What refers to something else.
#[derive(Clone, Debug)]
pub(super) enum Ref {
    /// As it is stored.
    Known(Jsonb),
    /// A record or group, as it was asked for.
    Asked(ReferenceInput),
    /// A file, as it was sent.
    File(FileInput),
}

impl Ref {
    /// What is stored, once it is resolved.
    fn known(&self) -> Option<&Jsonb> {
        match self {
            Self::Known(value) => Some(value),
            Self::Asked(_) | Self::File(_) => None,
        }
    }
}

impl Slot {
    /// Whether there is nothing.
    pub(super) fn is_empty(&self) -> bool {
        match self {
            Self::Empty => true,
            Self::Plain(_) => false,
            Self::Nested(list) => list.is_empty(),
            Self::Refs(list) => list.is_empty(),
        }
    }
}

impl Draft {
    /// A new one without any value.
    pub(super) fn new(fields: &Fields, id: String) -> Self {
        Self {
            id,
            is_new: true,
            label: None,
            slots: fields.iter().map(|_| Slot::Empty).collect(),
            standings: None,
        }
    }

    /// What is stored.
    pub(super) fn of_stored(fields: &Fields, value: Value<'_>) -> Result<Self, Damaged> {
        let text = |key| -> Result<Option<String>, Damaged> {
            let text = value.get(key)?.map(Value::as_str).transpose()?.flatten();
            Ok(text.map(Cow::into_owned))
        };
        let mut slots = Vec::with_capacity(fields.0.len());
        for field in fields {
            slots.push(match value.get(&field.name)? {
                Some(stored) => Slot::of_stored(field, stored)?,
                None => Slot::Empty,
            });
        }
        Ok(Self {
            id: text("id")?.unwrap_or_default(),
            is_new: false,
            label: text("label")?,
            slots,
            standings: standings(value)?.map(copy),
        })
    }

    /// Shows every field that is there to `visit`, those of nested values too: the path with indexes, the field, its slot.
    pub(super) fn each_mut<'f>(
        &mut self,
        fields: &'f Fields,
        at: &Spot<'f>,
        visit: &mut dyn FnMut(&Spot<'f>, &'f Field, &mut Slot, bool),
    ) {
        let is_new = self.is_new;
        for (field, slot) in fields.iter().zip(&mut self.slots) {
            let here = at.field(&field.name);
            visit(&here, field, slot, is_new);
            if let (FieldType::Nested { fields: inner, .. }, Slot::Nested(list)) = (&field.kind, &mut *slot) {
                for (number, draft) in list.iter_mut().enumerate() {
                    draft.each_mut(inner, &here.element(field, number), visit);
                }
            }
        }
    }
}

impl Slot {
    fn of_stored(field: &Field, stored: Value<'_>) -> Result<Self, Damaged> {
        Ok(match &field.kind {
            FieldType::Nested { fields, .. } => {
                Self::Nested(each_of(field, stored, |value| Draft::of_stored(fields, value))?)
            }
            kind if refers(kind) => Self::Refs(each_of(field, stored, |value| Ok(Ref::Known(copy(value))))?),
            _ => Self::Plain(copy(stored)),
        })
    }
}

/// Whether values of this type refer to something that has a life of its own.
pub(super) fn refers(kind: &FieldType) -> bool {
    matches!(
        kind,
        FieldType::Relationship(_) | FieldType::Group { .. } | FieldType::File
    )
}

fn each_of<T>(
    field: &Field,
    stored: Value<'_>,
    mut each: impl FnMut(Value<'_>) -> Result<T, Damaged>,
) -> Result<Vec<T>, Damaged> {
    match field.many {
        true => stored.elements().map(|value| each(value?)).collect(),
        false => Ok(vec![each(stored)?]),
    }
}

/// Where a value stands in a record: its path for people and for rules. At the top that is the name of the field.
#[derive(Clone, Debug, Default)]
pub(super) struct Spot<'f> {
    /// With indexes: `addresses[1].zipCode`.
    pub(super) spelled: Cow<'f, str>,
    /// Without: `addresses.zipCode`.
    pub(super) path: Cow<'f, str>,
}

impl<'f> Spot<'f> {
    /// Where the field lies in that has this one; none at the top.
    pub(super) fn parent(&self) -> Option<&str> {
        self.spelled.rsplit_once('.').map(|(parent, _)| parent)
    }

    /// A field here.
    pub(super) fn field(&self, name: &'f str) -> Self {
        let below = |above: &str| match above {
            "" => Cow::Borrowed(name),
            above => Cow::Owned(super::catalogue::join(above, name)),
        };
        Self {
            spelled: below(&self.spelled),
            path: below(&self.path),
        }
    }

    /// One of the values here.
    pub(super) fn element(&self, field: &Field, number: usize) -> Self {
        match field.many {
            true => Self {
                spelled: Cow::Owned(format!("{}[{number}]", self.spelled)),
                path: self.path.clone(),
            },
            false => self.clone(),
        }
    }
}
