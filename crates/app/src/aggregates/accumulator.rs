//! What a group computes of its documents: `count()`, `sum(f)`, `avg(f)`, `first(f)`, `last(f)`, `min(f)`, `max(f)`.
//!
//! Values that compare in another form than they have (big numbers, markup) are compared in that form and given in their
//! own; sums and means of big numbers are those of the nearest doubles, given as numbers.

use jsonb::Jsonb;

use crate::lower::document::{dotted, null, one, text};
use crate::lower::path::{End, Target, plain};
use crate::lower::table::end_name;
use crate::values;
use crate::{Field, FieldType};

use super::building::{Building, at, call, described, if_there};

/// An accumulator in the terms of the query core.
pub(super) struct Accumulator {
    /// The stage's own fields and what they accumulate.
    pub(super) parts: Vec<(String, Jsonb)>,
    /// The value, of those fields.
    pub(super) value: Jsonb,
    /// The form that compares, where the value has another.
    pub(super) shadow: Option<Jsonb>,
    /// The result as a field.
    pub(super) field: Field,
    /// The path it looks at.
    pub(super) path: Option<String>,
}

/// Reads `sum(field)`, the `index`-th accumulator of its group.
pub(super) fn accumulator(
    building: &Building<'_>,
    name: &str,
    call: &str,
    index: usize,
) -> Result<Accumulator, String> {
    let own = format!("a{index}");
    let parts = call
        .trim()
        .split_once('(')
        .and_then(|(function, rest)| Some((function.trim(), rest.strip_suffix(')')?.trim())));
    let Some((function, path)) = parts else {
        return Err(format!(
            "{:?} is no accumulator like `sum(field)`",
            query::cut(call)
        ));
    };
    if function == "count" {
        if !path.is_empty() {
            return Err("`count` takes no field".to_owned());
        }
        return Ok(Accumulator {
            parts: vec![(
                own.clone(),
                one("$sum", &crate::lower::document::scalar(|items| items.item_i64(1))),
            )],
            value: at(&own),
            shadow: None,
            field: plain(name, FieldType::Integer(Default::default()), false),
            path: None,
        });
    }
    if !["sum", "avg", "first", "last", "min", "max"].contains(&function) {
        return Err(format!(
            "there is no accumulator `{}`; there are count, sum, avg, first, last, min and max",
            query::cut(function)
        ));
    }
    let target = building
        .frame()
        .resolve(path)
        .map_err(|why| format!("`{function}`: `{path}`: {why}"))?;
    check(function, path, &target)?;
    Ok(of(function, name, &own, path, &target))
}

/// Whether the type has the accumulator.
fn check(function: &str, path: &str, target: &Target<'_>) -> Result<(), String> {
    let allowed = match target.end {
        End::Field(field) => has(&field.kind, function),
        End::RecordId | End::Text | End::GroupName => !matches!(function, "sum" | "avg"),
        End::Version => true,
    };
    if !allowed {
        return Err(format!(
            "`{function}`: `{path}` is of type {}, which does not have it",
            end_name(target.end)
        ));
    }
    if matches!(function, "first" | "last") {
        return Ok(());
    }
    if target.sensitive {
        return Err(format!("`{function}`: `{path}` is sensitive"));
    }
    match target.is_many() {
        true => Err(format!(
            "`{function}`: `{path}` may have several values: unwind it first"
        )),
        false => Ok(()),
    }
}

fn has(kind: &FieldType, function: &str) -> bool {
    use FieldType::*;
    match function {
        "sum" | "avg" => matches!(
            kind,
            Integer(_)
                | AutoIncrement { .. }
                | Decimal(_)
                | Money(_)
                | Percentage(_)
                | BigNumber(_)
                | Duration(_)
        ),
        "first" | "last" => !matches!(kind, DynamicChoice(_) | GeoPoint),
        _ => !matches!(
            kind,
            Relationship(_) | Group { .. } | File | Nested { .. } | DynamicChoice(_) | GeoPoint
        ),
    }
}

fn of(function: &str, name: &str, own: &str, path: &str, target: &Target<'_>) -> Accumulator {
    let stored = at(&target.dotted());
    let shadowed = target.kind().is_some_and(values::shadow);
    let operator = format!("${function}");
    let mut field = described(target, name);
    let mut made = Accumulator {
        parts: Vec::new(),
        value: call("$ifNull", &[at(own), text("$$REMOVE")]),
        shadow: None,
        field: field.clone(),
        path: Some(path.to_owned()),
    };
    let input = match (function, shadowed) {
        ("sum" | "avg", true) => one("$toDouble", &stored),
        ("min" | "max", true) => {
            let compared = at(&dotted(&target.compared()));
            let pair = jsonb::object()
                .field_body("k", &compared)
                .field_body("v", &stored)
                .finish();
            made.value = at(&format!("{own}.v"));
            made.shadow = Some(at(&format!("{own}.k")));
            if_there(&compared, &pair, &null())
        }
        ("first" | "last", true) => {
            let compared = format!("{own}s");
            made.parts
                .push((compared.clone(), one(&operator, &at(&dotted(&target.compared())))));
            made.shadow = Some(at(&compared));
            stored
        }
        _ => stored,
    };
    made.parts.push((own.to_owned(), one(&operator, &input)));
    if let "sum" | "avg" = function {
        field.kind = computed(field.kind, function);
        made.field = field;
    }
    made
}

/// The type of a sum or mean.
fn computed(kind: FieldType, function: &str) -> FieldType {
    match (kind, function) {
        (FieldType::AutoIncrement { .. }, "sum") => FieldType::Integer(Default::default()),
        (FieldType::BigNumber(_), _) => FieldType::Decimal(Default::default()),
        (FieldType::Integer(_) | FieldType::AutoIncrement { .. } | FieldType::Duration(_), "avg") => {
            FieldType::Decimal(Default::default())
        }
        (kind, _) => kind,
    }
}
