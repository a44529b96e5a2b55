//! `POST /status/logs`: a line of a client's own.

use axum::extract::Request;
use axum::response::Response;
use edge::Fault;
use engine::app_logs::{Level, Posted};
use model::{Code, Error};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::view::View;
use super::words::level;
use crate::call::Call;
use crate::error::{Labels, as_validation};
use crate::{answer, body};

/// What a client sends; what it says beside that is calculated.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Line {
    level: Option<String>,
    #[serde(default)]
    message: Option<String>,
    #[serde(default)]
    additional_info: Option<Box<RawValue>>,
}

/// Stores a line and gives it.
pub(crate) async fn post(call: Call, request: Request) -> Result<Response, Fault> {
    let posted = post_line(&call, request).await;
    let entry = posted.map_err(|error| as_validation(error, Labels::None))?;
    Ok(answer::json(&View::from(entry))?)
}

async fn post_line(call: &Call, request: Request) -> Result<engine::app_logs::LogEntry, Error> {
    let line: Line = body::typed(&call.slingr, request).await?;
    let level = match line.level.as_deref() {
        None => Level::Info,
        Some(word) => level(word).ok_or_else(|| unknown(word))?,
    };
    let info = line.additional_info.filter(|info| info.get() != "null");
    if info.as_ref().is_some_and(|info| !info.get().starts_with('{')) {
        return Err(Error::bad_value(
            "additionalInfo",
            "Additional information must be an object",
        ));
    }
    let posted = Posted {
        level,
        message: line.message.unwrap_or_default(),
        info: info.map(|info| info.get().to_owned()),
        ip: call.ip(),
    };
    call.slingr.engine.post_log(&call.actor, posted).await
}

fn unknown(word: &str) -> Error {
    let shown: String = word.chars().take(80).collect();
    let message = format!("Level must be DEBUG, INFO, WARN or ERROR, got {shown:?}");
    Error::of_field(Code::BadValue, "level".to_owned(), message)
}
