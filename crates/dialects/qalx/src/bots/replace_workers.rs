//! `PATCH /qalx/bot/{guid}/replace-workers`: a bot that starts says how many workers it has.

use axum::extract::Request;
use axum::response::Response;
use edge::{Fault, Path};
use engine::entities::{Change, EntityKind};
use http::StatusCode;
use model::{Code, Error};

use super::{idle, noun};
use crate::call::{Call, guid};
use crate::dto::member;
use crate::entities;

/// The most workers of one bot.
const MOST: i64 = 1000;

pub(crate) async fn replace(
    call: Call,
    Path(bot): Path<String>,
    request: Request,
) -> Result<Response, Fault> {
    let bot = guid(noun(), &bot)?;
    let engine = &call.qalx.engine;
    // Who may not see the bot is not told that it is there.
    engine.entity(&call.actor, EntityKind::Bot, bot).await?;
    if call.actor.bot != Some(bot) {
        return Err(Error::new(
            Code::Forbidden,
            "only the bot itself, with its own token, may replace its workers",
        )
        .into());
    }
    let body = call.object(request).await?;
    let count = member(body.root(), "workers")?.ok_or_else(|| Error::missing("workers"))?;
    let number = count.as_i64().map_err(Error::internal)?;
    let number = number
        .filter(|number| (0..=MOST).contains(number))
        .ok_or_else(|| {
            let shown = count.to_text().unwrap_or_default();
            let shown = query::cut(&shown);
            Error::bad_value(
                "workers",
                format!("workers: expected a whole number from 0 to {MOST}, got {shown}"),
            )
        })?;
    let workers = (0..number).fold(jsonb::array(), |list, _| list.item_body(&idle(engine.new_guid())));
    let change = Change::of(jsonb::object().field_body("workers", &workers.finish()).finish());
    let bot = engine
        .change_entity(&call.actor, EntityKind::Bot, bot, change)
        .await?;
    Ok(entities::whole(&call, noun(), StatusCode::OK, &bot).await?)
}
