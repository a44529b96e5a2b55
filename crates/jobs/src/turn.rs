//! What several nodes on one store agree about without speaking to each other: what time it is, and whose turn it is to
//! do what is to be done once per interval, such as deleting what is old.

use std::time::Duration;

use model::{Env, Timestamp};
use storage::{Result, Tx};

/// The time that all nodes agree on: the database's own, where it has one. To be asked in the transaction, which may have
/// waited before it began. A clock that a test has put in counts always.
///
/// # Errors
/// The store's.
pub fn shared_time(env: &Env, tx: &mut dyn Tx) -> Result<Timestamp> {
    let own = env.now();
    if !env.has_machine_time() {
        return Ok(own);
    }
    Ok(tx.server_time()?.unwrap_or(own))
}

/// Takes the turn to do what is called `name`, if nobody has for about `period`. Should the one who took it die, the next
/// one comes a period later, so it is for work that may be late.
///
/// # Errors
/// The store's.
pub fn take_turn(tx: &mut dyn Tx, name: &str, period: Duration, now: Timestamp) -> Result<bool> {
    let mark = format!("turn:{name}");
    let last = tx.mark(&mark)?.and_then(|text| text.parse().ok());
    if last.is_some_and(|last| !is_due(last, period, now.0)) {
        return Ok(false);
    }
    tx.set_mark(&mark, &now.0.to_string())?;
    Ok(true)
}

/// Whoever looks every period must not come a moment too early each time; and a time that is far ahead is one of a clock
/// that was put right since.
fn is_due(last: i64, period: Duration, now: i64) -> bool {
    let period = i64::try_from(period.as_millis()).unwrap_or(i64::MAX);
    let passed = now.saturating_sub(last);
    passed >= period - period / 10 || passed < -period
}

#[cfg(test)]
mod tests {
    use super::is_due;
    use std::time::Duration;

    #[test]
    fn a_turn_comes_once_per_period() {
        let due = |last, now| is_due(last, Duration::from_millis(1000), now);
        let seen = [1000, 1899, 1900, 2000, 9999].map(|now| due(1000, now));
        assert_eq!(seen, [false, false, true, true, true]);
        assert!(!due(5000, 4500) && due(5000, 3999));
    }
}
