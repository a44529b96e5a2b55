//! Hooks that follow a plan: at the n-th time that a job passes a point, fail, die or wait for the test.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};

use jobs::{Hooks, Point, Verdict};
use model::{Job, JobSeq};

/// The n-th passage, counted from 1, of a job at a point.
pub(crate) type Place = (JobSeq, Point, u32);

#[derive(Default)]
pub(crate) struct Plan {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    passed: HashMap<(JobSeq, Point), u32>,
    verdicts: HashMap<Place, Verdict>,
    breaks: HashMap<Place, (SyncSender<()>, Receiver<()>)>,
}

/// A run held at a point until the test lets it go.
pub(crate) struct Breakpoint {
    reached: Receiver<()>,
    go: Sender<()>,
}

impl Breakpoint {
    /// Waits until the run is there.
    pub(crate) fn reached(&self) {
        self.reached.recv().unwrap();
    }

    /// Lets it go on.
    pub(crate) fn go(self) {
        self.go.send(()).unwrap();
    }
}

impl Plan {
    pub(crate) fn at(&self, place: Place, verdict: Verdict) {
        self.state.lock().unwrap().verdicts.insert(place, verdict);
    }

    pub(crate) fn pause(&self, place: Place) -> Breakpoint {
        let ((there, reached), (go, gone)) = (sync_channel(0), channel());
        self.state.lock().unwrap().breaks.insert(place, (there, gone));
        Breakpoint { reached, go }
    }
}

impl Hooks for Plan {
    fn at(&self, point: Point, job: &Job) -> Verdict {
        let mut state = self.state.lock().unwrap();
        let nth = state.passed.entry((job.seq, point)).or_default();
        *nth += 1;
        let place = (job.seq, point, *nth);
        let stop = state.breaks.remove(&place);
        let verdict = state.verdicts.remove(&place).unwrap_or(Verdict::Go);
        drop(state);
        if let Some((there, gone)) = stop {
            there.send(()).unwrap();
            gone.recv().unwrap();
        }
        verdict
    }
}
