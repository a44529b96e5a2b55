//! Writes that are on disk when they are answered: against the system's own cost of that, and alone against many.
//!
//! The floor is an overwrite of 4 KiB with `fdatasync`. How fast that is changes by the minute on most disks, so the
//! floor and a lone write take turns one by one. Many clients share a flush, which is what the second ratio shows.

mod flush;
mod inside;
mod outside;
pub(crate) mod writer;

use std::time::Duration;

use crate::report::{Figure, Target};
use crate::{Plan, stats};

use flush::Floor;

/// Records that are written again and again.
pub(crate) const RECORDS: u64 = 10_000;
/// A pause after loading, in which the server does what it leaves for quiet moments.
const IDLE: Duration = Duration::from_secs(2);
/// Clients that write at the same time.
pub(crate) const CLIENTS: usize = 64;

/// Measures this part.
///
/// # Errors
/// When a write fails.
pub(crate) fn measure(plan: &Plan) -> anyhow::Result<Vec<Figure>> {
    let mut floor = Floor::new(&plan.folder("durable-floor")?)?;
    let mut figures = inside::measure(plan, &mut floor)?;
    figures.extend(outside::measure(plan, &mut floor)?);
    Ok(figures)
}

/// Lone writes in turn with the floor, in microseconds.
struct Turns {
    floor: Vec<f64>,
    ours: Vec<f64>,
}

impl Turns {
    /// Takes `count` turns.
    fn take(
        count: u32,
        floor: &mut Floor,
        mut write: impl FnMut() -> anyhow::Result<f64>,
    ) -> anyhow::Result<Self> {
        let (mut flushes, mut ours) = (Vec::new(), Vec::new());
        for _ in 0..count {
            flushes.push(floor.flush()?);
            ours.push(write()?);
        }
        Ok(Self { floor: flushes, ours })
    }

    fn figure(self, name: &str) -> Figure {
        let (ours, floor) = (stats::median(self.ours), stats::median(self.floor));
        Figure::ratio(
            name,
            format!("{ours:.0} µs"),
            format!("fdatasync {floor:.0} µs"),
            ours / floor,
        )
    }
}

/// Rates of one client and of many, by turns.
fn rates(
    rounds: u32,
    name: &str,
    mut rate: impl FnMut(usize) -> anyhow::Result<f64>,
) -> anyhow::Result<Figure> {
    let (mut one, mut many) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        one.push(rate(1)?);
        many.push(rate(CLIENTS)?);
    }
    let value = stats::median(many.iter().zip(&one).map(|(many, one)| many / one));
    let (one, many) = (stats::median(one), stats::median(many));
    Ok(Figure::ratio(
        name,
        format!("{many:.0}/s"),
        format!("1 client {one:.0}/s"),
        value,
    ))
}

fn most(bound: f64) -> Target {
    Target::AtMost(bound)
}

fn least(bound: f64) -> Target {
    Target::AtLeast(bound)
}
