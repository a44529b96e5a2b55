//! Queues of messages, as Amazon SQS describes them: standard ones, and ones whose groups are in order.
//!
//! The work is done by functions on a transaction ([`send`], [`settle`]…), so that a dialect may finish a message and
//! write a record in one; [`Queues`] runs them alone. What a queue means is here; signatures, digests and the forms of
//! answers are the dialect's. A user is an account and its queues are his; who gives a bot a queue gives it credentials
//! for that queue alone ([`credentials`]). Waiting receivers are woken, nobody polls the store (`waiting`).

pub mod credentials;
pub mod fault;
pub mod handle;
pub(crate) mod kept;
pub mod manage;
pub mod message;
pub mod moves;
pub mod name;
pub mod outside;
pub mod receive;
pub mod send;
pub mod settings;
pub mod settle;
mod upkeep;
mod waiting;

use std::sync::Arc;

use model::{Actor, Timestamp};
use storage::tables::messages::{Heap, Order};
use storage::tables::queues::Queue;
use storage::{ReadTx, Tx};

pub use credentials::{Credentials, Grant, Scope};
pub use fault::{Fault, FaultKind};
pub use handle::Receipt;
pub use manage::{Described, NewQueue};
pub use message::{Attribute, Attributes, Outgoing, Received, Value};
pub use moves::{MoveRequest, MoveTask};
pub use name::{Arn, QueueName};
pub use receive::Reception;
pub use send::Accepted;
pub use settings::Settings;
pub use upkeep::run;

pub(crate) use credentials::Key;
pub(crate) use waiting::Waiting;

use crate::Engine;

/// Who asks, and for which queues his credentials are good.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The user.
    pub actor: Arc<Actor>,
    /// What his credentials are good for.
    pub scope: Scope,
}

impl Caller {
    /// A user with all his queues.
    pub fn of(actor: Arc<Actor>) -> Self {
        Self {
            actor,
            scope: Scope::Account,
        }
    }

    /// The caller's own account.
    pub fn account(&self) -> String {
        name::account_of(self.actor.user)
    }

    /// Refuses credentials of a single queue.
    ///
    /// # Errors
    /// `Denied`.
    pub fn require_account(&self) -> Result<(), Fault> {
        match self.scope {
            Scope::Account => Ok(()),
            Scope::Queue(_) => Err(Fault::denied("these credentials are good for one queue only")),
        }
    }

    /// Whether queues of this account are his to use.
    fn may_use(&self, account: &str) -> bool {
        self.actor.is_admin() || self.account() == account
    }
}

/// A queue with how it is set.
#[derive(Clone, Debug)]
pub struct Open {
    /// The queue.
    pub queue: Queue,
    /// How it is set.
    pub settings: Settings,
}

impl Open {
    pub(crate) fn of(queue: Queue) -> Result<Self, Fault> {
        let settings = Settings::stored(&queue.attributes)?;
        Ok(Self { queue, settings })
    }

    /// Where its messages lie.
    pub fn heap(&self) -> Heap {
        let order = if self.settings.fifo {
            Order::Grouped
        } else {
            Order::Free
        };
        Heap {
            id: self.queue.heap,
            order,
        }
    }

    /// Its name.
    pub fn name(&self) -> QueueName {
        QueueName {
            account: self.queue.account.clone(),
            name: self.queue.name.clone(),
        }
    }

    /// Before when something was sent that is too old to be kept.
    fn oldest(&self, now: Timestamp) -> Timestamp {
        now.plus_millis(-1000 * self.settings.retention)
    }
}

/// The queue of this name, for one who may use it. To others it makes no difference whether it is there.
///
/// # Errors
/// `Denied`, `NoQueue`.
pub fn open(tx: &mut (impl ReadTx + ?Sized), caller: &Caller, name: &QueueName) -> Result<Open, Fault> {
    let found = tx.queue(&name.account, &name.name)?;
    let allowed = match caller.scope {
        Scope::Account => caller.may_use(&name.account),
        Scope::Queue(only) => match &found {
            Some(queue) => queue.id == only || kept::has_dead_letters_of(tx, name, only)?,
            None => false,
        },
    };
    if !allowed {
        return Err(Fault::denied(format!("access to the queue {name} is denied")));
    }
    Open::of(found.ok_or_else(Fault::no_queue)?)
}

/// Queues as a dialect uses them. Cheap to clone.
#[derive(Clone)]
pub struct Queues {
    engine: Engine,
}

impl Engine {
    /// Its queues.
    pub fn queues(&self) -> Queues {
        Queues { engine: self.clone() }
    }
}

impl Queues {
    /// Runs `work` on a transaction, with the time that all nodes share.
    async fn write<T, F>(&self, work: F) -> Result<T, Fault>
    where
        F: Fn(&mut dyn Tx, &Moment) -> Result<T, Fault> + Send + 'static,
        T: Send + 'static,
    {
        let engine = self.engine.clone();
        let write = self.engine.store().write(move |tx| {
            let moment = Moment::of(&engine, tx)?;
            work(tx, &moment)
        });
        write.await
    }

    async fn read<T, F>(&self, work: F) -> Result<T, Fault>
    where
        F: FnOnce(&mut dyn ReadTx) -> Result<T, Fault> + Send + 'static,
        T: Send + 'static,
    {
        self.engine.store().read(work).await
    }
}

/// What the functions on a transaction need beside it.
#[derive(Clone)]
pub struct Moment {
    /// The time now.
    pub now: Timestamp,
    waiting: Arc<Waiting>,
}

impl Moment {
    pub(crate) fn new(now: Timestamp, waiting: Arc<Waiting>) -> Self {
        Self { now, waiting }
    }

    /// This moment, of a transaction.
    ///
    /// # Errors
    /// The store's.
    pub fn of(engine: &Engine, tx: &mut dyn Tx) -> Result<Self, storage::Error> {
        let now = ::jobs::shared_time(engine.env(), tx)?;
        Ok(Self::new(now, Arc::clone(&engine.inner.waiting)))
    }

    /// Lets receivers know, once the transaction is on disk, that so many messages may be received from a time on.
    pub(crate) fn wake(&self, tx: &mut dyn Tx, name: &QueueName, count: usize, at: Timestamp) {
        let (waiting, name, now) = (Arc::clone(&self.waiting), name.clone(), self.now);
        tx.on_commit(Box::new(move || waiting.ready(&name, count, at, now)));
        tx.announce();
    }
}
