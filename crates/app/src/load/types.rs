//! Types of fields with their rules (`typeRules`).

use super::bounds;
use super::desk::{At, Map, distinct_names};
use super::field::{Around, Place, fields};
use super::relationship;
use super::script::Functions;
use crate::{Choice, FieldType, LabelRule, MaskRules, PhoneRules, TextRules};

/// Most possible values.
const MAX_CHOICES: usize = 10_000;
/// Longest mask.
const MAX_MASK: usize = 100;
/// Longest text of type `text`.
const MAX_TEXT: i64 = 300;

/// The type of a field, with its rules.
pub(super) fn field_type(field: &Map<'_>, around: &Around<'_>) -> Option<FieldType> {
    let at = field.need("type")?;
    let name = at.text()?;
    if name != "nestedFields" {
        field.refuse(&["nestedFields"], "is for fields of type nestedFields only");
    }
    let Some(keys) = rule_keys(name) else {
        at.complain(format!("there is no type `{}`", query::cut(name)));
        return None;
    };
    let rules = match field.get("typeRules") {
        Some(at) if keys.is_empty() => {
            at.complain(format!("type {name} has no rules"));
            Rules(None)
        }
        Some(at) => Rules(at.map(keys)),
        None => Rules(None),
    };
    match name {
        "nestedFields" => nested(field, &rules, around),
        "relationship" => relationship::relationship(field, &rules, around),
        "choice" | "dynamicChoice" => choice(field, &rules, name == "choice"),
        "maskedText" => mask(field, &rules),
        "phone" => Some(FieldType::Phone(phone(&rules))),
        "text" => Some(FieldType::Text(text(&rules, MAX_TEXT))),
        "longText" => Some(FieldType::LongText(text(&rules, i64::from(u32::MAX)))),
        "qr" => Some(FieldType::Qr(text(&rules, i64::from(u32::MAX)))),
        "group" => Some(FieldType::Group {
            allowed: relationship::groups(&rules),
        }),
        _ => simple(name).or_else(|| bounds::bounded(name, &rules)),
    }
}

/// The keys that `typeRules` may have for a type; none for no type.
fn rule_keys(name: &str) -> Option<&'static [&'static str]> {
    Some(match name {
        "text" | "longText" | "qr" => &[
            "minLength",
            "maxLength",
            "exactLength",
            "regex",
            "regexHint",
            "regexCaseInsensitive",
        ],
        "integer" | "date" | "dateTime" | "dateTimeNoTimezone" | "dateYearMonth" | "dateMonthDay"
        | "time" | "duration" => &["minValue", "maxValue"],
        "autoIncrement" => &["minValue"],
        "decimal" | "money" | "percentage" | "bigNumber" => &["minValue", "maxValue", "decimals", "rounding"],
        "maskedText" => &["mask"],
        "phone" => &["international", "defaultPrefix"],
        "choice" | "dynamicChoice" => &["possibleValues"],
        "relationship" => &[
            "entity",
            "filter",
            "copiedFields",
            "deletePolicy",
            "labelUpdatePolicy",
        ],
        "group" => &["groups"],
        "nestedFields" => &["recordLabel"],
        _ if simple(name).is_some() => &[],
        _ => return None,
    })
}

/// A type without rules.
fn simple(name: &str) -> Option<FieldType> {
    Some(match name {
        "html" => FieldType::Html,
        "email" => FieldType::Email,
        "url" => FieldType::Url,
        "boolean" => FieldType::Boolean,
        "dateRecordCreated" => FieldType::RecordCreated,
        "dateRecordModified" => FieldType::RecordModified,
        "fileUpload" => FieldType::File,
        "color" => FieldType::Color,
        "rank" => FieldType::Rank,
        "geoPoint" => FieldType::GeoPoint,
        _ => return None,
    })
}

/// `typeRules`, which may be missing.
pub(super) struct Rules<'d>(Option<Map<'d>>);

impl<'d> Rules<'d> {
    /// The value of a key.
    pub(super) fn get(&self, key: &str) -> Option<&At<'d>> {
        self.0.as_ref()?.get(key)
    }

    /// The value of a key that must be there.
    pub(super) fn need(&self, key: &str, field: &Map<'_>) -> Option<&At<'d>> {
        match &self.0 {
            Some(map) => map.need(key),
            None => {
                if field.get("typeRules").is_none() {
                    field.missing(&format!("typeRules.{key}"));
                }
                None
            }
        }
    }

    /// The items of a list.
    pub(super) fn list(&self, key: &str) -> Vec<At<'d>> {
        self.0.as_ref().map(|map| map.list(key)).unwrap_or_default()
    }

    /// A truth value.
    pub(super) fn flag(&self, key: &str) -> Option<bool> {
        self.get(key).and_then(At::flag)
    }
}

fn text(rules: &Rules<'_>, longest: i64) -> TextRules {
    let length = |key: &str| {
        let length = rules.get(key)?.integer(0, longest)?;
        u32::try_from(length).ok()
    };
    let found = TextRules {
        min: length("minLength"),
        max: length("maxLength"),
        exact: length("exactLength"),
        regex: rules.get("regex").and_then(At::text).map(str::to_owned),
        regex_hint: rules.get("regexHint").and_then(At::text).map(str::to_owned),
        regex_ignores_case: rules.flag("regexCaseInsensitive").unwrap_or_default(),
    };
    if let (Some(at), Some(regex)) = (rules.get("regex"), &found.regex) {
        let sound = check_regex(regex);
        at.take(sound.and_then(|()| crate::values::check_rules(&FieldType::LongText(found.clone()))));
    } else if let Some(at) = rules
        .get("regexHint")
        .or_else(|| rules.get("regexCaseInsensitive"))
    {
        at.complain("says something about a regex that is not there");
    }
    if let (Some(at), Some(min), Some(max)) = (rules.get("maxLength"), found.min, found.max)
        && min > max
    {
        at.complain(format!("is less than minLength, {min}"));
    }
    if let (Some(at), true) = (rules.get("exactLength"), found.min.or(found.max).is_some()) {
        at.complain("goes with neither minLength nor maxLength");
    }
    found
}

fn check_regex(regex: &str) -> Result<(), String> {
    const LARGEST: usize = 1 << 20;
    let built = regex::RegexBuilder::new(&format!("^(?:{regex})$"))
        .size_limit(LARGEST)
        .build();
    let why = |error: regex::Error| {
        let text = error.to_string();
        let last = text.lines().last().unwrap_or_default();
        format!(
            "is not a regular expression: {}",
            last.trim_start_matches("error: ")
        )
    };
    built.map(|_| ()).map_err(why)
}

fn mask(field: &Map<'_>, rules: &Rules<'_>) -> Option<FieldType> {
    let at = rules.need("mask", field)?;
    let mask = at.text()?;
    if mask.len() > MAX_MASK {
        at.complain(format!("is longer than {MAX_MASK} bytes"));
        return None;
    }
    if !mask.contains(['9', 'a', 'w']) {
        at.complain("has no place for a character: `9` is a digit, `a` a letter, `w` either");
        return None;
    }
    Some(FieldType::MaskedText(MaskRules {
        mask: mask.to_owned(),
    }))
}

fn phone(rules: &Rules<'_>) -> PhoneRules {
    let prefix = rules.get("defaultPrefix").and_then(|at| {
        let text = at.text()?;
        let good = (1..=4).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        if !good {
            at.complain(format!("must be one to four digits, not `{}`", query::cut(text)));
        }
        good.then(|| text.to_owned())
    });
    PhoneRules {
        international: rules.flag("international").unwrap_or_default(),
        default_prefix: prefix,
    }
}

fn choice(field: &Map<'_>, rules: &Rules<'_>, fixed: bool) -> Option<FieldType> {
    let at = match rules.get("possibleValues") {
        None if !fixed => return Some(FieldType::DynamicChoice(Vec::new())),
        _ => rules.need("possibleValues", field)?,
    };
    let items = at.list()?;
    if items.is_empty() || items.len() > MAX_CHOICES {
        at.complain(format!(
            "must hold 1 to {MAX_CHOICES} values, not {}",
            items.len()
        ));
        return None;
    }
    let read: Vec<_> = items.iter().map(|at| (at, possible_value(at))).collect();
    distinct_names(&read, |choice| &choice.name);
    let choices: Option<Vec<Choice>> = read.into_iter().map(|(_, choice)| choice).collect();
    choices.map(if fixed {
        FieldType::Choice
    } else {
        FieldType::DynamicChoice
    })
}

fn possible_value(at: &At<'_>) -> Option<Choice> {
    let map = at.map(&["name", "label"])?;
    let at = map.need("name")?;
    let name = at.text()?;
    if name.trim() != name || name.contains([',', '"', '\n']) {
        at.complain("cannot hold commas, quotes, line ends or outer spaces");
        return None;
    }
    Some(Choice {
        label: map.label(name),
        name: name.to_owned(),
    })
}

fn nested(field: &Map<'_>, rules: &Rules<'_>, around: &Around<'_>) -> Option<FieldType> {
    let at = field.need("nestedFields")?;
    let items = at.list()?;
    if items.is_empty() {
        at.complain("holds no field");
        return None;
    }
    let place = if around.place == Place::Parameter {
        Place::Parameter
    } else {
        Place::Nested
    };
    let fields = fields(
        &items,
        &Around {
            place,
            ..around.clone()
        },
    );
    let label = rules
        .get("recordLabel")
        .and_then(|at| label(at, around.functions));
    if let (Some(LabelRule::Field(name)), Some(at)) = (&label, rules.get("recordLabel")) {
        at.take(can_be_label(&fields, name));
    }
    Some(FieldType::Nested {
        label: label.unwrap_or_default(),
        fields,
    })
}

/// `fields/name` or `js/name`.
pub(super) fn label(at: &At<'_>, functions: &Functions) -> Option<LabelRule> {
    let text = at.text()?;
    if let Some(field) = text.strip_prefix("fields/") {
        return Some(LabelRule::Field(field.to_owned()));
    }
    if text.starts_with("js/") {
        return functions.name(at).map(LabelRule::Script);
    }
    at.complain(format!(
        "must be `fields/name` or `js/name`, not `{}`",
        query::cut(text)
    ));
    None
}

/// Whether a record can be called by this field.
pub(super) fn can_be_label(fields: &crate::Fields, name: &str) -> Result<(), String> {
    let field = fields
        .get(name)
        .ok_or_else(|| format!("there is no field `{name}`"))?;
    match &field.kind {
        FieldType::Nested { .. } | FieldType::GeoPoint => {
            Err(format!("{} cannot be a label", field.kind.name()))
        }
        _ if field.many => Err(format!("`{name}` holds many values and cannot be a label")),
        _ if field.transient => Err(format!("`{name}` is never stored and cannot be a label")),
        _ if field.sensitive => Err(format!("`{name}` is sensitive and cannot be a label")),
        _ if field.is_aggregate() => Err(format!("`{name}` is an aggregate and cannot be a label")),
        _ => Ok(()),
    }
}
