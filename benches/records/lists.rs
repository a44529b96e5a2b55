//! Pages of 20: the companies of one parent, and the first ones by name.

use std::time::Instant;

use anyhow::ensure;

use super::{DATA, companies};
use crate::Plan;
use crate::report::{Figure, Target};
use crate::server::Server;
use crate::stats::{median, millis, percentile};
use crate::wire::Client;

/// Steps through the parents, so that hardly any is asked for twice.
const STEP: u64 = 7919;

/// A server and how many companies it has.
struct Side {
    client: Client,
    count: u64,
}

/// Measures both kinds of lists at both servers by turns.
///
/// # Errors
/// When a page is not what it should be.
pub(super) fn measure(plan: &Plan, few: (&Server, u64), many: (&Server, u64)) -> anyhow::Result<Vec<Figure>> {
    let side = |(server, count): (&Server, u64)| {
        anyhow::Ok(Side {
            client: server.client()?,
            count,
        })
    };
    let sides = (&side(few)?, &side(many)?);
    let turns = plan.pick(1000, 200);
    let mut figures = turn_by_turn("list of 20 by an indexed field", turns, sides, of_parent)?;
    figures.extend(turn_by_turn(
        "list of 20 in the order of an index",
        turns,
        sides,
        by_name,
    )?);
    Ok(figures)
}

fn turn_by_turn(
    name: &str,
    turns: u64,
    (few, many): (&Side, &Side),
    list: fn(&Side, u64) -> anyhow::Result<f64>,
) -> anyhow::Result<Vec<Figure>> {
    let (mut small, mut large) = (Vec::new(), Vec::new());
    // The first ones warm up.
    for turn in 0..turns + turns / 10 {
        let times = (list(few, turn)?, list(many, turn)?);
        if turn >= turns / 10 {
            small.push(times.0);
            large.push(times.1);
        }
    }
    let most = Figure::bare(
        format!("{name}, {} records, p99", many.count),
        percentile(large.clone(), 0.99),
        "ms",
    );
    let (small, large) = (median(small), median(large));
    let cost = Figure::ratio(
        format!("{name}, {} records, median", many.count),
        format!("{large:.2} ms"),
        format!("{} records {small:.2} ms", few.count),
        large / small,
    );
    Ok(vec![
        most.target(Target::AtMost(5.0)),
        cost.target(Target::AtMost(1.5)),
    ])
}

/// The newest of the companies of one parent.
fn of_parent(side: &Side, turn: u64) -> anyhow::Result<f64> {
    let parent = companies::parent_id(turn * STEP % companies::parents(side.count), side.count);
    page(side, &format!("parent={parent}"), companies::CHILDREN)
}

/// The first of all by name.
fn by_name(side: &Side, _: u64) -> anyhow::Result<f64> {
    page(side, "_sortField=name&_sortType=asc", side.count)
}

/// Asks for a page, and gives the time until it is there in milliseconds.
fn page(side: &Side, query: &str, total: u64) -> anyhow::Result<f64> {
    let path = format!("{DATA}/companies?{query}&_size=20");
    let begun = Instant::now();
    let page = side.client.get(&path)?;
    let took = millis(begun.elapsed());
    let entries = page.matches(r#""taxId":"#).count();
    let expected = format!(r#"{{"total":{total},"#);
    ensure!(
        entries == 20 && page.starts_with(&expected),
        "{entries} entries for {query}: {page}"
    );
    Ok(took)
}
