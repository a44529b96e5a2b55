//! `POST /qalx/notification`: a mail.

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use edge::Fault;
use engine::notifications::Notification;
use http::StatusCode;
use jsonb::{Kind, Value};
use model::Error;

use crate::call::Call;
use crate::dto::{member, text, wrong_kind};

pub(crate) async fn create(call: Call, request: Request) -> Result<Response, Fault> {
    let body = call.object(request).await?;
    let body = body.root();
    let notification = Notification {
        subject: text(body, "subject")?.unwrap_or_default(),
        message: text(body, "message")?.unwrap_or_default(),
        to: addresses(body, "to")?,
        cc: addresses(body, "cc")?,
        bcc: addresses(body, "bcc")?,
    };
    call.qalx.engine.notify(&call.actor, notification.clone()).await?;
    Ok((StatusCode::CREATED, axum::Json(notification)).into_response())
}

fn addresses(body: Value<'_>, field: &str) -> Result<Vec<String>, Error> {
    let Some(list) = member(body, field)? else {
        return Ok(Vec::new());
    };
    if list.kind() != Kind::Array {
        return Err(wrong_kind(field, "an array", list));
    }
    let one = |address: Value<'_>| match address.as_str().map_err(Error::internal)? {
        Some(address) => Ok(address.into_owned()),
        None => Err(wrong_kind(field, "addresses", address)),
    };
    list.elements()
        .map(|address| one(address.map_err(Error::internal)?))
        .collect()
}
