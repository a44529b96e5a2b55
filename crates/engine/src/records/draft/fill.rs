//! What a draft gets beside what was sent: defaults of what is new, dates of the record, counted numbers and ranks.

use app::values::ReferenceInput;
use app::{DefaultValue, Field, FieldType, Fields};
use jiff::tz::TimeZone;
use jsonb::{Jsonb, Value};
use model::{Error, Timestamp};
use storage::tables::WriteMarks;

use super::{Draft, Ref, Slot, Spot};
use crate::records::values;

/// What defaults are made of.
pub(in crate::records) struct Defaults<'a> {
    /// When.
    pub(in crate::records) now: Timestamp,
    /// By whom: how a relationship to users refers to him.
    pub(in crate::records) user: &'a str,
    /// The zone of dates.
    pub(in crate::records) zone: &'a TimeZone,
}

impl Defaults<'_> {
    /// Fills what is new and empty.
    pub(in crate::records) fn fill(&self, draft: &mut Draft, fields: &Fields) {
        draft.each_mut(fields, &Spot::default(), &mut |_, field, slot, is_new| {
            if is_new
                && slot.is_empty()
                && let Some(default) = &field.default
            {
                *slot = self.slot(field, default);
            }
        });
    }

    fn slot(&self, field: &Field, default: &DefaultValue) -> Slot {
        match default {
            DefaultValue::Value(value) => fixed(field, value.root()),
            DefaultValue::CurrentDate => {
                values::now(&field.kind, self.now, self.zone).map_or(Slot::Empty, Slot::Plain)
            }
            DefaultValue::CurrentUser if super::refers(&field.kind) => {
                Slot::Refs(vec![Ref::Asked(ReferenceInput::Id(self.user.to_owned()))])
            }
            // A function's value comes with the scripts.
            DefaultValue::CurrentUser | DefaultValue::Script(_) => Slot::Empty,
        }
    }
}

/// A fixed value. The definition was refused if it did not fit its field.
fn fixed(field: &Field, value: Value<'_>) -> Slot {
    let each: Vec<Value<'_>> = match field.many {
        true => value.elements().filter_map(Result::ok).collect(),
        false => vec![value],
    };
    if super::refers(&field.kind) {
        let asked = |value: &Value<'_>| app::values::read_reference(field, *value).ok().flatten();
        return Slot::Refs(each.iter().filter_map(asked).map(Ref::Asked).collect());
    }
    let read = |value: &Value<'_>| app::values::read(field, *value).ok().flatten();
    let mut scalars = each.iter().filter_map(read).map(|scalar| scalar.stored);
    if !field.many {
        return scalars.next().map_or(Slot::Empty, Slot::Plain);
    }
    let list = scalars.fold(jsonb::array(), |list, scalar| list.item_body(&scalar));
    Slot::Plain(list.finish())
}

/// Numbers that the server gives, one after the other, per entity and field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::records) struct Counter {
    /// The path of the field.
    pub(in crate::records) path: String,
    /// What it counts.
    pub(in crate::records) kind: CounterKind,
}

/// What a counter gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::records) enum CounterKind {
    /// Whole numbers from this one on.
    Number(i64),
    /// Places in an order, each behind the last.
    Rank,
}

/// The counters of an entity.
pub(in crate::records) fn counters(fields: &Fields) -> Vec<Counter> {
    let mut list = Vec::new();
    crate::records::catalogue::each_field(fields, "", &mut |path, field| {
        let kind = match field.kind {
            FieldType::AutoIncrement { from } => CounterKind::Number(from),
            FieldType::Rank => CounterKind::Rank,
            _ => return,
        };
        list.push(Counter {
            path: path.to_owned(),
            kind,
        });
    });
    list
}

/// The first rank, and how far apart two are: room for many between them.
const FIRST_RANK: u64 = 1_880_310_023_792_640; // iiiii00000 in base 36
const RANK_STEP: u64 = 46_656;
const RANK_DIGITS: usize = 10;

impl Counter {
    /// Gives every new value of this field its number.
    pub(in crate::records) fn count(
        &self,
        tx: &mut dyn WriteMarks,
        mark: &str,
        draft: &mut Draft,
        fields: &Fields,
    ) -> Result<(), Error> {
        let mut next = self.next(tx, mark)?;
        let before = next;
        draft.each_mut(fields, &Spot::default(), &mut |spot, _, slot, is_new| {
            if is_new && spot.path == self.path && slot.is_empty() {
                *slot = Slot::Plain(self.value(next));
                next += self.step();
            }
        });
        if next != before {
            tx.set_mark(mark, &next.to_string())?;
        }
        Ok(())
    }

    fn next(&self, tx: &mut dyn WriteMarks, mark: &str) -> Result<i64, Error> {
        let stored = tx.mark(mark)?;
        let next = stored.and_then(|text| text.parse().ok());
        Ok(next.unwrap_or_else(|| self.first()))
    }

    /// The first of them.
    pub(in crate::records) fn first(&self) -> i64 {
        match self.kind {
            CounterKind::Number(from) => from,
            CounterKind::Rank => FIRST_RANK.cast_signed(),
        }
    }

    /// How far apart two of them are.
    pub(in crate::records) fn step(&self) -> i64 {
        match self.kind {
            CounterKind::Number(_) => 1,
            CounterKind::Rank => RANK_STEP.cast_signed(),
        }
    }

    /// The value for a number.
    pub(in crate::records) fn value(&self, number: i64) -> Jsonb {
        match self.kind {
            CounterKind::Number(_) => values::integer(number),
            CounterKind::Rank => values::text(&base36(number.unsigned_abs())),
        }
    }
}

fn base36(mut number: u64) -> String {
    const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
    let mut digits = [b'0'; RANK_DIGITS];
    for digit in digits.iter_mut().rev() {
        *digit = DIGITS[(number % 36) as usize];
        number /= 36;
    }
    digits.iter().map(|digit| char::from(*digit)).collect()
}

#[cfg(test)]
mod tests {
    use super::{FIRST_RANK, base36};

    #[test]
    fn the_first_rank_is_in_the_middle() {
        assert_eq!(base36(FIRST_RANK), "iiiii00000");
    }
}
