//! Turns on single records: whoever changes one computes the change while nobody else of this process does.
//!
//! It spares work that would be done in vain; what makes a change right is the version that its commit expects.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use model::CollectionId;
use tokio::sync::{Mutex as Turn, OwnedMutexGuard};

type Key = (CollectionId, String);

/// See the module. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Locks(Arc<Mutex<HashMap<Key, Arc<Turn<()>>>>>);

/// The turn on one record; given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Held {
    locks: Locks,
    key: Key,
    guard: Option<OwnedMutexGuard<()>>,
}

impl Locks {
    /// Waits for the turn on a record.
    pub(crate) async fn take(&self, collection: CollectionId, id: &str) -> Held {
        let key = (collection, id.to_owned());
        let turn = Arc::clone(self.map().entry(key.clone()).or_default());
        // Made before the wait, so that a caller who gives up waiting leaves nothing behind.
        let mut held = Held {
            locks: self.clone(),
            key,
            guard: None,
        };
        held.guard = Some(turn.lock_owned().await);
        held
    }

    fn map(&self) -> std::sync::MutexGuard<'_, HashMap<Key, Arc<Turn<()>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut map = self.locks.map();
        drop(self.guard.take());
        // Whoever waits holds the turn too; the last one takes the entry out.
        if map
            .get(&self.key)
            .is_some_and(|turn| Arc::strong_count(turn) == 1)
        {
            map.remove(&self.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use model::CollectionId;

    use super::Locks;

    #[tokio::test]
    async fn turns_are_taken_one_by_one_and_nothing_stays_behind() {
        let locks = Locks::default();
        let first = locks.take(CollectionId(1), "a").await;
        let other = locks.take(CollectionId(2), "a").await;
        let waits = locks.clone();
        let mut second = std::pin::pin!(waits.take(CollectionId(1), "a"));
        assert!(second.as_mut().now_or_never().is_none());
        drop(first);
        drop(second.await);
        drop(other);
        assert!(locks.map().is_empty());
    }

    #[tokio::test]
    async fn whoever_gives_up_waiting_leaves_nothing() {
        let locks = Locks::default();
        let first = locks.take(CollectionId(1), "a").await;
        {
            let mut second = Box::pin(locks.take(CollectionId(1), "a"));
            assert!(second.as_mut().now_or_never().is_none());
        }
        drop(first);
        assert!(locks.map().is_empty());
    }
}
