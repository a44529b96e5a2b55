//! The delta file as the part `file` of a form.

use edge::multipart::Parts;
use engine::Engine;
use engine::deltas::Content;
use futures_util::StreamExt;
use model::{Code, Error};
use utoipa::ToSchema;

use super::{Pieces, name};

/// A form with a delta file.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what is streamed")]
pub(crate) struct Form {
    /// The delta file; its file name is the name it is listed under.
    #[schema(format = Binary)]
    file: String,
}

/// Stores the part `file`. There must be exactly one and no other.
pub(super) async fn receive(
    engine: &Engine,
    pieces: Pieces,
    boundary: &str,
    named: Option<String>,
) -> Result<Content, Error> {
    let mut parts = Parts::new(pieces, boundary);
    let mut sent = None;
    while let Some(head) = parts.next_part().await? {
        match head.parameter("name").as_deref() {
            Some("file") if sent.is_none() => {}
            Some("file") => return Err(Error::bad_value("file", "file: sent more than once")),
            other => return Err(unknown(other.unwrap_or_default())),
        }
        let own = head.parameter("filename").unwrap_or_default();
        let name = name::check("file", own.as_bytes())?;
        let name = name.or_else(|| named.clone()).unwrap_or_else(name::default);
        let content = parts.content().boxed();
        sent = Some(engine.store_delta_content(name, content).await?);
    }
    match sent {
        Some(sent) if sent.stored.size > 0 => Ok(sent),
        _ => Err(Error::missing("file")),
    }
}

fn unknown(name: &str) -> Error {
    let name: String = name.chars().take(80).collect();
    let message = format!("the part {name:?} of the form is not known, only \"file\" is");
    Error::of_field(Code::UnknownField, name, message)
}
