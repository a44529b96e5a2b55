//! Clients that write one thing after the other, each to another node, and never anything twice.

use serde_json::{Value, json};

use super::{NODES, Scene};
use crate::support::Client;

const JSON: &str = "application/json";

/// What a client writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Calculations, each a new one.
    Calculation,
    /// One article of its own, changed again and again.
    Article,
    /// Records of the app, each a new one.
    Record,
    /// Deltas of one operation, each for a new article.
    Delta,
}

/// One client each.
pub(super) const ALL: [Kind; 6] = [
    Kind::Calculation,
    Kind::Article,
    Kind::Record,
    Kind::Delta,
    Kind::Article,
    Kind::Calculation,
];

/// What became of the writes of a client.
#[derive(Clone, Debug)]
pub(super) struct Told {
    pub(super) kind: Kind,
    pub(super) client: usize,
    /// How many it has sent, numbered from 0.
    pub(super) sent: u64,
    /// Those that were answered as done, and what the answer named.
    pub(super) done: Vec<(u64, String)>,
    /// Answers that no client should see.
    pub(super) faults: Vec<String>,
}

/// An answer: what it named, or that it is not known whether the write was done.
enum Answer {
    Done(String),
    Unknown,
    Fault(String),
}

/// Writes until it is over.
pub(super) fn write(scene: &Scene, client: usize) -> Told {
    let mut told = Told {
        kind: ALL[client],
        client,
        sent: 0,
        done: Vec::new(),
        faults: Vec::new(),
    };
    let mut at = Vec::new();
    while !scene.is_over() {
        let number = told.sent;
        let node = client + usize::try_from(number).unwrap();
        told.sent += 1;
        match told.kind.write(connected(scene, &mut at, node), client, number) {
            Answer::Done(name) => {
                if let Answer::Fault(why) = told.kind.read(connected(scene, &mut at, node + 1), &name, number)
                {
                    told.faults
                        .push(format!("{name} {number}, read from another node: {why}"));
                }
                told.done.push((number, name));
            }
            Answer::Unknown => {}
            Answer::Fault(why) => told.faults.push(format!("write {number}: {why}")),
        }
    }
    told
}

/// A client of the node that has this place now.
fn connected<'a>(scene: &Scene, at: &'a mut Vec<(String, Client)>, node: usize) -> &'a Client {
    let url = scene.url(node);
    if at.len() < NODES {
        at.extend((at.len()..NODES).map(|_| (String::new(), Client::new("", ""))));
    }
    let place = &mut at[node % NODES];
    if place.0 != url {
        *place = (url.clone(), Client::new(&url, &scene.admin));
    }
    &place.1
}

impl Kind {
    fn write(self, to: &Client, client: usize, number: u64) -> Answer {
        let article = format!("C{client}");
        let (path, kind, body, named) = match self {
            Self::Calculation => {
                let body = json!({ "data": { "client": client, "n": number } });
                ("/qalx/item", JSON, body.to_string(), "/guid/$uuid")
            }
            Self::Article => {
                let body = json!({ "F_1": article, "F_2": number.to_string() });
                ("/api/v1/articles/update", JSON, body.to_string(), "")
            }
            Self::Record => {
                let body = json!({ "name": format!("{client}-{number}"), "state": "new" });
                ("/prod/runtime/api/data/items", JSON, body.to_string(), "/id")
            }
            Self::Delta => {
                let article = json!({ "F_1": format!("{article}-{number}") });
                let body = json!({ "operation": "add-article", "articleData": article }).to_string();
                ("/api/v1/articles/delta-update", "application/x-ndjson", body, "")
            }
        };
        let request = to.request("POST", path).header("content-type", kind).body(body);
        answer(request.try_send(), |answer| match self {
            Self::Article => article.clone(),
            Self::Delta => answer.headers["x-job-ids"].to_str().unwrap().to_owned(),
            _ => answer
                .json()
                .pointer(named)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned(),
        })
    }

    /// Reads back what was answered as done.
    fn read(self, from: &Client, name: &str, number: u64) -> Answer {
        let (path, wanted) = match self {
            Self::Calculation => (format!("/qalx/item/{name}"), format!("\"n\":{number}")),
            Self::Article => (
                format!("/api/v1/articles/{name}"),
                format!("\"F_2\":\"{number}\""),
            ),
            Self::Record => (
                format!("/prod/runtime/api/data/items/{name}"),
                format!("-{number}\""),
            ),
            Self::Delta => (format!("/api/v1/jobs/jobs/{name}"), String::new()),
        };
        if self == Self::Delta {
            return Answer::Unknown;
        }
        let read = answer(from.request("GET", &path).try_send(), |answer| {
            answer.text().to_owned()
        });
        match read {
            Answer::Done(text) if !text.replace(": ", ":").contains(&wanted) => {
                Answer::Fault(format!("{wanted} is not in {text}"))
            }
            read => read,
        }
    }
}

type Sent = reqwest::Result<crate::support::client::Answer>;

fn answer(sent: Sent, named: impl FnOnce(&crate::support::client::Answer) -> String) -> Answer {
    match sent {
        // A node that was killed, or is not there any more.
        Err(_) => Answer::Unknown,
        Ok(answer) if (200..300).contains(&answer.status) => Answer::Done(named(&answer)),
        Ok(answer) if answer.status == 503 && answer.headers.contains_key("retry-after") => Answer::Unknown,
        Ok(answer) => Answer::Fault(format!("{} {:?}", answer.status, answer.text())),
    }
}
