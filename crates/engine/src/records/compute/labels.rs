//! Labels that functions give to records and to nested values.

use app::{FieldType, Fields, FunctionName, LabelRule};
use jsonb::{Jsonb, Kind};
use model::Error;

use super::super::draft::{Draft, Slot, Spot};
use super::super::prepare::{Begun, Task};

impl Task {
    /// Labels of nested values first, since the record's own may be made of them.
    pub(super) fn labels(&self, begun: &mut Begun) -> Result<(), Error> {
        let mut places = Vec::new();
        nested_labels(
            &mut begun.draft,
            &self.entity.fields,
            &Spot::default(),
            &mut |spot, function, _| {
                places.push((spot.clone(), function));
            },
        );
        let mut texts = Vec::new();
        for (spot, function) in &places {
            let label = self.function(begun, function, &[Some(&spot.spelled)])?;
            texts.push(text_of(label.as_ref()));
        }
        if !texts.is_empty() {
            begun.seen = None;
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
            (begun.draft.label, begun.seen) = (Some(text_of(label.as_ref())), None);
        }
        Ok(())
    }
}

/// Shows every nested value whose label is a function's to `visit`, the inner ones first.
fn nested_labels<'f>(
    draft: &mut Draft,
    fields: &'f Fields,
    at: &Spot<'f>,
    visit: &mut dyn FnMut(&Spot<'f>, &'f FunctionName, &mut Draft),
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
