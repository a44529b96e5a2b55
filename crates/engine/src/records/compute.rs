//! What an entity's functions make of a draft: defaults, calculated values, labels, and what they find wrong.
//!
//! Calculated values may depend on one another in any order, so they are computed until nothing changes any more, at
//! most as often as there are of them.

mod checks;
mod labels;
mod result;

use app::{Calculation, DefaultValue, Entity, Field, FieldType, Fields, FunctionName, LabelRule, Rule};
use jsonb::Jsonb;
use model::Error;

use super::draft::{Draft, Slot, Spot};
use super::prepare::{Begun, Task};
use super::scripts::Subject;
pub(super) use result::slot_of;

/// A function to be called for a field.
pub(super) struct Ask<'f> {
    pub(super) function: &'f FunctionName,
    pub(super) spot: Spot<'f>,
}

/// Whether saving a record of this entity calls functions.
pub(super) fn calls_functions(entity: &Entity) -> bool {
    let label = |rule: &LabelRule| matches!(rule, LabelRule::Script(_));
    let mut calls = label(&entity.record_label) || entity.validations.is_some();
    super::catalogue::each_field(&entity.fields, "", &mut |_, field| {
        calls |= matches!(field.default, Some(DefaultValue::Script(_)))
            || matches!(field.calculation, Some(Calculation::Script(_)))
            || matches!(field.required, Rule::Script(_))
            || field.validation.is_some()
            || matches!(&field.kind, FieldType::Nested { label: rule, .. } if label(rule));
    });
    calls
}

/// Whether functions give labels or values that are stored in records of this entity.
pub(super) fn stores_results(entity: &Entity) -> bool {
    let label = |rule: &LabelRule| matches!(rule, LabelRule::Script(_));
    let mut stores = label(&entity.record_label);
    super::catalogue::each_field(&entity.fields, "", &mut |_, field| {
        stores |= matches!(field.calculation, Some(Calculation::Script(_)))
            || matches!(&field.kind, FieldType::Nested { label: rule, .. } if label(rule));
    });
    stores
}

impl Task {
    /// See the module. Blocks for as long as the functions take.
    pub(super) fn compute(&self, begun: &mut Begun) -> Result<(), Error> {
        self.defaults(begun)?;
        self.labels(begun)?;
        self.calculations(begun)?;
        self.labels(begun)?;
        self.requirements(begun)?;
        self.validations(begun)
    }

    /// What functions make of a record whose form or whose functions have changed: calculated values and labels.
    pub(super) fn recompute(&self, begun: &mut Begun) -> Result<(), Error> {
        self.labels(begun)?;
        self.calculations(begun)?;
        self.labels(begun)
    }

    fn function(
        &self,
        begun: &mut Begun,
        function: &FunctionName,
        places: &[Option<&str>],
    ) -> Result<Option<Jsonb>, Error> {
        let subject = Subject {
            entity: &self.entity.name,
            body: self.seen(begun)?,
            is_new: self.creates,
        };
        let around = (&self.call, self.now, self.catalogue.zone());
        self.catalogue.scripts().call(subject, function, places, around)
    }

    /// The draft as functions see it now.
    fn seen<'b>(&self, begun: &'b mut Begun) -> Result<&'b Jsonb, Error> {
        let seen = match begun.seen.take() {
            Some(seen) => seen,
            None => self.for_scripts(&begun.draft)?,
        };
        Ok(begun.seen.insert(seen))
    }

    fn defaults(&self, begun: &mut Begun) -> Result<(), Error> {
        let asks = asks(
            &mut begun.draft,
            &self.entity.fields,
            |field, slot, is_new| match &field.default {
                Some(DefaultValue::Script(function)) if is_new && slot.is_empty() => Some(function),
                _ => None,
            },
        );
        for ask in asks {
            let value = self.function(begun, ask.function, &[ask.spot.parent(), None])?;
            self.set(begun, &ask.spot, value);
        }
        Ok(())
    }

    fn calculations(&self, begun: &mut Begun) -> Result<(), Error> {
        let asks = asks(
            &mut begun.draft,
            &self.entity.fields,
            |field, _, _| match &field.calculation {
                Some(Calculation::Script(function)) => Some(function),
                _ => None,
            },
        );
        for _ in 0..asks.len() {
            let before = self.seen(begun)?.clone();
            for ask in &asks {
                let value = self.function(begun, ask.function, &[ask.spot.parent(), None])?;
                self.set(begun, &ask.spot, value);
            }
            if *self.seen(begun)? == before {
                break;
            }
        }
        Ok(())
    }

    /// Puts what a function gave into the draft; what does not fit the field is none.
    fn set(&self, begun: &mut Begun, spot: &Spot<'_>, value: Option<Jsonb>) {
        begun.seen = None;
        begun.draft.each_mut(
            &self.entity.fields,
            &Spot::default(),
            &mut |here, field, slot, _| {
                if here.spelled == spot.spelled {
                    *slot = slot_of(field, value.as_ref());
                }
            },
        );
    }
}

/// Functions of fields that are wanted.
pub(super) fn asks<'f>(
    draft: &mut Draft,
    fields: &'f Fields,
    wanted: impl Fn(&'f Field, &Slot, bool) -> Option<&'f FunctionName>,
) -> Vec<Ask<'f>> {
    let mut list = Vec::new();
    draft.each_mut(fields, &Spot::default(), &mut |spot, field, slot, is_new| {
        if let Some(function) = wanted(field, slot, is_new) {
            list.push(Ask {
                function,
                spot: spot.clone(),
            });
        }
    });
    list
}
