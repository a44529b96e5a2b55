//! What every kind of entity can do, one verb per file; the kind comes from the path.

pub(crate) mod aggregate;
pub(crate) mod archive;
pub(crate) mod create;
pub(crate) mod create_many;
pub(crate) mod delete;
pub(crate) mod list;
pub(crate) mod read;
pub(crate) mod save;

use axum::response::Response;
use engine::entities::{Entity, FileMethod};
use http::StatusCode;
use model::Error;

use crate::call::{Call, json};
use crate::dto::fields::Wanted;
use crate::dto::write::{self, Extras};
use crate::files;
use crate::noun::Noun;

/// An answer that is one entity.
struct Answer<'a> {
    call: &'a Call,
    noun: &'a Noun,
    /// Whether the client is to send a file.
    sends_file: bool,
    token: Option<String>,
}

impl<'a> Answer<'a> {
    fn new(call: &'a Call, noun: &'a Noun) -> Self {
        Self {
            call,
            noun,
            sends_file: false,
            token: None,
        }
    }

    fn send(self, status: StatusCode, entity: &Entity) -> Result<Response, Error> {
        let wanted = Wanted::read(self.call.query())?;
        let mut out = Vec::with_capacity(entity.body.as_bytes().len() + 512);
        self.write(&mut out, entity, &wanted)?;
        Ok(json(status, out))
    }

    fn write(self, out: &mut Vec<u8>, entity: &Entity, wanted: &Wanted) -> Result<(), Error> {
        let address = |method| files::address(&self.call.qalx, &self.call.base, self.noun, entity, method);
        let put_url = match self.sends_file {
            true => address(FileMethod::Put)?,
            false => None,
        };
        let extras = Extras {
            url: address(FileMethod::Get)?,
            put_url,
            token: self.token,
        };
        write::entity(out, self.noun, entity.body.root(), wanted, &extras)
    }
}

/// An answer that is an entity as it stands.
pub(crate) fn whole(
    call: &Call,
    noun: &Noun,
    status: StatusCode,
    entity: &Entity,
) -> Result<Response, Error> {
    Answer::new(call, noun).send(status, entity)
}
