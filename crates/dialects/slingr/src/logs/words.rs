//! What filters of logs say: levels and spans of time.

use engine::Engine;
use engine::app_logs::{Level, Period};
use model::{Error, Timestamp};

use crate::parameters::{Parameters, bad};

/// Where lines begin and end: `period`, which takes the place of the two others, or `from` and `to`.
pub(crate) fn span(
    engine: &Engine,
    parameters: &Parameters,
) -> Result<(Option<Timestamp>, Option<Timestamp>), Error> {
    let Some(period) = parameters.text("period") else {
        return Ok((parameters.time("from")?, parameters.time("to")?));
    };
    let (from, to) = engine.bounds_of(Period::parse(period)?);
    Ok((Some(from), to))
}

/// The levels of a filter.
pub(super) fn levels(parameters: &Parameters) -> Result<Vec<Level>, Error> {
    let words = parameters.words("level").unwrap_or_default();
    words
        .into_iter()
        .map(|word| level(word).ok_or_else(|| unknown(word)))
        .collect()
}

/// A level by its word, in any case.
pub(super) fn level(word: &str) -> Option<Level> {
    Level::parse(&word.to_ascii_uppercase())
}

fn unknown(word: &str) -> Error {
    bad("level", "DEBUG, INFO, WARN or ERROR", word)
}
