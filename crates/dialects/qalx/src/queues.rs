//! What a queue says beside what is stored: where its messages are, and fresh credentials for them.

pub(crate) mod complete;

use engine::entities::{Entity, EntityKind, QueueAccess, QueuePlace};
use engine::queues::QueueName;
use jsonb::Jsonb;
use model::Error;

use crate::call::Call;
use crate::dto::fields::Wanted;
use crate::noun::Noun;

/// Members of `info` that need a look at the queues.
const MEMBERS: [&str; 3] = ["queue_url", "deadletter_queue_url", "credentials"];

/// What to say of each of these entities; of other kinds than queues, and where it is not wanted, nothing.
pub(crate) async fn access(
    call: &Call,
    noun: &Noun,
    wanted: &Wanted,
    entities: &[Entity],
) -> Result<Vec<Option<QueueAccess>>, Error> {
    let info = wanted.of("info");
    let is_wanted = info.is_some_and(|info| MEMBERS.iter().any(|member| info.of(member).is_some()));
    if noun.kind != EntityKind::Queue || !is_wanted || entities.is_empty() {
        return Ok(Vec::new());
    }
    let guids = entities.iter().map(|entity| entity.guid).collect();
    call.qalx.engine.queue_access(&call.actor, guids).await
}

/// What `info` of a queue says beside what is stored.
pub(crate) fn info(call: &Call, access: &QueueAccess) -> Jsonb {
    let given = &access.credentials;
    let expires = jsonb::object()
        .field_i64("$date", given.expires.0)
        .field_str("$zone", "UTC")
        .field_null("$offset")
        .finish();
    let credentials = jsonb::object()
        .field_str("ACCESS_KEY_ID", &given.access_key)
        .field_str("SECRET_ACCESS_KEY", &given.secret)
        .field_str("SESSION_TOKEN", &given.session_token)
        .field_body("EXPIRATION", &expires)
        .finish();
    jsonb::object()
        .field_str("queue_url", &url(call, &access.queue))
        .field_str("deadletter_queue_url", &url(call, &access.dead_letters))
        .field_body("credentials", &credentials)
        .finish()
}

/// The URL of a queue: beside this dialect, unless the configuration says another place.
fn url(call: &Call, place: &QueuePlace) -> String {
    let QueueName { account, name } = match place {
        QueuePlace::Here(queue) => queue,
        QueuePlace::At(url) => return url.clone(),
    };
    let base = match &call.qalx.options.queues_url {
        Some(url) => url.trim_end_matches('/').to_owned(),
        None => format!("{}/sqs", call.base.strip_suffix("/qalx").unwrap_or(&call.base)),
    };
    format!("{base}/{account}/{name}")
}
