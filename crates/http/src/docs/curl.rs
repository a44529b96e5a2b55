//! The command that calls an operation, ready to be pasted into a shell.

use serde_json::Value;

use super::operation::Operation;

/// Where a server listens unless told otherwise.
const BASE: &str = "http://127.0.0.1:8080";

pub(super) fn command(operation: &Operation<'_>) -> String {
    let mut parts = vec![match operation.method {
        "get" => format!("curl {}", single_quoted(&address(operation))),
        method => format!(
            "curl -X {} {}",
            method.to_uppercase(),
            single_quoted(&address(operation))
        ),
    }];
    parts.extend(
        operation
            .credentials
            .iter()
            .map(|header| format!("-H {}", double_quoted(header))),
    );
    for parameter in operation
        .parameters
        .iter()
        .filter(|p| p.required && p.place == "header")
    {
        let value = parameter.example.as_ref().map(plain).unwrap_or_default();
        parts.push(format!(
            "-H {}",
            single_quoted(&format!("{}: {value}", parameter.name))
        ));
    }
    if let Some(request) = &operation.request {
        parts.push(format!("-H 'content-type: {}'", request.content_type));
        parts.push(match &request.example {
            Some(example) if request.content_type.contains("json") => {
                format!("-d {}", single_quoted(&example.to_string()))
            }
            Some(Value::String(text)) => format!("--data-binary {}", single_quoted(text)),
            _ => "--data-binary @FILE".to_owned(),
        });
    }
    parts.join(" \\\n  ")
}

/// The path with its parameters filled in, and the query parameters that are required.
fn address(operation: &Operation<'_>) -> String {
    let mut address = format!("{BASE}{}", operation.path);
    let mut separator = '?';
    for parameter in &operation.parameters {
        let value = parameter.example.as_ref().map(|value| escaped(&plain(value)));
        match (parameter.place, value) {
            ("path", Some(value)) => {
                address = address.replace(&format!("{{{}}}", parameter.name), &value);
            }
            ("query", Some(value)) if parameter.required => {
                address.push_str(&format!("{separator}{}={value}", escaped(parameter.name)));
                separator = '&';
            }
            _ => {}
        }
    }
    address
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn escaped(text: &str) -> String {
    let keep = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let escape = |byte: u8| {
        if keep(byte) {
            char::from(byte).to_string()
        } else {
            format!("%{byte:02X}")
        }
    };
    text.bytes().map(escape).collect()
}

fn single_quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// For text in which `$TOKEN` is to be put in by the shell, and nothing else.
fn double_quoted(text: &str) -> String {
    format!("\"{}\"", text.replace(['"', '`', '\\'], ""))
}

#[cfg(test)]
mod tests {
    use super::{escaped, single_quoted};

    #[test]
    fn values_survive_shell_and_address() {
        assert_eq!(single_quoted("it's"), r"'it'\''s'");
        assert_eq!(escaped("a b/é"), "a%20b%2F%C3%A9");
    }
}
