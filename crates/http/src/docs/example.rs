//! An example value for a body or parameter: the one that the document gives, or one made up from the schema.

use serde_json::{Map, Value, json};

/// Schemas may contain themselves; below this the made-up value is cut off.
const MAX_DEPTH: usize = 6;

/// Follows `$ref` within `document`, if `value` is one.
pub(super) fn resolve<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    let target = value
        .get("$ref")
        .and_then(Value::as_str)
        .and_then(|text| text.strip_prefix('#'));
    target
        .and_then(|pointer| document.pointer(pointer))
        .unwrap_or(value)
}

/// The example of a media type, a parameter or anything else with `example`, `examples` or `schema`.
pub(super) fn of(document: &Value, holder: &Value) -> Option<Value> {
    if let Some(example) = holder.get("example") {
        return Some(example.clone());
    }
    let named = holder
        .get("examples")
        .and_then(Value::as_object)
        .and_then(|all| all.values().next());
    if let Some(value) = named.and_then(|example| resolve(document, example).get("value")) {
        return Some(value.clone());
    }
    holder.get("schema").map(|schema| made_up(document, schema, 0))
}

/// All examples of a media type with their names; the first is unnamed unless the document names it.
pub(super) fn all_of(document: &Value, holder: &Value) -> Vec<(String, Value)> {
    let Some(named) = holder
        .get("examples")
        .and_then(Value::as_object)
        .filter(|all| !all.is_empty())
    else {
        return of(document, holder)
            .map(|value| (String::new(), value))
            .into_iter()
            .collect();
    };
    let value = |example| resolve(document, example).get("value").cloned();
    named
        .iter()
        .filter_map(|(name, example)| Some((name.clone(), value(example)?)))
        .collect()
}

fn made_up(document: &Value, schema: &Value, depth: usize) -> Value {
    let schema = resolve(document, schema);
    for key in ["example", "default", "const"] {
        if let Some(value) = schema.get(key) {
            return value.clone();
        }
    }
    for key in ["examples", "enum"] {
        if let Some(value) = schema.get(key).and_then(|all| all.get(0)) {
            return value.clone();
        }
    }
    if depth >= MAX_DEPTH {
        return Value::Null;
    }
    for key in ["oneOf", "anyOf"] {
        if let Some(choices) = schema.get(key).and_then(Value::as_array) {
            let chosen = choices.iter().find(|choice| type_of(choice) != Some("null"));
            return chosen.map_or(Value::Null, |choice| made_up(document, choice, depth + 1));
        }
    }
    if let Some(parts) = schema.get("allOf").and_then(Value::as_array) {
        return merged(parts.iter().map(|part| made_up(document, part, depth + 1)));
    }
    of_type(document, schema, depth)
}

fn merged(parts: impl Iterator<Item = Value>) -> Value {
    let mut all = Map::new();
    for part in parts {
        if let Value::Object(fields) = part {
            all.extend(fields);
        }
    }
    Value::Object(all)
}

fn of_type(document: &Value, schema: &Value, depth: usize) -> Value {
    match type_of(schema) {
        Some("string") => json!(text_of(schema.get("format").and_then(Value::as_str))),
        Some("integer") => schema.get("minimum").cloned().unwrap_or_else(|| json!(1)),
        Some("number") => json!(1.5),
        Some("boolean") => json!(true),
        Some("array") => {
            let items = schema.get("items");
            items.map_or_else(|| json!([]), |items| json!([made_up(document, items, depth + 1)]))
        }
        Some("object") | None => {
            let fields = schema
                .get("properties")
                .and_then(Value::as_object)
                .into_iter()
                .flatten();
            fields
                .map(|(name, field)| (name.clone(), made_up(document, field, depth + 1)))
                .collect()
        }
        Some(_) => Value::Null,
    }
}

/// The type, or the first of several that is not null.
pub(super) fn type_of(schema: &Value) -> Option<&str> {
    match schema.get("type")? {
        Value::String(name) => Some(name),
        Value::Array(names) => names
            .iter()
            .filter_map(Value::as_str)
            .find(|name| *name != "null"),
        _ => None,
    }
}

fn text_of(format: Option<&str>) -> &'static str {
    match format {
        Some("date") => "2026-03-01",
        Some("date-time") => "2026-03-01T09:30:00Z",
        Some("email") => "ada@example.com",
        Some("uri") => "https://example.com/",
        Some("uuid") => "3f2b8c1e-5d4a-4f6b-9c7d-8e9f0a1b2c3d",
        Some("binary") => "…",
        _ => "text",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::of;

    #[test]
    fn given_examples_are_preferred_to_made_up_ones() {
        let schema = json!({"type": "integer"});
        assert_eq!(
            of(&Value::Null, &json!({"example": 7, "schema": schema})),
            Some(json!(7))
        );
        assert_eq!(
            of(
                &Value::Null,
                &json!({"examples": {"a": {"value": 8}}, "schema": schema})
            ),
            Some(json!(8))
        );
        assert_eq!(of(&Value::Null, &json!({"schema": schema})), Some(json!(1)));
        assert_eq!(of(&Value::Null, &json!({})), None);
    }

    #[test]
    fn schemas_that_contain_themselves_end() {
        let document = json!({"components": {"schemas": {"Node": {
            "type": "object",
            "properties": {
                "name": {"type": ["null", "string"]},
                "next": {"oneOf": [{"type": "null"}, {"$ref": "#/components/schemas/Node"}]}
            }
        }}}});
        let value = of(
            &document,
            &json!({"schema": {"$ref": "#/components/schemas/Node"}}),
        )
        .unwrap();
        assert_eq!(value["name"], "text");
        assert_eq!(value["next"]["name"], "text");
        assert!(value.to_string().len() < 500);
    }
}
