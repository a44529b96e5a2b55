//! Fields compared, and what their records need.

use super::{Conversion, EntityChange, FieldChange, FieldChangeKind};
use crate::{Calculation, Field, FieldType, Fields};

/// Notes how these fields differ, below a path that ends with a dot or is empty.
pub(super) fn compare(change: &mut EntityChange, prefix: &str, old: &Fields, new: &Fields) {
    for field in new {
        let path = format!("{prefix}{}", field.name);
        match old.get(&field.name) {
            None => added(change, path, field),
            Some(was) => changed(change, path, was, field),
        }
    }
    for gone in old.iter().filter(|field| new.get(&field.name).is_none()) {
        removed(change, format!("{prefix}{}", gone.name));
    }
    reordered(change, old, new);
}

fn note(change: &mut EntityChange, path: &str, kind: FieldChangeKind) {
    change.fields.push(FieldChange {
        path: path.to_owned(),
        kind,
    });
}

fn removed(change: &mut EntityChange, path: String) {
    note(change, &path, FieldChangeKind::Removed);
    change.convert(Conversion::Drop(path));
}

fn added(change: &mut EntityChange, path: String, field: &Field) {
    note(change, &path, FieldChangeKind::Added(field.kind.name()));
    first_values(change, &path, field);
}

/// What a field that was not there needs, and the fields within it.
fn first_values(change: &mut EntityChange, path: &str, field: &Field) {
    if field.transient {
        return;
    }
    if let Some(Calculation::Script(_)) = field.calculation {
        return change.convert(Conversion::Calculate(path.to_owned()));
    }
    match &field.kind {
        FieldType::Boolean | FieldType::RecordCreated | FieldType::RecordModified if !field.many => {
            change.convert(Conversion::Fill(path.to_owned()));
        }
        FieldType::AutoIncrement { .. } | FieldType::Rank => {
            change.convert(Conversion::Number(path.to_owned()));
        }
        _ => {}
    }
}

fn changed(change: &mut EntityChange, path: String, old: &Field, new: &Field) {
    if old == new {
        return;
    }
    if new.transient != old.transient {
        // What is no longer stored goes; what was never stored has nothing to convert.
        return if new.transient {
            removed(change, path)
        } else {
            added(change, path, new)
        };
    }
    if let (
        FieldType::Nested {
            fields: before,
            label: was,
        },
        FieldType::Nested { fields: after, label },
    ) = (&old.kind, &new.kind)
    {
        compare(change, &format!("{path}."), before, after);
        if was != label {
            change.convert(Conversion::Label(Some(path.clone())));
        }
    } else if sort(&old.kind) != sort(&new.kind) {
        note(
            change,
            &path,
            FieldChangeKind::Retyped {
                from: sort(&old.kind),
                to: sort(&new.kind),
            },
        );
        retyped(change, &path, new);
    }
    if old.many != new.many {
        note(change, &path, FieldChangeKind::Multiplicity { many: new.many });
        let path = path.clone();
        change.convert(if new.many {
            Conversion::ToMany(path)
        } else {
            Conversion::ToOne(path)
        });
    }
    if copied(&old.kind) != copied(&new.kind) && sort(&old.kind) == sort(&new.kind) {
        change.convert(Conversion::Copy(path.clone()));
    }
    if let Some(calculation @ Calculation::Script(_)) = &new.calculation
        && old.calculation.as_ref() != Some(calculation)
    {
        change.convert(Conversion::Calculate(path.clone()));
    }
    if sort(&old.kind) == sort(&new.kind) && rules(old) != rules(new) {
        note(change, &path, FieldChangeKind::Rules);
    }
}

/// What a new type needs.
fn retyped(change: &mut EntityChange, path: &str, field: &Field) {
    match field.kind {
        FieldType::AutoIncrement { .. } | FieldType::Rank => {
            change.convert(Conversion::Drop(path.to_owned()));
            change.convert(Conversion::Number(path.to_owned()));
        }
        FieldType::RecordCreated | FieldType::RecordModified => {
            change.convert(Conversion::Fill(path.to_owned()));
        }
        _ => change.convert(Conversion::Retype(path.to_owned())),
    }
}

/// A type, with what makes its values be of another sort.
fn sort(kind: &FieldType) -> String {
    match kind {
        FieldType::Relationship(rules) => format!("relationship to {}", rules.entity),
        _ => kind.name().to_owned(),
    }
}

fn copied(kind: &FieldType) -> &[String] {
    match kind {
        FieldType::Relationship(rules) => &rules.copied,
        _ => &[],
    }
}

/// A field without what is compared by itself.
fn rules(field: &Field) -> Field {
    let mut field = Field {
        many: false,
        ..field.clone()
    };
    match &mut field.kind {
        FieldType::Nested { fields, .. } => *fields = Fields::default(),
        FieldType::Relationship(rules) => rules.entity.clear(),
        _ => {}
    }
    field
}

/// Another order is a change of the entity, though no record needs it.
fn reordered(change: &mut EntityChange, old: &Fields, new: &Fields) {
    let common = |these: &Fields, others: &Fields| -> Vec<String> {
        these
            .iter()
            .filter(|field| others.get(&field.name).is_some())
            .map(|field| field.name.clone())
            .collect()
    };
    change.behaviour |= common(old, new) != common(new, old);
}
