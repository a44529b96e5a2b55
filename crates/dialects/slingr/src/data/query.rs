//! The query of an address in the app's language, as the engine wants it.

use app::Condition;
use app::language::{self, Flags, LanguageError, Request};
use engine::records::{DeleteOptions, Format, ListQuery, Offset, Shape};
use model::Error;
use query::Direction;

use crate::call::Call;

/// Reads the query of a call.
pub(super) fn parse(call: &Call) -> Result<Request, Error> {
    language::parse(call.query()).map_err(refused)
}

/// What to list.
pub(super) async fn listing(call: &Call) -> Result<ListQuery, Error> {
    let request = parse(call)?;
    let size = request.page_size().map_err(refused)?;
    let shape = shape_of(call, &request).await?;
    let usual = ListQuery::default();
    Ok(ListQuery {
        filter: filter(request.condition),
        sort_field: request.sort_field.unwrap_or(usual.sort_field),
        sort_direction: match request.ascending {
            true => Direction::Ascending,
            false => Direction::Descending,
        },
        offset: request.offset.map(|offset| match offset {
            language::Offset::Skip(count) => Offset::Skip(count),
            language::Offset::After(id) => Offset::After(id),
        }),
        size: size.into(),
        shape,
    })
}

/// How a record is shown.
pub(super) async fn shape(call: &Call) -> Result<Shape, Error> {
    shape_of(call, &parse(call)?).await
}

/// Only texts for people depend on who reads them.
async fn shape_of(call: &Call, request: &Request) -> Result<Shape, Error> {
    let (format, zone) = match request.format {
        language::Format::Native => (Format::Native, None),
        language::Format::PlainText => {
            let reader = request.format_for_user.as_deref();
            let zone = call.slingr.engine.zone_of(&call.actor, reader).await?;
            (Format::PlainText, zone)
        }
    };
    Ok(Shape {
        fields: request.fields.clone(),
        fetch: request.relationships_to_fetch.clone(),
        format,
        zone,
    })
}

/// The condition, if it restricts anything.
pub(super) fn filter(condition: Condition) -> Option<Condition> {
    match condition {
        Condition::And(all) if all.is_empty() => None,
        condition => Some(condition),
    }
}

/// How records are deleted.
pub(super) fn deletion(flags: Flags) -> DeleteOptions {
    let usual = DeleteOptions::default();
    DeleteOptions {
        low_priority: flags.low_priority.unwrap_or(usual.low_priority),
        trigger_events: flags.trigger_events.unwrap_or(usual.trigger_events),
        cascade: flags.cascade_operations.unwrap_or(usual.cascade),
    }
}

fn refused(error: LanguageError) -> Error {
    let message = error.to_string();
    Error::bad_value(error.parameter, message)
}
