//! What senders and receivers have seen, and whether it may be.

use std::collections::{HashMap, HashSet};
use std::sync::Mutex;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::time::{Instant, timeout};

use super::client::Queue;
use crate::support::STUCK;

/// For how long a message is held by who received it: longer than a start of the server takes, short enough to wait for
/// what a lost answer held.
pub(super) const VISIBILITY: Duration = Duration::from_secs(5);

/// How far all are.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Done {
    /// Different bodies that were received.
    pub(super) received: usize,
    /// Messages whose deletion was answered.
    pub(super) gone: usize,
}

/// What is known of a message.
#[derive(Default)]
struct Seen {
    /// Until then nobody else may get it.
    held: Option<Instant>,
    is_gone: bool,
}

#[derive(Default)]
struct State {
    sent: usize,
    /// By the id that the server gave them.
    messages: HashMap<String, Seen>,
    /// Bodies, with the kind of the queue.
    bodies: HashMap<(bool, String), HashSet<String>>,
    /// How many messages of each group have come.
    groups: HashMap<usize, usize>,
    gone: usize,
    faults: Vec<String>,
}

/// See the module.
pub(super) struct Judge {
    state: Mutex<State>,
    done: watch::Sender<Done>,
}

impl Default for Judge {
    fn default() -> Self {
        Self {
            state: Mutex::default(),
            done: watch::Sender::new(Done::default()),
        }
    }
}

fn text(message: &Value, name: &str) -> String {
    message[name].as_str().unwrap().to_owned()
}

impl Judge {
    /// A batch was answered.
    pub(super) fn sent(&self, is_whole: bool, told: &Value) {
        let mut state = self.state.lock().unwrap();
        state.sent += 10;
        if !is_whole {
            state
                .faults
                .push(format!("not all of a batch were taken: {told}"));
        }
    }

    /// Messages came; they were asked for at this time.
    pub(super) fn received(&self, is_ordered: bool, messages: &[Value], asked: Instant) {
        let came = Instant::now();
        let mut state = self.state.lock().unwrap();
        for message in messages {
            let (id, body) = (text(message, "MessageId"), text(message, "Body"));
            state.look(&id, &body, asked, came);
            if is_ordered {
                state.is_next(&body);
            }
            let ids = state.bodies.entry((is_ordered, body.clone())).or_default();
            ids.insert(id);
            if is_ordered && ids.len() > 1 {
                state.faults.push(format!("{body} was taken twice"));
            }
        }
        self.tell(&state);
    }

    /// The deletion of a message was answered.
    pub(super) fn deleted(&self, message: &Value) {
        let mut state = self.state.lock().unwrap();
        let seen = state.messages.entry(text(message, "MessageId")).or_default();
        seen.is_gone = true;
        state.gone += 1;
        self.tell(&state);
    }

    fn tell(&self, state: &State) {
        self.done.send_replace(Done {
            received: state.bodies.len(),
            gone: state.gone,
        });
    }

    /// Waits until this holds.
    pub(super) async fn until(&self, holds: impl Fn(&Done) -> bool, what: &str) {
        let mut done = self.done.subscribe();
        let reached = timeout(STUCK, done.wait_for(|done| holds(done))).await;
        assert!(
            reached.is_ok(),
            "{what}: stuck at {:?}, {:?}",
            self.done.borrow(),
            self.faults()
        );
    }

    /// Waits until nothing is in a queue, looking whenever somebody has received or deleted.
    pub(super) async fn until_empty(&self, queue: &Queue) {
        let names = [
            "ApproximateNumberOfMessages",
            "ApproximateNumberOfMessagesNotVisible",
        ];
        let mut done = self.done.subscribe();
        loop {
            let told = queue
                .call("GetQueueAttributes", json!({ "AttributeNames": names }))
                .await;
            let told = told.expect("the server is up");
            if names.iter().all(|name| told["Attributes"][name] == "0") {
                return;
            }
            let moved = timeout(STUCK, done.changed()).await;
            assert!(moved.is_ok(), "nothing moves any more: {told}");
        }
    }

    fn faults(&self) -> Vec<String> {
        self.state.lock().unwrap().faults.clone()
    }

    /// Whether all was as it must be.
    pub(super) fn say(&self, total: usize, rounds: usize) {
        let state = self.state.lock().unwrap();
        let shown = &state.faults[..state.faults.len().min(10)];
        assert!(shown.is_empty(), "{} faults: {shown:#?}", state.faults.len());
        assert_eq!((state.sent, state.bodies.len()), (total, total));
        assert!(
            state.groups.values().all(|count| *count == rounds),
            "{:?}",
            state.groups
        );
    }
}

impl State {
    /// A message that was deleted must not come, nor one that another one holds.
    fn look(&mut self, id: &str, body: &str, asked: Instant, came: Instant) {
        let seen = self.messages.entry(id.to_owned()).or_default();
        let fault = match seen.held {
            _ if seen.is_gone => Some("came back after it was deleted"),
            Some(until) if came < until => Some("came to two receivers within its time"),
            _ => None,
        };
        seen.held = Some(asked + VISIBILITY);
        self.faults.extend(fault.map(|fault| format!("{body} {fault}")));
    }

    /// Of each group, none comes before those that were sent before it.
    fn is_next(&mut self, body: &str) {
        let (group, number) = body.split_once(' ').unwrap();
        let (group, number): (usize, usize) = (group.parse().unwrap(), number.parse().unwrap());
        let count = self.groups.entry(group).or_default();
        if number > *count {
            self.faults.push(format!("{body} came before number {count}"));
        }
        *count = (*count).max(number + 1);
    }
}
