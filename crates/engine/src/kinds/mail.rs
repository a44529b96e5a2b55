//! The job of one mail: brought to each recipient by itself, so that one whom the mail server refuses keeps it from
//! nobody else.
//!
//! Every recipient is an item. A recipient whom the server puts off, and everyone when it cannot be reached, is tried
//! again after a wait that grows; after the configured number of attempts he has failed. The checkpoint names who is still
//! to get it. A mail that was sent just before a crash, its item not yet committed, is sent once more under the same
//! `Message-ID`.

mod letter;
mod post;

use std::time::Duration;

use ::jobs::{Backoff, Interrupt, Kind, Outcome, Report, Run};
use model::job::{Item, ItemState, Level};
use model::{Code, Error};
use serde::{Deserialize, Serialize};

use super::{Tools, to_json};
use crate::notifications::Notification;
use letter::Letter;
use post::{Post, Trouble};

/// The kind's name.
pub(crate) const KIND: &str = "mail";

/// The waits between attempts.
const WAITS: Backoff = Backoff {
    first: Duration::from_secs(5),
    longest: Duration::from_secs(300),
};

/// Who is still to get it, and how often that was tried.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Checkpoint {
    /// Places in the list of recipients.
    left: Vec<usize>,
    attempts: u32,
}

/// Why a recipient did not get it.
#[derive(Serialize)]
struct Failure {
    error: String,
}

/// See the module.
pub(crate) struct Mail {
    tools: Tools,
}

/// What a run works with.
struct Round<'a> {
    letter: &'a Letter,
    post: &'a Post,
    at: Checkpoint,
}

impl Mail {
    pub(crate) fn new(tools: &Tools) -> Self {
        Self { tools: tools.clone() }
    }

    fn wait(&self, run: &mut Run, attempts: u32) -> Result<(), Interrupt> {
        let time = WAITS.after(attempts);
        self.tools.options.mail.pause.wait(time, &|| run.should_stop());
        run.check()
    }
}

impl Kind for Mail {
    fn name(&self) -> &'static str {
        KIND
    }

    fn run(&self, run: &mut Run) -> Result<Outcome, Interrupt> {
        let options = &self.tools.options.mail;
        let notification: Notification = run.params()?;
        let post = Post::new(options, run.job())?;
        let letter = Letter::new(&notification, options, run.job(), post.keeps_bcc())?;
        let at = run.checkpoint()?.unwrap_or_else(|| Checkpoint {
            left: (0..letter.recipients.len()).collect(),
            attempts: 0,
        });
        let mut round = Round {
            letter: &letter,
            post: &post,
            at,
        };
        while !round.at.left.is_empty() {
            let Some(trouble) = round.deliver(run)? else {
                break;
            };
            round.at.attempts += 1;
            if round.at.attempts >= options.attempts {
                round.give_up(run, &trouble)?;
                break;
            }
            round.note(run, &trouble)?;
            self.wait(run, round.at.attempts)?;
        }
        Ok(Outcome::Finished(None))
    }
}

impl Round<'_> {
    /// Tries everyone who is left; why some still are.
    fn deliver(&mut self, run: &mut Run) -> Result<Option<String>, Interrupt> {
        let mut trouble = None;
        for place in self.at.left.clone() {
            run.check()?;
            match self.post.send(self.letter, place) {
                Ok(()) => self.settle(run, place, None)?,
                Err(Trouble::Refused(why)) => self.settle(run, place, Some(why))?,
                Err(Trouble::PutOff(why)) => trouble = Some(why),
                Err(Trouble::Unreachable(why)) => return Ok(Some(why)),
            }
        }
        Ok(trouble)
    }

    /// Commits that one recipient is done with.
    fn settle(&mut self, run: &mut Run, place: usize, failure: Option<String>) -> Result<(), Interrupt> {
        self.at.left.retain(|left| *left != place);
        let item = self.item(place, failure)?;
        self.commit(run, vec![item])
    }

    /// Commits that nobody who is left will get it.
    fn give_up(&mut self, run: &mut Run, trouble: &str) -> Result<(), Interrupt> {
        let left = std::mem::take(&mut self.at.left);
        let why = format!("given up after {} attempts: {trouble}", self.at.attempts);
        let items = left.into_iter().map(|place| self.item(place, Some(why.clone())));
        let items = items.collect::<Result<_, _>>()?;
        self.commit(run, items)
    }

    /// Commits that a further attempt is to come.
    fn note(&self, run: &mut Run, trouble: &str) -> Result<(), Interrupt> {
        let (attempts, left) = (self.at.attempts, self.at.left.len());
        run.log(
            Level::Warn,
            format!("attempt {attempts}: {left} recipients are left: {trouble}"),
        );
        self.commit(run, Vec::new())
    }

    fn item(&self, place: usize, failure: Option<String>) -> Result<Item, Error> {
        Ok(Item {
            number: place as u64,
            key: self.letter.recipients[place].to_string(),
            state: if failure.is_none() {
                ItemState::Done
            } else {
                ItemState::Failed
            },
            detail: failure.map(|error| to_json(&Failure { error })).transpose()?,
        })
    }

    fn commit(&self, run: &mut Run, items: Vec<Item>) -> Result<(), Interrupt> {
        let failed = items
            .iter()
            .filter(|item| item.state == ItemState::Failed)
            .count();
        let report = Report {
            processed: items.len() as u64,
            failed: failed as u64,
            items,
            total: Some(self.letter.recipients.len() as u64),
            progress: None,
            checkpoint: Some(to_json(&self.at)?),
            logs: Vec::new(),
        };
        run.commit(move |_| Ok(report.clone()))
    }
}

/// What became of the settings since the mail was accepted.
fn not_configured(setting: &str) -> Error {
    Error::new(Code::Conflict, format!("{setting} is not set any more"))
}
