//! Ids of records that the server names: 24 lower-case hex digits, of which the first eight are the time.
//!
//! Clients read the time from them and page by them, so the ids of one process only ever grow: four bytes of seconds,
//! three of a counter within the second, five that each process draws for itself. A clock that is set back is not
//! followed, and a second with more ids than the counter holds borrows from the next one.

use std::sync::Mutex;
use std::sync::PoisonError;

use crate::{Env, hex};

/// Ids that fit in one second.
const PER_SECOND: u32 = 1 << 24;

/// A maker of ids.
#[derive(Debug)]
pub struct RecordIds {
    process: [u8; 5],
    /// The second and the number in it of the next id.
    next: Mutex<(u32, u32)>,
}

impl RecordIds {
    /// A maker of ids that no other one makes.
    #[must_use]
    pub fn new(env: &Env) -> Self {
        Self {
            process: env.random_bytes(),
            next: Mutex::new((0, 0)),
        }
    }

    /// An id that is greater than all this maker gave before.
    pub fn make(&self, env: &Env) -> String {
        let now = u32::try_from(env.now().0 / 1000).unwrap_or(0);
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        if now > next.0 {
            *next = (now, 0);
        }
        let (second, number) = *next;
        *next = match number + 1 {
            PER_SECOND => (second.saturating_add(1), 0),
            number => (second, number),
        };
        let mut bytes = [0; 12];
        bytes[..4].copy_from_slice(&second.to_be_bytes());
        bytes[4..7].copy_from_slice(&number.to_be_bytes()[1..]);
        bytes[7..].copy_from_slice(&self.process);
        hex::encode(&bytes)
    }
}

/// Whether a text has the form of such an id.
#[must_use]
pub fn is_record_id(text: &str) -> bool {
    text.len() == 24 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicI64, Ordering};

    use super::{PER_SECOND, RecordIds, is_record_id};
    use crate::{Clock, Env, SystemRandom, Timestamp};

    #[derive(Default)]
    struct Hand(AtomicI64);

    impl Clock for Hand {
        fn now(&self) -> Timestamp {
            Timestamp(self.0.load(Ordering::SeqCst))
        }
    }

    #[test]
    fn ids_grow_whatever_the_clock_does() {
        let clock = Arc::new(Hand::default());
        let env = Env::new(Arc::clone(&clock) as Arc<dyn Clock>, Arc::new(SystemRandom));
        let ids = RecordIds::new(&env);
        let mut last = String::new();
        for millis in [5_000, 5_999, 6_000, 1_000, 6_001, 9_000] {
            clock.0.store(millis, Ordering::SeqCst);
            let id = ids.make(&env);
            assert!(id > last && is_record_id(&id), "{id} after {last}");
            last = id;
        }
        assert_eq!(&last[..8], "00000009");
    }

    #[test]
    fn a_full_second_borrows_from_the_next() {
        let clock = Arc::new(Hand::default());
        let env = Env::new(clock, Arc::new(SystemRandom));
        let ids = RecordIds::new(&env);
        *ids.next.lock().unwrap() = (0, PER_SECOND - 1);
        let (last, first) = (ids.make(&env), ids.make(&env));
        assert!(
            last < first && first.starts_with("00000001000000"),
            "{last} {first}"
        );
    }

    #[test]
    fn processes_differ() {
        let env = Env::system();
        let ids = [RecordIds::new(&env).make(&env), RecordIds::new(&env).make(&env)];
        assert_ne!(ids[0][14..], ids[1][14..]);
    }
}
