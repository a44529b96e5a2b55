//! Numbers as both backends store them.

use model::job::Level;

const LEVELS: [Level; 3] = [Level::Info, Level::Warn, Level::Error];

/// A count as a parameter; what no column can hold is as good as the largest number.
pub(crate) fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// The stored number of a level; graver is higher.
pub(crate) fn level_number(level: Level) -> i64 {
    match level {
        Level::Info => 0,
        Level::Warn => 1,
        Level::Error => 2,
    }
}

/// The level of a stored number.
pub(crate) fn level_of(number: i64) -> Option<Level> {
    LEVELS.into_iter().find(|level| level_number(*level) == number)
}

/// The numbers of these levels, a bit each; all bits when there is no choice.
pub(crate) fn level_set(levels: Option<&[Level]>) -> i64 {
    levels.map_or(-1, |levels| {
        levels
            .iter()
            .fold(0, |set, level| set | 1 << level_number(*level))
    })
}
