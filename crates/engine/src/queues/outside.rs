//! Queues that live in another service than this server: at Amazon.
//!
//! The engine knows them by name only. Whoever puts the engine together says what keeps them; clients get the service's
//! own addresses and credentials and speak to it themselves.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use model::{Error, Timestamp, UserId, Uuid};

use super::Credentials;

/// What a service answers in its time.
pub type Asked<'a, T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send + 'a>>;

/// Where a queue is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// What clients call it by.
    pub url: String,
    /// What policies call it by.
    pub arn: String,
}

/// A service that keeps queues. Its errors are meant for clients.
pub trait Service: Send + Sync {
    /// Makes a queue with these attributes of SQS, or sets the one of this name.
    fn keep<'a>(&'a self, name: &'a str, attributes: BTreeMap<String, String>) -> Asked<'a, Place>;
    /// Removes a queue with its messages, if it is there.
    fn remove<'a>(&'a self, name: &'a str) -> Asked<'a, ()>;
    /// Credentials that are good for these queues alone.
    fn credentials<'a>(
        &'a self,
        arns: &'a [String],
        session: &'a str,
        life: Duration,
    ) -> Asked<'a, Credentials>;
}

/// More of what was given lately is not remembered.
const MOST_KEPT: usize = 10_000;

/// A service, and what it gave lately.
#[derive(Clone)]
pub(crate) struct Outside {
    service: Arc<dyn Service>,
    given: Arc<Mutex<HashMap<(Uuid, UserId), Given>>>,
}

impl fmt::Debug for Outside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outside").finish_non_exhaustive()
    }
}

/// What a user was given for an entity's queues.
#[derive(Clone)]
pub(crate) struct Given {
    /// How the queue was set.
    pub(crate) attributes: BTreeMap<String, String>,
    pub(crate) queue: Place,
    pub(crate) dead_letters: Place,
    pub(crate) credentials: Credentials,
    /// When to ask for new credentials.
    pub(crate) renew: Timestamp,
}

impl Outside {
    pub(crate) fn new(service: Arc<dyn Service>) -> Self {
        let given = Arc::default();
        Self { service, given }
    }

    pub(crate) fn service(&self) -> &dyn Service {
        &*self.service
    }

    /// What was given before, if it is still as good as new.
    pub(crate) fn given(
        &self,
        entity: Uuid,
        user: UserId,
        attributes: &BTreeMap<String, String>,
        now: Timestamp,
    ) -> Option<Given> {
        let given = self.lock().get(&(entity, user)).cloned();
        given.filter(|given| given.attributes == *attributes && now < given.renew)
    }

    pub(crate) fn remember(&self, entity: Uuid, user: UserId, given: Given) {
        let mut all = self.lock();
        if all.len() >= MOST_KEPT {
            all.clear();
        }
        all.insert((entity, user), given);
    }

    pub(crate) fn forget(&self, entity: Uuid) {
        self.lock().retain(|(known, _), _| *known != entity);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<(Uuid, UserId), Given>> {
        self.given.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
