//! One operation of a document, with everything the page shows of it looked up.

use serde_json::Value;

use super::example;

/// The methods in the order in which a reader expects them.
const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

pub(super) struct Operation<'a> {
    pub(super) method: &'static str,
    pub(super) path: &'a str,
    pub(super) tag: &'a str,
    pub(super) summary: &'a str,
    pub(super) description: &'a str,
    pub(super) deprecated: bool,
    pub(super) parameters: Vec<Parameter<'a>>,
    pub(super) request: Option<RequestBody<'a>>,
    pub(super) responses: Vec<Answer<'a>>,
    /// Headers that carry credentials, as `name: value`.
    pub(super) credentials: Vec<String>,
}

pub(super) struct Parameter<'a> {
    pub(super) name: &'a str,
    pub(super) place: &'a str,
    pub(super) kind: &'a str,
    pub(super) required: bool,
    pub(super) description: &'a str,
    pub(super) example: Option<Value>,
}

pub(super) struct RequestBody<'a> {
    pub(super) content_type: &'a str,
    pub(super) example: Option<Value>,
}

pub(super) struct Answer<'a> {
    pub(super) status: &'a str,
    pub(super) description: &'a str,
    pub(super) examples: Vec<(String, Value)>,
}

/// All operations of `document` in the order of its paths.
pub(super) fn all(document: &Value) -> Vec<Operation<'_>> {
    let paths = document.get("paths").and_then(Value::as_object);
    let mut operations = Vec::new();
    for (path, item) in paths.into_iter().flatten() {
        let of_method = |method: &&'static str| read(document, path, item, method);
        operations.extend(METHODS.iter().filter_map(of_method));
    }
    operations
}

fn read<'a>(
    document: &'a Value,
    path: &'a String,
    item: &'a Value,
    method: &'static str,
) -> Option<Operation<'a>> {
    let raw = item.get(method)?;
    let shared = item
        .get("parameters")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    let own = raw
        .get("parameters")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    Some(Operation {
        method,
        path,
        tag: raw
            .pointer("/tags/0")
            .and_then(Value::as_str)
            .unwrap_or("general"),
        summary: text(raw, "summary"),
        description: text(raw, "description"),
        deprecated: raw.get("deprecated") == Some(&Value::Bool(true)),
        parameters: shared
            .chain(own)
            .map(|parameter| read_parameter(document, parameter))
            .collect(),
        request: raw
            .get("requestBody")
            .and_then(|body| read_request(document, body)),
        responses: read_responses(document, raw),
        credentials: credentials(document, raw),
    })
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn read_parameter<'a>(document: &'a Value, parameter: &'a Value) -> Parameter<'a> {
    let parameter = example::resolve(document, parameter);
    let schema = parameter
        .get("schema")
        .map(|schema| example::resolve(document, schema));
    Parameter {
        name: text(parameter, "name"),
        place: text(parameter, "in"),
        kind: schema.and_then(example::type_of).unwrap_or("string"),
        required: parameter.get("required") == Some(&Value::Bool(true)),
        description: text(parameter, "description"),
        example: example::of(document, parameter),
    }
}

fn read_request<'a>(document: &'a Value, body: &'a Value) -> Option<RequestBody<'a>> {
    let content = example::resolve(document, body).get("content")?.as_object()?;
    let (content_type, media) = content.iter().next()?;
    Some(RequestBody {
        content_type,
        example: example::of(document, media),
    })
}

fn read_responses<'a>(document: &'a Value, raw: &'a Value) -> Vec<Answer<'a>> {
    let responses = raw
        .get("responses")
        .and_then(Value::as_object)
        .into_iter()
        .flatten();
    let answer = |(status, response): (&'a String, &'a Value)| {
        let response = example::resolve(document, response);
        let content = response.get("content").and_then(Value::as_object);
        let media = content.and_then(|content| content.values().next());
        Answer {
            status,
            description: text(response, "description"),
            examples: media
                .map(|media| example::all_of(document, media))
                .unwrap_or_default(),
        }
    };
    responses.map(answer).collect()
}

/// What a caller has to send to be known, by the operation's security scheme or else the document's.
fn credentials(document: &Value, raw: &Value) -> Vec<String> {
    let required = raw.get("security").or_else(|| document.get("security"));
    let schemes = required
        .and_then(|all| all.get(0))
        .and_then(Value::as_object)
        .into_iter()
        .flatten();
    schemes
        .filter_map(|(name, _)| credential(document.pointer("/components/securitySchemes")?.get(name)?))
        .collect()
}

fn credential(scheme: &Value) -> Option<String> {
    match (text(scheme, "type"), text(scheme, "in")) {
        ("apiKey", "header") => Some(format!("{}: $TOKEN", text(scheme, "name"))),
        ("http", _) if text(scheme, "scheme").eq_ignore_ascii_case("bearer") => {
            Some("authorization: Bearer $TOKEN".to_owned())
        }
        _ => None,
    }
}
