//! What may be said of fields of which type (`contracts/slingr.md` §5), and what excludes what.

use super::desk::Map;
use super::field::Place;
use crate::{Field, FieldType, Rule};

/// Complains about what the type or the place of a field does not allow.
pub(super) fn check(map: &Map<'_>, field: &Field, place: Place) {
    let can = features(&field.kind);
    let of_type = [
        ("multiplicity", field.many, can.many),
        ("defaultValue", field.default.is_some(), can.default),
        ("unique", field.unique, can.unique),
        ("required", field.required != Rule::Never, can.required),
        ("indexable", field.indexable, can.indexable),
        ("sensitiveData", field.sensitive, can.sensitive),
        ("valueCalculation", field.calculation.is_some(), can.calculated),
    ];
    for (key, said, possible) in of_type {
        if said && !possible {
            map.refuse(
                &[key],
                &format!("a field of type {} cannot have it", field.kind.name()),
            );
        }
    }
    if field.calculation.is_some() {
        map.refuse(&["defaultValue"], "a calculated field has no default");
    }
    if field.transient && (field.unique || field.indexable) {
        map.refuse(
            &["transient"],
            "what is never stored can be neither unique nor indexed",
        );
    }
    if field.is_aggregate() {
        of_aggregate(map, field);
    }
    of_place(map, field, place);
}

/// An aggregate changes by what becomes of other records, which must not be refused for it.
fn of_aggregate(map: &Map<'_>, field: &Field) {
    if field.many {
        map.refuse(&["multiplicity"], "an aggregate is one value");
    }
    if field.unique {
        map.refuse(&["unique"], "an aggregate cannot be unique");
    }
    if field.transient {
        map.refuse(&["transient"], "an aggregate is stored");
    }
    if field.required != Rule::Never {
        map.refuse(&["required"], "an aggregate has the value that it has");
    }
    if field.validation.is_some() {
        map.refuse(&["validation"], "an aggregate has the value that it has");
    }
}

fn of_place(map: &Map<'_>, field: &Field, place: Place) {
    let of_record = matches!(
        field.kind,
        FieldType::AutoIncrement { .. }
            | FieldType::RecordCreated
            | FieldType::RecordModified
            | FieldType::Rank
    );
    if of_record && place != Place::Entity {
        map.refuse(
            &["type"],
            &format!("{} is for fields of entities only", field.kind.name()),
        );
    }
    if place == Place::Parameter {
        let keys = ["unique", "indexable", "transient", "readAccess", "writeAccess"];
        map.refuse(&keys, "a parameter cannot have it");
    }
}

#[derive(Clone, Copy)]
struct Features {
    many: bool,
    default: bool,
    unique: bool,
    required: bool,
    indexable: bool,
    sensitive: bool,
    calculated: bool,
}

/// The row of the table for a type, in the order many, default, unique, required, indexable, sensitive, calculated.
fn features(kind: &FieldType) -> Features {
    use FieldType as T;
    let row = match kind {
        T::Text(_) | T::LongText(_) | T::Html | T::Email | T::Url | T::Phone(_) => "yyyyyyy",
        T::MaskedText(_) | T::Qr(_) | T::Integer(_) | T::Relationship(_) | T::Group { .. } => "yyyyyyy",
        T::Decimal(_) | T::Money(_) | T::Percentage(_) | T::BigNumber(_) | T::Choice(_) => "yynyyyy",
        T::Date(_) | T::DateTime(_) | T::DateTimeNoTimezone(_) | T::YearMonth(_) => "yynyyyy",
        T::MonthDay(_) | T::Time(_) | T::Duration(_) | T::Color => "yynyyyy",
        T::AutoIncrement { .. } | T::RecordCreated | T::RecordModified => "nnnnyyn",
        T::Boolean => "yynnyyy",
        T::DynamicChoice(_) => "yynynyy",
        T::File => "ynnynyn",
        T::Nested { .. } => "ynnynny",
        T::Rank => "nnynyyn",
        T::GeoPoint => "yynyyny",
    };
    let mut cells = row.bytes().map(|cell| cell == b'y');
    let mut next = || cells.next().unwrap_or_default();
    Features {
        many: next(),
        default: next(),
        unique: next(),
        required: next(),
        indexable: next(),
        sensitive: next(),
        calculated: next(),
    }
}

/// Whether values of this type can be in an index.
pub(super) fn can_be_indexed(kind: &FieldType) -> bool {
    features(kind).indexable
}
