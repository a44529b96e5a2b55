//! The documents and the page made of them.

use axum::Router;
use serde_json::{Value, json};
use stockyard_http::openapi::{USUAL, add_refusals};
use stockyard_http::{Edge, HttpOptions};
use utoipa::openapi::OpenApi;

use crate::support::{fetch_path, toy_form};

fn document() -> OpenApi {
    let mut document: OpenApi = serde_json::from_value(json!({
        "openapi": "3.1.0",
        "info": {"title": "Toy shop", "version": "1.0", "description": "Things & their <sizes>."},
        "security": [{"bearer": []}],
        "paths": {
            "/toy/things/{id}": {
                "get": {
                    "tags": ["things"],
                    "summary": "Reads a thing.",
                    "parameters": [
                        {"name": "id", "in": "path", "required": true, "description": "The thing.", "schema": {"type": "integer"}, "example": 7},
                        {"name": "fields", "in": "query", "required": false, "schema": {"type": "string"}}
                    ],
                    "responses": {
                        "200": {"description": "The thing.", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}},
                        "404": {"description": "Sold out."}
                    }
                }
            },
            "/toy/things": {
                "post": {
                    "tags": ["things"],
                    "summary": "Makes a thing.",
                    "requestBody": {"content": {"application/json": {"example": {"name": "Ada's"}}}},
                    "responses": {"201": {"description": "Made."}}
                }
            },
            "/toy/open": {
                "get": {"security": [], "summary": "Says hello.", "deprecated": true, "responses": {"200": {"description": "Hello."}}}
            }
        },
        "components": {
            "schemas": {"Thing": {"type": "object", "properties": {"name": {"type": "string"}, "size": {"type": "integer"}}}},
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}}
        }
    }))
    .unwrap();
    add_refusals(&mut document, toy_form, USUAL);
    document
}

fn app() -> Router {
    Edge::new(HttpOptions::default())
        .dialect("toy", &["/toy"], Router::new(), document, toy_form)
        .build()
}

#[tokio::test]
async fn documents_name_every_refusal_that_can_happen() {
    let answer = fetch_path(&app(), "/openapi/toy.json").await;
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let document: Value = serde_json::from_slice(&answer.bytes).unwrap();
    assert_eq!(document["openapi"], "3.1.0");
    let statuses = |path: &str, method: &str| -> Vec<String> {
        document["paths"][path][method]["responses"]
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect()
    };
    assert_eq!(
        statuses("/toy/things/{id}", "get"),
        [
            "200", "400", "401", "403", "404", "405", "408", "422", "429", "500", "503"
        ]
    );
    assert_eq!(
        statuses("/toy/things", "post"),
        [
            "201", "400", "401", "403", "405", "408", "409", "413", "415", "422", "429", "500", "503", "507"
        ]
    );
    assert_eq!(
        statuses("/toy/open", "get"),
        ["200", "400", "405", "408", "422", "500", "503"]
    );
    let responses = &document["paths"]["/toy/things/{id}"]["get"]["responses"];
    assert_eq!(
        responses["404"]["description"], "Sold out.",
        "the dialect's own words stay"
    );
    assert_eq!(
        responses["401"]["content"]["text/plain"]["examples"]["unauthenticated"]["value"],
        "toy GET unauthenticated: no valid credentials were sent"
    );
}

#[tokio::test]
async fn the_page_is_complete_in_itself_and_says_so() {
    let answer = fetch_path(&app(), "/docs").await;
    assert_eq!(answer.status, 200);
    let policy = answer.header("content-security-policy").unwrap();
    assert!(
        policy.starts_with("default-src 'none'; style-src 'sha256-"),
        "{policy}"
    );
    for (name, value) in [
        ("content-type", "text/html; charset=utf-8"),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "no-referrer"),
    ] {
        assert_eq!(answer.header(name), Some(value), "{name}");
    }
    let text = answer.text();
    for foreign in ["<script", "http-equiv", "@import", " src=", "<link"] {
        assert!(!text.contains(foreign), "{foreign}");
    }
}

#[tokio::test]
async fn the_page_shows_each_operation() {
    let answer = fetch_path(&app(), "/docs").await;
    let (_, body) = answer.text().split_once("</head>").unwrap();
    // One element per line, so that a change is readable.
    insta::assert_snapshot!(body.replace("><", ">\n<"));
}
