//! The dialect's API document, made of the table of kinds.
//!
//! The kinds differ in little, so the document is put together as JSON from a few patterns and read into the document
//! type, instead of being annotated route by route.

mod operations;
mod schemas;

use edge::openapi::{USUAL, add_refusals};
use serde_json::json;
use utoipa::openapi::OpenApi;

use crate::error;

/// The document.
pub(crate) fn document() -> OpenApi {
    let text = json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Stockyard: qalx",
            "version": "1.0.0",
            "description": "Data, files and queues of engineering calculations, as pyqalx speaks it. A client's BASE_URL is \
                this server's address with `/qalx/` at its end. Bodies are MongoDB's extended JSON.",
        },
        "paths": operations::paths(),
        "components": {
            "schemas": schemas::schemas(),
            "securitySchemes": {
                "token": {
                    "type": "apiKey", "in": "header", "name": "Authorization",
                    "description": "Token <token>, of a user or of a bot",
                },
            },
        },
        "security": [{ "token": [] }],
    });
    let mut document: OpenApi = serde_json::from_value(text).expect("the document is an OpenAPI document");
    add_refusals(&mut document, error::render, USUAL);
    document
}
