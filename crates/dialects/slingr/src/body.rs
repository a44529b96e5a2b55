//! Bodies of requests: JSON within the dialect's bounds. An empty one is an empty object, as clients send both.

use axum::extract::Request;
use edge::{HttpOptions, parse_json, stored_json_within};
use jsonb::{Jsonb, Kind, Limits};
use model::{Code, Error};
use serde::de::DeserializeOwned;

use crate::Slingr;

/// The body; none when it is empty.
pub(crate) async fn any(slingr: &Slingr, request: Request) -> Result<Option<Jsonb>, Error> {
    stored_json_within(request, &limits(slingr)).await
}

/// The body, which must be an object.
pub(crate) async fn object(slingr: &Slingr, request: Request) -> Result<Jsonb, Error> {
    let body = any(slingr, request)
        .await?
        .unwrap_or_else(|| jsonb::object().finish());
    match body.root().kind() {
        Kind::Object => Ok(body),
        other => {
            let message = format!("the body must be an object, got {}", word(other));
            Err(Error::new(Code::BadRequest, message))
        }
    }
}

/// The body, read into a type.
pub(crate) async fn typed<T: DeserializeOwned>(slingr: &Slingr, request: Request) -> Result<T, Error> {
    let body = object(slingr, request).await?;
    let text = body.to_text().map_err(Error::internal)?;
    let options = HttpOptions {
        max_body_bytes: usize::MAX,
        max_json_depth: slingr.options.max_json_depth,
        ..HttpOptions::default()
    };
    parse_json(text.as_bytes(), &options)
}

fn limits(slingr: &Slingr) -> Limits {
    let most = slingr.options.max_body_bytes;
    Limits {
        max_bytes: most,
        max_depth: slingr.options.max_json_depth,
        max_string: most,
    }
}

fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::Null => "null",
        Kind::True | Kind::False => "true or false",
        Kind::Text => "a text",
        Kind::Array => "an array",
        Kind::Object => "an object",
        _ => "a number",
    }
}
