//! Errors of the engine as functions see them, and back again when a function does not catch them.

use model::{Class, Code, Detail, Error};
use script::Refused;

use super::Unit;

/// Refusals that are remembered.
const REMEMBERED: usize = 64;

impl Unit {
    /// What a function sees of an error.
    pub(super) fn refused(&self, error: Error) -> Refused {
        let refused = Refused {
            code: code_of(&error),
            message: message_of(&error),
            info: info_of(&error),
            ends: self.is_over(),
        };
        let mut state = self.0.state.borrow_mut();
        if state.refused.len() < REMEMBERED {
            state.refused.push(error);
        }
        refused
    }

    /// The error that a function did not catch, if it is one of those that it was told.
    pub(super) fn original(&self, thrown: &Error) -> Option<Error> {
        let said = thrown.what_was_thrown()?;
        let is_it = |error: &&Error| code_of(error) == said.code && message_of(error) == thrown.message();
        let state = self.0.state.borrow();
        state.refused.iter().rev().find(is_it).cloned()
    }
}

/// The word by which scripts and clients know an error.
fn code_of(error: &Error) -> String {
    if let Some(thrown) = error.what_was_thrown() {
        return thrown.code.clone();
    }
    if is_validation(error) {
        return "validationErrors".to_owned();
    }
    let word = match error.class() {
        Class::Forbidden => "forbidden",
        Class::NotFound => "notFound",
        Class::Conflict if error.code() == Code::VersionConflict => "optimisticLocking",
        Class::Timeout => "timeout",
        Class::Internal | Class::StorageFull | Class::Unavailable => "systemException",
        _ => "badRequest",
    };
    word.to_owned()
}

fn message_of(error: &Error) -> String {
    match error.details() {
        [] => error.message().to_owned(),
        details if is_validation(error) => {
            let told = |detail: &Detail| format!("{}: {}", detail.field, detail.message);
            details.iter().map(told).collect::<Vec<_>>().join("; ")
        }
        _ => error.message().to_owned(),
    }
}

fn is_validation(error: &Error) -> bool {
    error.details().iter().any(|detail| detail.validation.is_some())
}

/// What is said beside the message: the complaints about values.
fn info_of(error: &Error) -> Option<String> {
    if let Some(thrown) = error.what_was_thrown() {
        return thrown.info.clone();
    }
    if !is_validation(error) {
        return None;
    }
    let list = error.details().iter().fold(jsonb::array(), |list, detail| {
        let said = detail.validation.as_ref();
        let object = jsonb::object()
            .field_str("field", &detail.field)
            .field_str("code", said.map_or("invalid", |said| &said.code))
            .field_str("message", &detail.message);
        list.item_body(&object.finish())
    });
    list.finish().to_text().ok()
}
