//! `POST /qalx/item` with the bulk header: many items, each of which stands for itself.

use axum::response::Response;
use engine::entities::{Entity, NewEntity};
use http::StatusCode;
use jsonb::{Kind, Value};
use model::{Code, Error};

use super::Answer;
use crate::call::{Call, json};
use crate::dto::fields::Wanted;
use crate::dto::kind_word;
use crate::dto::read::{Reading, Sent};
use crate::error;
use crate::noun::Noun;

/// One item of the request: what is to be made and whether a file follows, or why not.
type Read = Result<(NewEntity, bool), Error>;

pub(super) async fn create(noun: &Noun, call: &Call, body: Value<'_>) -> Result<Response, Error> {
    let read = read_all(noun, call, body)?;
    let (good, has_file): (Vec<_>, Vec<_>) = read.iter().flatten().cloned().unzip();
    let made = call
        .qalx
        .engine
        .create_entities(&call.actor, noun.kind, good)
        .await?;
    let mut made = made.into_iter().zip(has_file);
    let outcomes = read.into_iter().map(|read| {
        read.and_then(|_| match made.next() {
            Some((made, has_file)) => Ok((made?, has_file)),
            None => Err(Error::internal("fewer entities were made than were to be")),
        })
    });
    answer(noun, call, outcomes.collect())
}

fn read_all(noun: &Noun, call: &Call, body: Value<'_>) -> Result<Vec<Read>, Error> {
    let items = body
        .get("items")
        .map_err(Error::internal)?
        .ok_or_else(|| Error::missing("items"))?;
    if items.kind() != Kind::Array {
        let message = format!("items: expected an array, got {}", kind_word(items));
        return Err(Error::bad_value("items", message));
    }
    let now = call.qalx.engine.env().now();
    let one = |item: Value<'_>| {
        if item.kind() != Kind::Object {
            let message = format!("an item must be an object, got {}", kind_word(item));
            return Err(Error::new(Code::BadRequest, message));
        }
        let sent = Sent::read(noun, item, Reading::Whole, now)?;
        let has_file = sent.has_file;
        Ok((sent.into_new(noun)?, has_file))
    };
    items
        .elements()
        .map(|item| Ok(one(item.map_err(Error::internal)?)))
        .collect()
}

/// The items that were made, in order, and what is wrong with the others, by their place.
fn answer(noun: &Noun, call: &Call, outcomes: Vec<Result<(Entity, bool), Error>>) -> Result<Response, Error> {
    let wanted = Wanted::read(call.query())?;
    let (mut items, mut errors) = (Vec::new(), serde_json::Map::new());
    let (mut created, total) = (0, outcomes.len());
    for (place, outcome) in outcomes.into_iter().enumerate() {
        match outcome {
            Ok((entity, sends_file)) => {
                if created > 0 {
                    items.push(b',');
                }
                let answer = Answer {
                    sends_file,
                    ..Answer::new(call, noun)
                };
                answer.write(&mut items, &entity, &wanted, None)?;
                created += 1;
            }
            Err(error) => {
                errors.insert(place.to_string(), error::body(&error));
            }
        }
    }
    let errors = serde_json::Value::Object(errors);
    let mut out = b"{\"items\":[".to_vec();
    out.append(&mut items);
    let errored = total - created;
    let rest = format!("],\"errors\":{errors},\"items_created\":{created},\"items_errored\":{errored}}}");
    out.extend_from_slice(rest.as_bytes());
    Ok(json(StatusCode::CREATED, out))
}
