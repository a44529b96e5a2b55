//! Which operators there are, and why the others are not.

use crate::{Refusal, cut};

/// Operators of MongoDB that are refused, with the reason.
const REFUSED: [(&str, &str); 26] = [
    ("$where", "code from a query is never run"),
    ("$function", "code from a query is never run"),
    ("$accumulator", "code from a query is never run"),
    ("$text", "there is no text index"),
    ("$search", "there is no text index"),
    ("$near", GEO),
    ("$nearSphere", GEO),
    ("$geoWithin", GEO),
    ("$geoIntersects", GEO),
    ("$geometry", GEO),
    ("$within", GEO),
    ("$box", GEO),
    ("$center", GEO),
    ("$centerSphere", GEO),
    ("$polygon", GEO),
    ("$maxDistance", GEO),
    ("$minDistance", GEO),
    ("$jsonSchema", "validate documents before they are stored"),
    ("$bitsAllSet", BITS),
    ("$bitsAnySet", BITS),
    ("$bitsAllClear", BITS),
    ("$bitsAnyClear", BITS),
    ("$rand", "a filter must give the same answer each time"),
    ("$sampleRate", "a filter must give the same answer each time"),
    ("$meta", "there is no text index"),
    ("$slice", "it belongs into a projection"),
];
const GEO: &str = "there are no geospatial queries";
const BITS: &str = "there are no queries on bits";
const LOGICAL: [&str; 3] = ["$and", "$or", "$nor"];
const BEHIND_PATHS: [&str; 18] = [
    "$eq",
    "$ne",
    "$gt",
    "$gte",
    "$lt",
    "$lte",
    "$in",
    "$nin",
    "$exists",
    "$type",
    "$mod",
    "$distance",
    "$size",
    "$all",
    "$elemMatch",
    "$not",
    "$regex",
    "$options",
];

/// Why `name` cannot stand where a path or `$and` could.
pub(super) fn top_level(name: &str) -> Refusal {
    if BEHIND_PATHS.contains(&name) {
        return Refusal::new(format!(
            "operator `{name}` needs a field: {{\"field\": {{\"{name}\": ...}}}}"
        ));
    }
    unknown(name)
}

/// Why `name` cannot stand behind a path.
pub(super) fn operator(name: &str) -> Refusal {
    if LOGICAL.contains(&name) {
        return Refusal::new(format!("operator `{name}` cannot stand behind a field"));
    }
    unknown(name)
}

fn unknown(name: &str) -> Refusal {
    let name = cut(name);
    match REFUSED.iter().find(|(refused, _)| *refused == name) {
        Some((_, why)) => Refusal::new(format!("operator `{name}` is not supported: {why}")),
        None if name.starts_with('$') => Refusal::new(format!("unknown operator `{name}`")),
        None => Refusal::new(format!(
            "expected an operator, found the field {name:?} beside one"
        )),
    }
}
