//! Tokens seen a moment ago, so that a busy client costs no look-up per request.
//!
//! An entry lives a few seconds: a token that another process revoked is refused after that at the latest; one revoked
//! here is refused at once, because the cache is emptied. The cache also notes when tokens were used and hands that to
//! the store now and then instead of at each request.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use model::{Actor, Timestamp, TokenId};

/// How long an entry is believed, in milliseconds.
const BELIEVED: i64 = 5_000;
/// How often the use of one token is written down, in milliseconds.
const NOTED_EVERY: i64 = 60_000;
/// Entries kept; a full cache starts anew.
const ENTRIES: usize = 10_000;

struct Entry {
    actor: Arc<Actor>,
    since: Timestamp,
}

/// See the module.
#[derive(Default)]
pub(crate) struct TokenCache {
    entries: RwLock<HashMap<[u8; 32], Entry>>,
    noted: Mutex<HashMap<TokenId, Timestamp>>,
}

impl TokenCache {
    pub(super) fn get(&self, hash: &[u8; 32], now: Timestamp) -> Option<Arc<Actor>> {
        let entries = self.entries.read().unwrap_or_else(PoisonError::into_inner);
        let entry = entries.get(hash)?;
        let age = now.millis_since(entry.since);
        (0..BELIEVED).contains(&age).then(|| Arc::clone(&entry.actor))
    }

    pub(super) fn put(&self, hash: [u8; 32], actor: Arc<Actor>, now: Timestamp) {
        let mut entries = self.entries.write().unwrap_or_else(PoisonError::into_inner);
        if entries.len() >= ENTRIES {
            entries.clear();
        }
        entries.insert(hash, Entry { actor, since: now });
    }

    /// Forgets every entry: a token was revoked, or a user changed.
    pub(crate) fn clear(&self) {
        self.entries
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }

    /// Whether the use of `token` now should be written down; if so, notes that it is.
    pub(super) fn should_note(&self, token: TokenId, last: Option<Timestamp>, now: Timestamp) -> bool {
        let mut noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        let last = noted.get(&token).copied().max(last);
        let due = last.is_none_or(|last| now.millis_since(last) >= NOTED_EVERY);
        if due {
            noted.insert(token, now);
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use model::{Actor, Roles, Timestamp, TokenId, UserId};

    use super::TokenCache;

    fn actor() -> Arc<Actor> {
        let token = Some(TokenId(1));
        Arc::new(Actor {
            user: UserId(1),
            email: "a@b.example".into(),
            name: "A".into(),
            roles: Roles::default(),
            token,
            ..Actor::default()
        })
    }

    #[test]
    fn entries_are_believed_for_a_while() {
        let cache = TokenCache::default();
        cache.put([1; 32], actor(), Timestamp(0));
        assert!(cache.get(&[1; 32], Timestamp(4_999)).is_some());
        assert!(cache.get(&[1; 32], Timestamp(5_000)).is_none());
        assert!(cache.get(&[2; 32], Timestamp(0)).is_none());
        cache.clear();
        assert!(cache.get(&[1; 32], Timestamp(0)).is_none());
    }

    #[test]
    fn use_is_noted_once_a_minute() {
        let cache = TokenCache::default();
        assert!(cache.should_note(TokenId(1), None, Timestamp(0)));
        assert!(!cache.should_note(TokenId(1), None, Timestamp(59_999)));
        assert!(cache.should_note(TokenId(1), None, Timestamp(60_000)));
        assert!(!cache.should_note(TokenId(2), Some(Timestamp(50_000)), Timestamp(60_000)));
    }
}
