//! What an entity's functions make of a draft: defaults, calculated values, labels, and what they find wrong.
//!
//! Calculated values may depend on one another in any order, so they are computed until nothing changes any more, at
//! most as often as there are of them.

use app::{Calculation, DefaultValue, Entity, Field, FieldType, Fields, FunctionName, LabelRule, Rule};
use jsonb::{Jsonb, Kind, Value};
use model::Error;

use super::draft::{Draft, Ref, Slot, Spot};
use super::prepare::{Begun, Task};
use super::scripts::{Subject, is_true};

/// A function to be called for a field.
struct Ask {
    function: FunctionName,
    spot: Spot,
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
        begun: &Begun,
        function: &FunctionName,
        places: &[Option<&str>],
    ) -> Result<Option<Jsonb>, Error> {
        let body = self.for_scripts(&begun.draft)?;
        let subject = Subject {
            entity: &self.entity.name,
            body: &body,
            is_new: self.creates,
        };
        let around = (&self.call, self.now, self.catalogue.zone());
        self.catalogue.scripts().call(subject, function, places, around)
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
            let value = self.function(begun, &ask.function, &[ask.spot.parent(), None])?;
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
            let before = self.for_scripts(&begun.draft)?;
            for ask in &asks {
                let value = self.function(begun, &ask.function, &[ask.spot.parent(), None])?;
                self.set(begun, &ask.spot, value);
            }
            if self.for_scripts(&begun.draft)? == before {
                break;
            }
        }
        Ok(())
    }

    /// Labels of nested values first, since the record's own may be made of them.
    fn labels(&self, begun: &mut Begun) -> Result<(), Error> {
        let mut places = Vec::new();
        nested_labels(
            &mut begun.draft,
            &self.entity.fields,
            &Spot::default(),
            &mut |spot, function, _| {
                places.push((spot.clone(), function.clone()));
            },
        );
        let mut texts = Vec::new();
        for (spot, function) in &places {
            let label = self.function(begun, function, &[Some(&spot.spelled)])?;
            texts.push(text_of(label.as_ref()));
        }
        let mut texts = texts.into_iter();
        nested_labels(
            &mut begun.draft,
            &self.entity.fields,
            &Spot::default(),
            &mut |_, _, draft| {
                draft.label = texts.next();
            },
        );
        if let LabelRule::Script(function) = &self.entity.record_label {
            let label = self.function(begun, function, &[])?;
            begun.draft.label = Some(text_of(label.as_ref()));
        }
        Ok(())
    }

    fn requirements(&self, begun: &mut Begun) -> Result<(), Error> {
        let asks = asks(
            &mut begun.draft,
            &self.entity.fields,
            |field, slot, _| match &field.required {
                Rule::Script(function) if slot.is_empty() && field.is_writable() => Some(function),
                _ => None,
            },
        );
        for ask in asks {
            let needed = self.function(begun, &ask.function, &[ask.spot.parent(), None])?;
            if is_true(needed.as_ref())
                && let Some(field) = self.entity.fields.at(&ask.spot.path)
            {
                begun.faults.required(&ask.spot.spelled, field);
            }
        }
        Ok(())
    }

    fn validations(&self, begun: &mut Begun) -> Result<(), Error> {
        let asks = asks(&mut begun.draft, &self.entity.fields, |field, slot, _| {
            field.validation.as_ref().filter(|_| !slot.is_empty())
        });
        for ask in asks {
            let places = [ask.spot.parent(), Some(ask.spot.spelled.as_str()), None];
            let told = self.function(begun, &ask.function, &places)?;
            if let Some(told) = told.filter(|told| told.root().kind() == Kind::Object) {
                self.tell(begun, &ask.spot.spelled, told.root());
            }
        }
        if let Some(function) = &self.entity.validations {
            let told = self.function(begun, function, &[])?;
            let told = told.unwrap_or_else(|| jsonb::array().finish());
            for item in told.root().elements() {
                let item = item.map_err(Error::internal)?;
                let path = member(item, "path").unwrap_or_default();
                self.tell(begun, &path, item);
            }
        }
        Ok(())
    }

    fn tell(&self, begun: &mut Begun, path: &str, item: Value<'_>) {
        let plain = without_indexes(path);
        let code = member(item, "code").unwrap_or_else(|| "invalid".to_owned());
        let message = member(item, "message").unwrap_or_else(|| "Not a valid value".to_owned());
        begun
            .faults
            .add(path, self.entity.fields.at(&plain), code, message, None);
    }

    /// Puts what a function gave into the draft; what does not fit the field is none.
    fn set(&self, begun: &mut Begun, spot: &Spot, value: Option<Jsonb>) {
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

fn slot_of(field: &Field, value: Option<&Jsonb>) -> Slot {
    let Some(value) = value.filter(|value| value.root().kind() != Kind::Null) else {
        return Slot::Empty;
    };
    let each: Vec<Value<'_>> = match field.many {
        true => value.root().elements().filter_map(Result::ok).collect(),
        false => vec![value.root()],
    };
    if super::draft::refers(&field.kind) {
        let asked = |value: &Value<'_>| app::values::read_reference(field, *value).ok().flatten();
        return Slot::Refs(each.iter().filter_map(asked).map(Ref::Asked).collect());
    }
    let read = |value: &Value<'_>| app::values::read(field, *value).ok().flatten();
    let mut scalars = each.iter().filter_map(read).map(|scalar| scalar.stored);
    if !field.many {
        return scalars.next().map_or(Slot::Empty, Slot::Plain);
    }
    Slot::Plain(
        scalars
            .fold(jsonb::array(), |list, one| list.item_body(&one))
            .finish(),
    )
}

fn asks(
    draft: &mut Draft,
    fields: &Fields,
    wanted: impl for<'f> Fn(&'f Field, &Slot, bool) -> Option<&'f FunctionName>,
) -> Vec<Ask> {
    let mut list = Vec::new();
    draft.each_mut(fields, &Spot::default(), &mut |spot, field, slot, is_new| {
        if let Some(function) = wanted(field, slot, is_new) {
            list.push(Ask {
                function: function.clone(),
                spot: spot.clone(),
            });
        }
    });
    list
}

/// Shows every nested value whose label is a function's to `visit`, the inner ones first.
fn nested_labels(
    draft: &mut Draft,
    fields: &Fields,
    at: &Spot,
    visit: &mut dyn FnMut(&Spot, &FunctionName, &mut Draft),
) {
    for (field, slot) in fields.iter().zip(&mut draft.slots) {
        let (FieldType::Nested { label, fields }, Slot::Nested(list)) = (&field.kind, slot) else {
            continue;
        };
        let here = at.field(&field.name);
        for (number, nested) in list.iter_mut().enumerate() {
            let spot = here.element(field, number);
            nested_labels(nested, fields, &spot, visit);
            if let LabelRule::Script(function) = label {
                visit(&spot, function, nested);
            }
        }
    }
}

fn text_of(result: Option<&Jsonb>) -> String {
    let Some(value) = result.map(Jsonb::root) else {
        return String::new();
    };
    match value.as_str() {
        Ok(Some(text)) => text.into_owned(),
        _ if value.kind() == Kind::Null => String::new(),
        _ => value.to_text().unwrap_or_default(),
    }
}

fn member(item: Value<'_>, key: &str) -> Option<String> {
    let value = item.get(key).ok().flatten()?;
    Some(value.as_str().ok().flatten()?.into_owned())
}

/// `addresses[1].city` without the number.
fn without_indexes(path: &str) -> String {
    let mut plain = String::with_capacity(path.len());
    let mut inside = false;
    for char in path.chars() {
        match char {
            '[' => inside = true,
            ']' => inside = false,
            char if !inside => plain.push(char),
            _ => {}
        }
    }
    plain
}
