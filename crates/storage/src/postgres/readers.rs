//! The reader threads: each opens one snapshot and answers from it whatever was waiting by then.

use std::time::Instant;

use super::Session;
use super::known::Known;
use super::link::Link;
use crate::queue::{First, MAX_BATCH_TIME, Queue};

/// Runs until the queue is closed and empty.
pub(super) fn run(link: &Link, queue: &Queue) {
    let known = Known::default();
    while let Some(first) = queue.first() {
        answer(link, &known, queue, first);
    }
}

fn answer(link: &Link, known: &Known, queue: &Queue, first: First) {
    known.forget_schema();
    let mut session = Session::reading(link, known);
    let (begun, mut count) = (Instant::now(), 1);
    first.task.run(&mut session);
    // A failed question spoils the snapshot; the tasks behind it get another one.
    while session.is_sound()
        && count < queue.lane.batch
        && begun.elapsed() < MAX_BATCH_TIME
        && let Some(task) = queue.next(first.until)
    {
        task.run(&mut session);
        count += 1;
    }
    session.end();
}
