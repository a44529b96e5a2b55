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
pub(super) fn listing(request: Request) -> Result<ListQuery, Error> {
    let size = request.page_size().map_err(refused)?;
    let shape = shape(&request);
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

/// How records are shown.
pub(super) fn shape(request: &Request) -> Shape {
    Shape {
        fields: request.fields.clone(),
        fetch: request.relationships_to_fetch.clone(),
        format: match request.format {
            language::Format::Native => Format::Native,
            language::Format::PlainText => Format::PlainText,
        },
    }
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
