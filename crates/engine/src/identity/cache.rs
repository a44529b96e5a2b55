//! Tokens seen a moment ago, so that a busy client costs no look-up per request.
//!
//! An entry lives a few seconds: a token that a command revoked beside the server is refused after that at the latest; one
//! revoked here is refused at once, because the cache is emptied, and so is one that another node revoked
//! ([`crate::catch_up`]). The cache also notes when tokens were used and hands that to
//! the store now and then instead of at each request.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use model::{Actor, Timestamp, TokenId};
use storage::tables::identity::{TokenKind, TokenOwner};

/// How long an entry is believed, in milliseconds.
const BELIEVED: i64 = 5_000;
/// How often the use of one token is written down, in milliseconds.
const NOTED_EVERY: i64 = 60_000;
/// Entries kept; a full cache starts anew.
const ENTRIES: usize = 10_000;

struct Entry {
    actor: Arc<Actor>,
    since: Timestamp,
    idle_ms: Option<i64>,
    usage: Arc<Usage>,
}

/// When a token was used last, as this process saw it, and when that was written down.
pub(super) struct Usage {
    seen: AtomicI64,
    noted: AtomicI64,
}

impl Usage {
    fn of(stored: Option<Timestamp>) -> Self {
        let stored = stored.map_or(i64::MIN, |time| time.0);
        Self {
            seen: AtomicI64::new(stored),
            noted: AtomicI64::new(stored),
        }
    }

    /// Whether a token that ends after such a pause has ended.
    pub(super) fn is_over(&self, idle_ms: Option<i64>, now: Timestamp) -> bool {
        let seen = self.seen.load(Ordering::Relaxed);
        idle_ms.is_some_and(|idle| now.0.saturating_sub(seen) >= idle)
    }

    /// Notes a use, and says whether it should be written down; if so, notes that it is.
    pub(super) fn note(&self, idle_ms: Option<i64>, now: Timestamp) -> bool {
        self.seen.fetch_max(now.0, Ordering::Relaxed);
        let every = idle_ms.map_or(NOTED_EVERY, |idle| NOTED_EVERY.min(idle / 4));
        let due = |noted: i64| (now.0.saturating_sub(noted) >= every.max(1)).then_some(now.0);
        self.noted
            .try_update(Ordering::Relaxed, Ordering::Relaxed, due)
            .is_ok()
    }
}

/// See the module.
#[derive(Default)]
pub(crate) struct TokenCache {
    entries: RwLock<HashMap<[u8; 32], Entry>>,
    usages: Mutex<HashMap<TokenId, Arc<Usage>>>,
    /// Grows when everything is forgotten, so that what was read before is not kept after it.
    generation: AtomicU64,
}

/// The pause after which a token ends.
pub(super) fn idle_of(owner: &TokenOwner) -> Option<i64> {
    match owner.kind {
        TokenKind::Session { idle_ms } => Some(idle_ms),
        TokenKind::Personal | TokenKind::Bot => None,
    }
}

impl TokenCache {
    pub(super) fn get(&self, hash: &[u8; 32], now: Timestamp) -> Option<Arc<Actor>> {
        let entries = self.entries.read().unwrap_or_else(PoisonError::into_inner);
        let entry = entries.get(hash)?;
        let age = now.millis_since(entry.since);
        // A believed use is not written down, so a short pause must be believed for shorter.
        let believed = entry.idle_ms.map_or(BELIEVED, |idle| BELIEVED.min(idle / 4));
        if !(0..believed).contains(&age) || entry.usage.is_over(entry.idle_ms, now) {
            return None;
        }
        entry.usage.seen.fetch_max(now.0, Ordering::Relaxed);
        Some(Arc::clone(&entry.actor))
    }

    /// To be taken before a token is looked up, and given to [`TokenCache::put`].
    pub(super) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// Keeps an actor, unless everything was forgotten since he was looked up.
    pub(super) fn put(&self, hash: [u8; 32], found: Found, generation: u64) {
        let mut entries = self.entries.write().unwrap_or_else(PoisonError::into_inner);
        if self.generation() != generation {
            return;
        }
        if entries.len() >= ENTRIES {
            entries.clear();
        }
        let Found {
            actor,
            idle_ms,
            usage,
            now: since,
        } = found;
        let entry = Entry {
            actor,
            since,
            idle_ms,
            usage,
        };
        entries.insert(hash, entry);
    }

    /// Forgets every entry: a token was revoked, or a user changed.
    pub(crate) fn clear(&self) {
        let mut entries = self.entries.write().unwrap_or_else(PoisonError::into_inner);
        self.generation.fetch_add(1, Ordering::Release);
        entries.clear();
    }

    /// What is known of the use of a token; `stored` is what the store knows.
    pub(super) fn usage(&self, token: TokenId, stored: Option<Timestamp>) -> Arc<Usage> {
        let mut usages = self.usages.lock().unwrap_or_else(PoisonError::into_inner);
        if usages.len() >= ENTRIES && !usages.contains_key(&token) {
            usages.clear();
        }
        let usage = usages.entry(token).or_insert_with(|| Arc::new(Usage::of(stored)));
        if let Some(stored) = stored {
            usage.seen.fetch_max(stored.0, Ordering::Relaxed);
            usage.noted.fetch_max(stored.0, Ordering::Relaxed);
        }
        Arc::clone(usage)
    }
}

/// An actor who was looked up just now.
pub(super) struct Found {
    pub(super) actor: Arc<Actor>,
    pub(super) idle_ms: Option<i64>,
    pub(super) usage: Arc<Usage>,
    pub(super) now: Timestamp,
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use model::{Actor, Timestamp, TokenId};

    use super::{Found, TokenCache};

    fn put(cache: &TokenCache, hash: u8, idle_ms: Option<i64>, now: i64) {
        let usage = cache.usage(TokenId(1), None);
        usage.note(idle_ms, Timestamp(now));
        let found = Found {
            actor: Arc::new(Actor::default()),
            idle_ms,
            usage,
            now: Timestamp(now),
        };
        cache.put([hash; 32], found, cache.generation());
    }

    fn knows(cache: &TokenCache, hash: u8, now: i64) -> bool {
        cache.get(&[hash; 32], Timestamp(now)).is_some()
    }

    #[test]
    fn entries_are_believed_for_a_while() {
        let cache = TokenCache::default();
        put(&cache, 1, None, 0);
        assert!(knows(&cache, 1, 4_999) && !knows(&cache, 1, 5_000) && !knows(&cache, 2, 0));
        cache.clear();
        assert!(!knows(&cache, 1, 0));
    }

    #[test]
    fn what_was_looked_up_before_a_change_is_not_kept() {
        let cache = TokenCache::default();
        let generation = cache.generation();
        cache.clear();
        let found = Found {
            actor: Arc::new(Actor::default()),
            idle_ms: None,
            usage: cache.usage(TokenId(1), None),
            now: Timestamp(0),
        };
        cache.put([1; 32], found, generation);
        assert!(!knows(&cache, 1, 0));
    }

    #[test]
    fn a_session_is_not_believed_after_its_pause_but_every_use_counts() {
        let cache = TokenCache::default();
        put(&cache, 1, Some(100), 0);
        assert!(knows(&cache, 1, 24) && !knows(&cache, 1, 25));
        let usage = cache.usage(TokenId(1), Some(Timestamp(0)));
        assert!(usage.is_over(Some(100), Timestamp(124)) && !usage.is_over(Some(101), Timestamp(124)));
        usage.note(Some(100), Timestamp(124));
        assert!(!usage.is_over(Some(100), Timestamp(223)));
    }

    #[test]
    fn use_is_noted_once_a_minute_or_four_times_per_pause() {
        let cache = TokenCache::default();
        let usage = cache.usage(TokenId(1), None);
        let noted = [0, 59_999, 60_000].map(|now| usage.note(None, Timestamp(now)));
        assert_eq!(noted, [true, false, true]);
        let usage = cache.usage(TokenId(2), Some(Timestamp(50_000)));
        assert!(!usage.note(None, Timestamp(60_000)));
        let noted = [50_999, 51_000, 51_999].map(|now| usage.note(Some(4_000), Timestamp(now)));
        assert_eq!(noted, [false, true, false]);
    }
}
