//! A record of one definition as a draft of the next one: what stays, what changes its type, what goes.

use app::values::ReferenceInput;
use app::{Field, FieldType, Fields};
use jiff::tz::TimeZone;
use jsonb::{Damaged, Jsonb, Kind, Value};

use super::super::catalogue::join;
use super::super::draft::{Draft, Ref, Slot, refers};
use super::super::totals::standings;
use super::super::values::copy;
use super::{Lost, text};

/// See the module.
pub(super) struct Reader<'a> {
    /// The zone of dates without one.
    pub(super) zone: &'a TimeZone,
    /// What is lost.
    pub(super) lost: &'a mut Lost,
}

/// What becomes of one value.
enum One {
    Plain(Jsonb),
    Nested(Draft),
    Ref(Ref),
    Gone,
}

impl Reader<'_> {
    /// The draft of a record, or of a nested value at a path.
    pub(super) fn draft(
        &mut self,
        (old, new): (&Fields, &Fields),
        value: Value<'_>,
        at: &str,
    ) -> Result<Draft, Damaged> {
        let text = |key| -> Result<Option<String>, Damaged> {
            let text = value.get(key)?.map(Value::as_str).transpose()?.flatten();
            Ok(text.map(std::borrow::Cow::into_owned))
        };
        let mut slots = Vec::with_capacity(new.0.len());
        for field in new {
            let was = old.get(&field.name).filter(|_| !field.transient);
            slots.push(match (was, value.get(&field.name)?) {
                (Some(was), Some(stored)) => self.slot(was, field, stored, &join(at, &field.name))?,
                _ => Slot::Empty,
            });
        }
        for field in old {
            let stays = new.get(&field.name).is_some_and(|field| !field.transient);
            if !stays
                && value
                    .get(&field.name)?
                    .is_some_and(|value| value.kind() != Kind::Null)
            {
                self.lose(&join(at, &field.name), 1);
            }
        }
        Ok(Draft {
            id: text("id")?.unwrap_or_default(),
            is_new: false,
            label: text("label")?,
            slots,
            standings: standings(value)?.map(copy),
        })
    }

    fn lose(&mut self, path: &str, values: usize) {
        if values > 0 {
            *self.lost.entry(path.to_owned()).or_default() += values as u64;
        }
    }

    fn slot(&mut self, was: &Field, field: &Field, stored: Value<'_>, path: &str) -> Result<Slot, Damaged> {
        let values: Vec<Value<'_>> = match was.many {
            true => stored.elements().collect::<Result<_, _>>()?,
            false => vec![stored],
        };
        let mut list = Vec::with_capacity(values.len());
        for value in values.into_iter().filter(|value| value.kind() != Kind::Null) {
            match self.one(was, field, value, path)? {
                One::Gone => {}
                one => list.push(one),
            }
        }
        if !field.many {
            self.lose(path, list.len().saturating_sub(1));
            list.truncate(1);
        }
        Ok(filled(field, list))
    }

    fn one(&mut self, was: &Field, field: &Field, value: Value<'_>, path: &str) -> Result<One, Damaged> {
        if let (FieldType::Nested { fields: old, .. }, FieldType::Nested { fields: new, .. }) =
            (&was.kind, &field.kind)
        {
            return Ok(One::Nested(self.draft((old, new), value, path)?));
        }
        if same_sort(&was.kind, &field.kind) {
            return Ok(match refers(&field.kind) {
                true => One::Ref(Ref::Known(copy(value))),
                false => One::Plain(copy(value)),
            });
        }
        let converted = self.retyped(was, field, value)?;
        if matches!(converted, One::Gone) && !gives_itself(&field.kind) {
            self.lose(path, 1);
        }
        Ok(converted)
    }

    /// A value of one type as text, read in another.
    fn retyped(&self, was: &Field, field: &Field, value: Value<'_>) -> Result<One, Damaged> {
        if !field.is_writable() && field.calculation.is_none() {
            return Ok(One::Gone);
        }
        let text = text::of(was, value)?;
        Ok(match &field.kind {
            _ if text.is_empty() => One::Gone,
            FieldType::Relationship(_) | FieldType::Group { .. } => {
                One::Ref(Ref::Asked(ReferenceInput::Text(text)))
            }
            FieldType::File | FieldType::Nested { .. } => One::Gone,
            _ => text::read(field, &text, self.zone).map_or(One::Gone, One::Plain),
        })
    }
}

/// Whether the field gets a value from the server in place of the one that goes.
fn gives_itself(kind: &FieldType) -> bool {
    matches!(kind, FieldType::RecordCreated | FieldType::RecordModified)
}

fn same_sort(one: &FieldType, other: &FieldType) -> bool {
    match (one, other) {
        (FieldType::Relationship(one), FieldType::Relationship(other)) => one.entity == other.entity,
        _ => one.name() == other.name(),
    }
}

/// The slot of a field with these values, which all are of its sort.
fn filled(field: &Field, list: Vec<One>) -> Slot {
    if list.is_empty() {
        return Slot::Empty;
    }
    match &field.kind {
        FieldType::Nested { .. } => {
            let nested = |one| match one {
                One::Nested(draft) => Some(draft),
                _ => None,
            };
            Slot::Nested(list.into_iter().filter_map(nested).collect())
        }
        kind if refers(kind) => {
            let reference = |one| match one {
                One::Ref(reference) => Some(reference),
                _ => None,
            };
            Slot::Refs(list.into_iter().filter_map(reference).collect())
        }
        _ => plain(field, list),
    }
}

fn plain(field: &Field, list: Vec<One>) -> Slot {
    let mut values = list.into_iter().filter_map(|one| match one {
        One::Plain(value) => Some(value),
        _ => None,
    });
    if !field.many {
        return values.next().map_or(Slot::Empty, Slot::Plain);
    }
    Slot::Plain(
        values
            .fold(jsonb::array(), |array, value| array.item_body(&value))
            .finish(),
    )
}
