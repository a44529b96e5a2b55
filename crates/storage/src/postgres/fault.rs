//! What PostgreSQL and the way to it say, in the store's words.

use tokio_postgres::error::SqlState;

use crate::Error;

impl From<tokio_postgres::Error> for Error {
    fn from(error: tokio_postgres::Error) -> Self {
        match error.as_db_error() {
            Some(said) => of_state(
                said.code(),
                format!("{} ({})", said.message(), said.code().code()),
            ),
            None => Self::Away(spelled(&error)),
        }
    }
}

/// The whole chain of causes: the first alone is "error connecting to server".
pub(super) fn spelled(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    text
}

fn of_state(state: &SqlState, said: String) -> Error {
    match state.code() {
        // Another transaction was in the way, or a limit of time ended a statement.
        "40001" | "40P01" | "55P03" | "57014" => Error::Busy,
        "53100" => Error::Full,
        "58030" | "53200" => Error::Unwritable(said),
        "XX001" | "XX002" => Error::Damaged(said),
        // Stopping, starting, full of connections, a standby, or tired of waiting for this one.
        "57P01" | "57P02" | "57P03" | "57P05" | "53300" | "25006" | "25P03" => Error::Away(said),
        code if code.starts_with("08") => Error::Away(said),
        _ => Error::Backend(said),
    }
}

#[cfg(test)]
mod tests {
    use tokio_postgres::error::SqlState;

    use super::of_state;
    use crate::Error;

    #[test]
    fn states_are_told_apart() {
        let of = |code: &str| of_state(&SqlState::from_code(code), "x".to_owned());
        assert!(matches!(of("40001"), Error::Busy));
        assert!(matches!(of("53100"), Error::Full));
        assert!(matches!(of("57P01"), Error::Away(_)));
        assert!(matches!(of("08006"), Error::Away(_)));
        assert!(matches!(of("XX001"), Error::Damaged(_)));
        assert!(matches!(of("23505"), Error::Backend(_)));
    }
}
