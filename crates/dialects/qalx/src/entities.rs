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
use engine::entities::{Entity, FileMethod, QueueAccess};
use http::StatusCode;
use jsonb::Jsonb;
use model::Error;

use crate::call::{Call, json};
use crate::dto::fields::Wanted;
use crate::dto::write::{self, Extras};
use crate::noun::Noun;
use crate::{files, queues};

/// An answer that is one entity.
pub(crate) struct Answer<'a> {
    call: &'a Call,
    noun: &'a Noun,
    /// Whether the client is to send a file.
    sends_file: bool,
    token: Option<String>,
}

impl<'a> Answer<'a> {
    pub(crate) fn new(call: &'a Call, noun: &'a Noun) -> Self {
        Self {
            call,
            noun,
            sends_file: false,
            token: None,
        }
    }

    /// The same, of an entity that is to have a file if this is so.
    pub(crate) fn sending_file(self, sends_file: bool) -> Self {
        Self { sends_file, ..self }
    }

    async fn send(self, status: StatusCode, entity: &Entity) -> Result<Response, Error> {
        let wanted = Wanted::read(self.call.query())?;
        let access = queues::access(self.call, self.noun, &wanted, std::slice::from_ref(entity)).await?;
        let mut out = Vec::with_capacity(entity.body.as_bytes().len() + 1024);
        self.write(&mut out, entity, &wanted, access.first().and_then(Option::as_ref))?;
        Ok(json(status, out))
    }

    /// Appends the entity; a queue with what `access` says.
    pub(crate) fn write(
        self,
        out: &mut Vec<u8>,
        entity: &Entity,
        wanted: &Wanted,
        access: Option<&QueueAccess>,
    ) -> Result<(), Error> {
        let address = |method| files::address(&self.call.qalx, &self.call.base, self.noun, entity, method);
        let put_url = match self.sends_file {
            true => address(FileMethod::Put)?,
            false => None,
        };
        let extras = Extras {
            url: address(FileMethod::Get)?,
            put_url,
            info: match (&self.token, access) {
                (Some(token), _) => Some(with_token(token)),
                (None, Some(access)) => Some(queues::info(self.call, access)),
                (None, None) => None,
            },
        };
        write::entity(out, self.noun, entity.body.root(), wanted, &extras)
    }
}

/// What `info` of a bot that was made just now says beside what is stored.
fn with_token(token: &str) -> Jsonb {
    let credentials = jsonb::object().field_str("token", token).finish();
    jsonb::object().field_body("credentials", &credentials).finish()
}

/// An answer that is an entity as it stands.
pub(crate) async fn whole(
    call: &Call,
    noun: &Noun,
    status: StatusCode,
    entity: &Entity,
) -> Result<Response, Error> {
    Answer::new(call, noun).send(status, entity).await
}
