//! What every handler gets: the dialect, who calls, and how the caller reaches this server.

use std::sync::Arc;

use axum::extract::{FromRequestParts, Request};
use axum::response::{IntoResponse, Response};
use edge::{Caller, Fault, RequestInfo, stored_json};
use http::StatusCode;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use jsonb::{Jsonb, Kind};
use model::{Actor, Code, Error, Uuid};

use crate::Qalx;
use crate::noun::Noun;

/// See the module.
pub(crate) struct Call {
    pub(crate) qalx: Qalx,
    pub(crate) actor: Arc<Actor>,
    pub(crate) info: RequestInfo,
    /// What the client has as `BASE_URL`, without a slash at the end.
    pub(crate) base: String,
}

impl FromRequestParts<Qalx> for Call {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, qalx: &Qalx) -> Result<Self, Fault> {
        let Caller(actor) = Caller::from_request_parts(parts, qalx).await?;
        let Ok(info) = RequestInfo::from_request_parts(parts, qalx).await;
        Ok(Self {
            base: base(qalx, parts)?,
            qalx: qalx.clone(),
            actor,
            info,
        })
    }
}

impl Call {
    /// The query of the address, as it was sent.
    pub(crate) fn query(&self) -> &str {
        self.info.uri().query().unwrap_or_default()
    }

    /// The bounds of JSON that comes inside of a parameter or a text.
    pub(crate) fn json_limits(&self) -> jsonb::Limits {
        jsonb::Limits {
            max_bytes: self.qalx.options.max_body_bytes,
            max_depth: self.info.options().max_json_depth,
            max_string: self.qalx.options.max_body_bytes,
        }
    }

    /// The body, which must be an object; none when it is empty.
    pub(crate) async fn object_or_nothing(&self, request: Request) -> Result<Option<Jsonb>, Error> {
        let body = stored_json(request, self.qalx.options.max_body_bytes).await?;
        if let Some(body) = &body
            && body.root().kind() != Kind::Object
        {
            let message = format!(
                "the body must be an object, got {}",
                crate::dto::kind_word(body.root())
            );
            return Err(Error::new(Code::BadRequest, message));
        }
        Ok(body)
    }

    /// The body, which must be an object.
    pub(crate) async fn object(&self, request: Request) -> Result<Jsonb, Error> {
        let body = self.object_or_nothing(request).await?;
        body.ok_or_else(|| Error::new(Code::BadJson, "the body is empty, an object is required"))
    }
}

/// The guid that a path names. What is none names nothing.
pub(crate) fn guid(noun: &Noun, text: &str) -> Result<Uuid, Error> {
    text.parse().map_err(|_| Error::not_found(noun.word(), text))
}

fn base(qalx: &Qalx, parts: &Parts) -> Result<String, Error> {
    if let Some(url) = &qalx.options.public_url {
        return Ok(url.trim_end_matches('/').to_owned());
    }
    let origin = edge::origin(&parts.uri, &parts.headers, qalx.tls)?;
    Ok(format!("{origin}/qalx"))
}

/// An answer of JSON that is written already.
pub(crate) fn json(status: StatusCode, body: Vec<u8>) -> Response {
    (status, [(CONTENT_TYPE, "application/json")], body).into_response()
}
