//! The dialect's API document.
//!
//! Entities are what an app says, so records are described in general; the document is put together as JSON from a table
//! of operations and read into the document type.

mod operations;
mod parameters;

use edge::openapi::{USUAL, add_refusals};
use serde_json::{Value, json};
use utoipa::openapi::OpenApi;

use crate::error;

/// The document.
pub(crate) fn document() -> OpenApi {
    let text = json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Stockyard: slingr",
            "version": "1.0.0",
            "description": "The REST API of an app's runtime: records, files, jobs, logs and users. `env` is the \
                environment that the server was started as; the same routes are also there under `/api`, as on custom \
                domains. Every success has the status 200.",
        },
        "paths": operations::paths(),
        "components": {
            "schemas": schemas(),
            "securitySchemes": {
                "token": {
                    "type": "apiKey", "in": "header", "name": "token",
                    "description": "The token that a log-in answers with.",
                },
                "bearer": { "type": "http", "scheme": "bearer" },
                "cookie": {
                    "type": "apiKey", "in": "cookie", "name": "token", "description": "For downloads only.",
                },
            },
        },
        "security": [{ "token": [] }, { "bearer": [] }],
    });
    let mut document: OpenApi = serde_json::from_value(text).expect("the document is an OpenAPI document");
    add_refusals(&mut document, error::render, USUAL);
    document
}

/// A reference to a schema.
fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

fn schemas() -> Value {
    let text = include_str!("openapi/schemas.json");
    serde_json::from_str(text).expect("the file is JSON")
}
