//! Files on their way in.

use bytes::Bytes;
use futures_util::Stream;
use model::{Actor, Error};

use super::UploadedFile;
use crate::Engine;
use crate::accounts::RestPart;

/// The longest name and content type, in characters.
const LONGEST: usize = 255;
/// The content type of a file that came without one.
const UNKNOWN_TYPE: &str = "application/octet-stream";

/// What a file is called.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewFile {
    /// Name; folders before it are left out.
    pub name: String,
    /// Content type; empty for an unknown one.
    pub content_type: String,
}

impl Engine {
    /// Stores a file as it arrives, holding a bounded part of it in memory. Nothing holds it yet.
    ///
    /// # Errors
    /// `forbidden` when no group of the caller allows uploads; `bad-value` for a name or type that cannot be one;
    /// `too-large`; `storage-full`; what the stream ends with.
    pub async fn upload_file<S>(&self, actor: &Actor, new: NewFile, pieces: S) -> Result<UploadedFile, Error>
    where
        S: Stream<Item = Result<Bytes, Error>> + Send,
    {
        self.require_rest(actor, RestPart::FilesUpload)?;
        let new = new.checked()?;
        let limit = self.options().slingr.max_file_bytes;
        let stored = self.store_content(pieces, limit).await?;
        let now = self.env().now();
        let file = UploadedFile {
            id: self.env().new_job_id().as_str().to_owned(),
            name: new.name,
            content_type: new.content_type,
            size: stored.size,
            blob: stored.id.to_string(),
            uploaded_by: actor.user,
            at: now,
            job: None,
            orphaned: Some(now),
        };
        let kept = file.clone();
        let inserted = self
            .store()
            .write(move |tx| Ok::<_, Error>(tx.insert_uploaded_file(&kept)?));
        inserted.await?;
        Ok(file)
    }
}

impl NewFile {
    pub(super) fn checked(self) -> Result<Self, Error> {
        let name = self.name.rsplit(['/', '\\']).next().unwrap_or_default().trim();
        if name.is_empty() || name.chars().any(char::is_control) {
            let message = format!("expected the name of a file, got {:?}", self.name);
            return Err(Error::bad_value("file", message));
        }
        let length = name.chars().count();
        if length > LONGEST {
            let message = format!("the name of a file has {LONGEST} characters at most, got {length}");
            return Err(Error::bad_value("file", message));
        }
        Ok(Self {
            name: name.to_owned(),
            content_type: content_type(&self.content_type)?,
        })
    }
}

fn content_type(given: &str) -> Result<String, Error> {
    let given = given.trim();
    let fits = given.len() <= LONGEST
        && given
            .split_once('/')
            .is_some_and(|(kind, rest)| !kind.is_empty() && !rest.is_empty())
        && given.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic());
    match given {
        "" => Ok(UNKNOWN_TYPE.to_owned()),
        given if fits => Ok(given.to_owned()),
        given => {
            let shown: String = given.chars().take(LONGEST).collect();
            Err(Error::bad_value(
                "contentType",
                format!("expected a content type, got {shown:?}"),
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::NewFile;

    fn checked(name: &str, content_type: &str) -> Option<(String, String)> {
        let new = NewFile {
            name: name.to_owned(),
            content_type: content_type.to_owned(),
        };
        new.checked().ok().map(|new| (new.name, new.content_type))
    }

    #[test]
    fn names_have_no_folders() {
        let name = |name: &str| checked(name, "").map(|(name, _)| name);
        assert_eq!(name("a b.png").as_deref(), Some("a b.png"));
        assert_eq!(name("C:\\x\\ü.png").as_deref(), Some("ü.png"));
        assert_eq!(name("../../etc/passwd").as_deref(), Some("passwd"));
        for bad in ["", "  ", "a/", "a\nb", &"x".repeat(256)] {
            assert_eq!(name(bad), None, "{bad}");
        }
    }

    #[test]
    fn types_look_like_types() {
        let kind = |kind: &str| checked("a", kind).map(|(_, kind)| kind);
        assert_eq!(kind("").as_deref(), Some("application/octet-stream"));
        assert_eq!(
            kind("text/plain; charset=utf-8").as_deref(),
            Some("text/plain; charset=utf-8")
        );
        for bad in ["x", "text/", "/plain", "text/plain\r\nx: y", "text/ü"] {
            assert_eq!(kind(bad), None, "{bad}");
        }
    }
}
