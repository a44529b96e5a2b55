//! What another text of an entity's functions means for its records.
//!
//! A text is not looked into: when it differs, whatever its functions gave to records is computed anew. What they only
//! say while somebody writes or reads, such as rules and defaults, has nothing stored.

use super::{Conversion, EntityChange};
use crate::{Calculation, Entity, FieldType, Fields, LabelRule};

/// Notes what is computed anew.
pub(super) fn compare(change: &mut EntityChange, old: &Entity, new: &Entity) {
    if old.script == new.script {
        return;
    }
    of_fields(change, "", &new.fields);
    if let LabelRule::Script(_) = new.record_label {
        change.convert(Conversion::Label(None));
    }
}

fn of_fields(change: &mut EntityChange, prefix: &str, fields: &Fields) {
    for field in fields.iter().filter(|field| !field.transient) {
        let path = format!("{prefix}{}", field.name);
        if let Some(Calculation::Script(_)) = field.calculation {
            change.convert(Conversion::Calculate(path.clone()));
        }
        if let FieldType::Nested { fields, label } = &field.kind {
            of_fields(change, &format!("{path}."), fields);
            if let LabelRule::Script(_) = label {
                change.convert(Conversion::Label(Some(path)));
            }
        }
    }
}
