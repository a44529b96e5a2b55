//! Who may do what with accounts, and which parts of the API are open to whom.

use app::RestApi;
use model::{Actor, Code, Error};

use super::policy;
use crate::Engine;

/// A part of the API that groups open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RestPart {
    /// Records.
    Data,
    /// Downloads.
    FilesRead,
    /// Uploads.
    FilesUpload,
    /// Jobs.
    Jobs,
}

impl RestPart {
    fn is_open(self, rest: RestApi) -> bool {
        match self {
            Self::Data => rest.data,
            Self::FilesRead => rest.files_read,
            Self::FilesUpload => rest.files_upload,
            Self::Jobs => rest.jobs,
        }
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Data => "records",
            Self::FilesRead => "downloads",
            Self::FilesUpload => "uploads",
            Self::Jobs => "jobs",
        }
    }
}

impl Engine {
    /// Refuses a caller to whom none of his groups opens a part of the API; developers may use all.
    ///
    /// # Errors
    /// `forbidden`.
    pub fn require_rest(&self, actor: &Actor, part: RestPart) -> Result<(), Error> {
        let app = self.app();
        let opens = || policy::known(app.as_deref(), &actor.groups).any(|group| part.is_open(group.rest));
        if actor.roles.developer || opens() {
            return Ok(());
        }
        Err(forbidden(format!(
            "no group of the user gives access to {}",
            part.as_str()
        )))
    }
}

/// Refuses a caller who does not manage users.
pub(super) fn require_manager(actor: &Actor) -> Result<(), Error> {
    if actor.roles.admin || actor.roles.developer {
        return Ok(());
    }
    Err(forbidden("only admins and developers manage users"))
}

/// Refuses a caller who is no developer.
pub(crate) fn require_developer(actor: &Actor) -> Result<(), Error> {
    if actor.roles.developer {
        return Ok(());
    }
    Err(forbidden("only developers may do this"))
}

pub(crate) fn forbidden(message: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::new(Code::Forbidden, message)
}
