//! What every API document must hold to, whatever the dialect.

use std::collections::BTreeSet;

use serde_json::Value;

/// Method, path and description of every operation.
pub fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let paths = document["paths"].as_object().expect("a document has paths");
    let mut operations = Vec::new();
    for (path, item) in paths {
        let methods = item.as_object().expect("a path has methods");
        let of_path = methods.iter();
        operations
            .extend(of_path.map(|(method, operation)| (method.clone(), path.clone(), operation.clone())));
    }
    operations
}

/// Whether every operation has a name that no other one has, and the answers that `expected` says of it.
///
/// # Panics
/// When one has not.
pub fn check_operations(document: &Value, expected: impl Fn(&str, &str, &Value) -> Vec<&'static str>) {
    let mut names = BTreeSet::new();
    for (method, path, operation) in operations(document) {
        let name = operation["operationId"].as_str().unwrap_or_default();
        assert!(
            !name.is_empty() && names.insert(name.to_owned()),
            "{method} {path} needs a name of its own"
        );
        let responses = &operation["responses"];
        for status in expected(&method, &path, &operation) {
            assert!(responses[status].is_object(), "{method} {path} {status}");
        }
    }
}

/// Whether every reference leads to a schema and every schema is used.
///
/// # Panics
/// When one is not.
pub fn check_schemas(document: &Value) {
    let schemas = document["components"]["schemas"].as_object();
    let schemas: BTreeSet<_> = schemas
        .expect("a document has schemas")
        .keys()
        .map(String::as_str)
        .collect();
    let text = document.to_string();
    let references = text.split("#/components/schemas/").skip(1);
    let used: BTreeSet<_> = references
        .map(|rest| rest.split('"').next().unwrap_or_default())
        .collect();
    assert_eq!(used, schemas);
}
