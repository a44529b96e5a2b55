//! Every route of records, asked by one caller and compared with what the model says.

mod aggregate;
mod change;
mod history;
mod many;
mod read;

use serde_json::{Value, json};

use crate::bed::{Bed, Who};
use crate::groups::Group;
use crate::model::Caller;
use crate::random::Random;
use crate::world::World;

/// One caller in one case.
pub(crate) struct Run<'r> {
    pub(crate) bed: &'r Bed,
    pub(crate) world: &'r mut World,
    pub(crate) caller: Caller<'r>,
    pub(crate) random: &'r mut Random,
    /// What was asked so far.
    pub(crate) asked: usize,
}

/// What ought to be answered.
pub(crate) type Wanted = Result<Value, u16>;

/// What was not as it ought to be.
pub(crate) type Outcome = Result<(), String>;

impl<'r> Run<'r> {
    pub(crate) fn new(
        bed: &'r Bed,
        world: &'r mut World,
        groups: &'r [Group; 2],
        (who, random): (Who, &'r mut Random),
    ) -> Self {
        Self {
            bed,
            world,
            caller: Caller::new(who, groups),
            random,
            asked: 0,
        }
    }

    /// Everything.
    pub(crate) async fn all(&mut self) -> Outcome {
        self.reads().await?;
        self.aggregates().await?;
        self.changes().await?;
        self.histories().await?;
        self.deletions().await
    }

    async fn ask(&mut self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        self.asked += 1;
        self.bed.ask(self.caller.who, method, path, body).await
    }

    /// Asks, and says how the answer differs.
    async fn expect(&mut self, method: &str, path: &str, body: &Value, wanted: Wanted) -> Outcome {
        let got = self.ask(method, path, body).await;
        let said = format!("{method} {path} {body}");
        match (wanted, got) {
            (Ok(wanted), (200, got)) if wanted == got => Ok(()),
            (Ok(wanted), (status, got)) => {
                let (wanted, got) = difference(&wanted, &got);
                Err(format!("{said}\n  wanted 200 {wanted}\n  got {status} {got}"))
            }
            (Err(wanted), (status, got)) => match (status == wanted).then(|| sound_error(status, &got)) {
                Some(Ok(())) => Ok(()),
                Some(Err(why)) => Err(format!("{said}\n  {why}: {got}")),
                None => Err(format!("{said}\n  wanted {wanted}\n  got {status} {got}")),
            },
        }
    }
}

/// Of two pages only the first items that differ.
fn difference<'v>(wanted: &'v Value, got: &'v Value) -> (&'v Value, &'v Value) {
    let items = |page: &'v Value| page["items"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut pairs = items(wanted).iter().zip(items(got));
    pairs.find(|(wanted, got)| wanted != got).unwrap_or((wanted, got))
}

/// Whether an error has the right word and nothing but what errors have.
fn sound_error(status: u16, body: &Value) -> Result<(), &'static str> {
    let words: &[&str] = match status {
        400 => &["badRequest", "validationErrors"],
        401 => &["unauthorized"],
        403 => &["forbidden"],
        404 => &["notFound"],
        409 => &["optimisticLocking"],
        _ => &[],
    };
    if !words.iter().any(|word| body["code"] == *word) {
        return Err("another code is for this status");
    }
    let keys = body
        .as_object()
        .into_iter()
        .flatten()
        .map(|(key, _)| key.as_str());
    match keys
        .clone()
        .all(|key| ["code", "message", "errors"].contains(&key))
    {
        true => Ok(()),
        false => Err("an error has a code, a message and errors"),
    }
}

/// A page of all there is.
fn page(items: &[Value]) -> Value {
    let mut page = json!({ "total": items.len(), "items": items });
    if let Some(last) = items.last() {
        page["offset"] = last["id"].clone();
    }
    page
}

/// An id that no record has.
const NO_RECORD: &str = "0123456789abcdef01234567";
