//! The dialect's API document. Its two paths take every operation, so it names them and says how they are told apart; the
//! fields of each are Amazon's to document.

use serde_json::{Value as Json, json};
use utoipa::openapi::OpenApi;

use crate::ops::NAMES;

/// The document.
pub(crate) fn document() -> OpenApi {
    let text = json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Stockyard: sqs",
            "version": "1.0.0",
            "description": "Queues of messages, as clients of Amazon SQS speak with them. Requests are signed with AWS \
                Signature Version 4, service `sqs`; `stockyard sqs credentials` prints what signs them.",
        },
        "paths": {
            "/sqs/": { "post": operation(&[]) },
            "/sqs/{account}/{queue}": { "post": operation(&["account", "queue"]) },
        },
        "components": {
            "schemas": {
                "Error": {
                    "type": "object",
                    "required": ["__type", "message"],
                    "properties": { "__type": { "type": "string" }, "message": { "type": "string" } },
                },
            },
            "securitySchemes": {
                "signature": {
                    "type": "apiKey", "in": "header", "name": "Authorization",
                    "description": "AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…",
                },
            },
        },
        "security": [{ "signature": [] }],
    });
    serde_json::from_value(text).expect("the document is an OpenAPI document")
}

fn operation(path: &[&str]) -> Json {
    let targets: Vec<String> = NAMES.iter().map(|name| format!("AmazonSQS.{name}")).collect();
    let mut parameters = vec![json!({
        "name": "X-Amz-Target", "in": "header", "required": true,
        "description": "The operation; without it the body is a form that has it as `Action`, and the answer XML.",
        "schema": { "type": "string", "enum": targets },
    })];
    for name in path {
        parameters.push(json!({
            "name": name, "in": "path", "required": true, "schema": { "type": "string" },
        }));
    }
    let object = json!({ "application/x-amz-json-1.0": { "schema": { "type": "object" } } });
    let error = json!({
        "description": "Refused; `x-amzn-query-error` has the code of the older protocol",
        "content": { "application/x-amz-json-1.0": { "schema": { "$ref": "#/components/schemas/Error" } } },
    });
    json!({
        "summary": "Do what X-Amz-Target names",
        "parameters": parameters,
        "requestBody": { "required": true, "content": object },
        "responses": {
            "200": { "description": "Done", "content": object },
            "400": error, "403": error, "500": error, "503": error,
        },
    })
}
