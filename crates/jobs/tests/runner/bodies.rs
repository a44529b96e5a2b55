//! Kinds of jobs for tests. Each chunk also writes a mark, the job's "data", so that a test sees what was applied.

use jobs::{Interrupt, Kind, Outcome, Report, Run};
use model::job::{Item, ItemState, Level};
use model::{Code, Error, JobSeq};
use serde::{Deserialize, Serialize};
use storage::Tx;

use super::bench;

/// What a test job does.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Script {
    /// Chunks of one item each.
    pub(crate) chunks: u64,
    /// Items that fail.
    pub(crate) bad: Vec<u64>,
    /// The chunk whose work fails.
    pub(crate) broken: Option<u64>,
    /// The chunk before which the body panics.
    pub(crate) panics: Option<u64>,
    /// The chunk whose work panics.
    pub(crate) work_panics: Option<u64>,
    /// The chunk before which it wants to be held, once.
    pub(crate) hold: Option<u64>,
    /// Children made in a chunk before the others, each with so many chunks.
    pub(crate) children: Vec<u64>,
    /// Whether to wait for children without having made any.
    pub(crate) waits_for_nobody: bool,
    /// Whether chunks are sent ahead.
    pub(crate) ahead: bool,
}

impl Script {
    pub(crate) fn chunks(chunks: u64) -> Self {
        Self {
            chunks,
            ..Self::default()
        }
    }
}

#[derive(Clone, Default, Serialize, Deserialize)]
struct At {
    next: u64,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    held: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    parent: bool,
}

/// The kind that follows its script.
pub(crate) struct Scripted(pub(crate) &'static str);

impl Kind for Scripted {
    fn name(&self) -> &'static str {
        self.0
    }

    fn run(&self, run: &mut Run) -> Result<Outcome, Interrupt> {
        let script: Script = run.params()?;
        let mut at: At = run.checkpoint()?.unwrap_or_default();
        if script.waits_for_nobody {
            return Ok(Outcome::AwaitChildren);
        }
        if !script.children.is_empty() && !at.parent {
            at.parent = true;
            make_children(run, &script, &at)?;
            return Ok(Outcome::AwaitChildren);
        }
        let children = run.job().children;
        if children.done < children.total {
            return Ok(Outcome::AwaitChildren);
        }
        while at.next < script.chunks {
            if script.panics == Some(at.next) {
                panic!("planned panic");
            }
            if script.hold == Some(at.next) && !at.held {
                at.held = true;
                let text = text(&at);
                run.commit(move |_| Ok(only_checkpoint(&text)))?;
                return Ok(Outcome::Hold("item 1 failed".to_owned()));
            }
            chunk(run, &script, &mut at)?;
        }
        Ok(Outcome::Finished(None))
    }
}

fn chunk(run: &mut Run, script: &Script, at: &mut At) -> Result<(), Interrupt> {
    let (seq, number, script) = (run.job().seq, at.next, script.clone());
    at.next += 1;
    let ahead = script.ahead;
    let checkpoint = text(at);
    let work = move |tx: &mut dyn Tx| {
        add_data(tx, seq, number)?;
        assert_ne!(script.work_panics, Some(number), "planned panic");
        if script.broken == Some(number) {
            return Err(Error::new(
                Code::BadValue,
                format!("item {number} cannot be read"),
            ));
        }
        let failed = script.bad.contains(&number);
        let mut report = only_checkpoint(&checkpoint);
        report.items.push(Item {
            number,
            key: format!("key {number}"),
            state: if failed {
                ItemState::Failed
            } else {
                ItemState::Done
            },
            detail: None,
        });
        report.processed = 1;
        report.failed = u64::from(failed);
        report.total = Some(script.chunks);
        report.logs.push((Level::Info, format!("item {number}")));
        Ok(report)
    };
    if ahead {
        run.commit_async(work)
    } else {
        run.commit(work)
    }
}

fn make_children(run: &mut Run, script: &Script, at: &At) -> Result<(), Interrupt> {
    let (parent, env, handle) = (run.job().seq, run.env().clone(), run.handle());
    let (chunks, checkpoint) = (script.children.clone(), text(at));
    run.commit(move |tx| {
        for chunks in &chunks {
            let mut child = bench::new_job(&env, &Script::chunks(*chunks));
            child.parent = Some(parent);
            handle.submit(tx, &child)?;
        }
        Ok(only_checkpoint(&checkpoint))
    })
}

fn add_data(tx: &mut dyn Tx, seq: JobSeq, number: u64) -> storage::Result<()> {
    let name = bench::data_name(seq);
    let before = tx.mark(&name)?.unwrap_or_default();
    tx.set_mark(&name, &format!("{before}{number} "))
}

fn only_checkpoint(text: &str) -> Report {
    Report {
        checkpoint: Some(text.to_owned()),
        ..Report::default()
    }
}

fn text(at: &At) -> String {
    serde_json::to_string(at).unwrap()
}
