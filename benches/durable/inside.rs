//! Through the store: a record of about 500 bytes with its line of history, as any part of the server writes it.

use std::thread;
use std::time::{Duration, Instant};

use storage::sqlite::{self, Access};

use super::flush::Floor;
use super::writer::Writer;
use super::{RECORDS, Turns, least, most, rates};
use crate::Plan;
use crate::report::Figure;
use crate::stats::micros;

pub(super) fn measure(plan: &Plan, floor: &mut Floor) -> anyhow::Result<Vec<Figure>> {
    let open = sqlite::open(
        &sqlite::Options::new(plan.folder("durable-store")?),
        Access::Serve,
    )?;
    let writer = Writer::new(open.store())?;
    for _ in 0..RECORDS / 10 {
        writer.write()?;
    }
    // A server lays its log out in the first idle second.
    thread::sleep(super::IDLE);
    let lone = Turns::take(plan.pick(1500, 300), floor, || {
        let (id, text) = writer.next();
        let begun = Instant::now();
        writer.put(id, &text)?;
        Ok(micros(begun.elapsed()))
    })?;
    let time = Duration::from_millis(plan.pick(1000, 400));
    let many = rates(plan.pick(7, 3), "64 clients, store", |clients| {
        writer.rate(clients, time)
    })?;
    Ok(vec![
        lone.figure("lone durable write, store").target(most(1.5)),
        many.target(least(4.0)),
    ])
}
