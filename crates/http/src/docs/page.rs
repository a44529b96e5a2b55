//! The page itself: navigation at the side, then each dialect with its operations by tag.

use maud::{DOCTYPE, Markup, PreEscaped, html};
use serde_json::Value;

use super::curl;
use super::operation::{self, Operation};

pub(super) fn page(documents: &[(String, Value)], style: &str) -> Markup {
    let dialects: Vec<Dialect<'_>> = documents
        .iter()
        .map(|(name, document)| Dialect::new(name, document))
        .collect();
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "API reference" }
                style { (PreEscaped(style)) }
            }
            body {
                nav aria-label="Operations" { @for dialect in &dialects { (dialect.links()) } }
                main {
                    h1 { "API reference" }
                    p.soft {
                        "Every example uses a token in the shell variable " code { "TOKEN" } ". The same in machine-readable form: "
                        @for dialect in &dialects { a href=(dialect.source()) { (dialect.name) ".json" } " " }
                    }
                    @for dialect in &dialects { (dialect.section()) }
                }
            }
        }
    }
}

struct Dialect<'a> {
    name: &'a str,
    title: &'a str,
    description: &'a str,
    /// Tags in the order of their first operation.
    tags: Vec<(&'a str, Vec<Operation<'a>>)>,
}

impl<'a> Dialect<'a> {
    fn new(name: &'a str, document: &'a Value) -> Self {
        let info = |key| document.pointer(key).and_then(Value::as_str);
        let mut tags: Vec<(&str, Vec<Operation<'_>>)> = Vec::new();
        for operation in operation::all(document) {
            match tags.iter_mut().find(|(tag, _)| *tag == operation.tag) {
                Some((_, operations)) => operations.push(operation),
                None => tags.push((operation.tag, vec![operation])),
            }
        }
        Self {
            name,
            title: info("/info/title").unwrap_or(name),
            description: info("/info/description").unwrap_or_default(),
            tags,
        }
    }

    fn source(&self) -> String {
        format!("/openapi/{}.json", self.name)
    }

    fn anchor(&self, operation: &Operation<'_>) -> String {
        let path: String = operation
            .path
            .chars()
            .filter(|c| !matches!(c, '{' | '}'))
            .collect();
        format!("{}-{}{}", self.name, operation.method, path.replace('/', "-"))
    }

    fn links(&self) -> Markup {
        html! {
            h2 { a href={ "#" (self.name) } { (self.title) } }
            @for (tag, operations) in &self.tags {
                h3 { (tag) }
                ul {
                    @for operation in operations {
                        li { a href={ "#" (self.anchor(operation)) } { (method(operation)) " " (operation.path) } }
                    }
                }
            }
        }
    }

    fn section(&self) -> Markup {
        html! {
            section id=(self.name) {
                h2 { (self.title) }
                p { (self.description) }
                @for (tag, operations) in &self.tags {
                    h3 { (tag) }
                    @for operation in operations { (article(operation, &self.anchor(operation))) }
                }
            }
        }
    }
}

fn method(operation: &Operation<'_>) -> Markup {
    html! { span class={ "method " (operation.method) } { (operation.method.to_uppercase()) } }
}

fn article(operation: &Operation<'_>, anchor: &str) -> Markup {
    html! {
        article id=(anchor) class=[operation.deprecated.then_some("deprecated")] {
            h4 { (method(operation)) code.path { (operation.path) } }
            p { (operation.summary) @if operation.deprecated { " (deprecated)" } }
            @if operation.description != operation.summary && !operation.description.is_empty() {
                p.soft { (operation.description) }
            }
            @if !operation.parameters.is_empty() { (parameters(operation)) }
            @if let Some(request) = &operation.request {
                h5 { "Request · " (request.content_type) }
                @if let Some(example) = &request.example { (sample(example)) }
            }
            h5 { "Responses" }
            @for answer in &operation.responses {
                @if answer.examples.is_empty() {
                    details { summary { b { (answer.status) } " " (answer.description) } p.soft { "no body" } }
                } @else {
                    details open[answer.status.starts_with('2')] {
                        summary { b { (answer.status) } " " (answer.description) }
                        @for (name, example) in &answer.examples {
                            @if !name.is_empty() { span.soft { (name) } }
                            (sample(example))
                        }
                    }
                }
            }
            h5 { "Try it" }
            pre { code { (curl::command(operation)) } }
        }
    }
}

fn parameters(operation: &Operation<'_>) -> Markup {
    html! {
        h5 { "Parameters" }
        table {
            @for parameter in &operation.parameters {
                tr {
                    td { code { (parameter.name) } }
                    td.soft { (parameter.place) ", " (parameter.kind) @if parameter.required { ", required" } }
                    td { (parameter.description) }
                }
            }
        }
    }
}

fn sample(value: &Value) -> Markup {
    let text = match value {
        Value::String(text) => text.clone(),
        other => format!("{other:#}"),
    };
    html! { pre { code { (text) } } }
}
