//! The same through the whole server: a field of an article set by a call of its API.

use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::ensure;

use super::flush::Floor;
use super::{RECORDS, Turns, rates};
use crate::connection::Connection;
use crate::report::Figure;
use crate::server::Server;
use crate::stats::micros;
use crate::wire::Client;
use crate::{Plan, catalogue, load};

pub(super) fn measure(plan: &Plan, floor: &mut Floor) -> anyhow::Result<Vec<Figure>> {
    let server = Server::start(&plan.folder("durable-server")?)?;
    let client = server.client()?;
    client.update(&catalogue::delta(catalogue::creates(RECORDS))?)?;
    let requests = Rc::new(updates(&client));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let mut connection = runtime.block_on(Connection::open(server.address))?;
    let mut turns = requests.iter().cycle();
    std::thread::sleep(super::IDLE);
    let lone = Turns::take(plan.pick(1000, 200), floor, || {
        let begun = Instant::now();
        if let Some(request) = turns.next() {
            let status = runtime.block_on(connection.exchange(request))?;
            ensure!(status == 200, "an update has status {status}");
        }
        Ok(micros(begun.elapsed()))
    })?;
    let time = Duration::from_millis(plan.pick(1500, 500));
    let many = rates(plan.pick(5, 3), "64 connections, HTTP", |connections| {
        Ok(load::drive(server.address, &requests, connections, time)?.rate())
    })?;
    server.stop()?;
    Ok(vec![lone.figure("lone durable write, HTTP"), many])
}

fn updates(client: &Client) -> Vec<Vec<u8>> {
    let one = |place| {
        let id = catalogue::id(place, RECORDS);
        let body = format!(r#"{{"F_1":"{id}","{}":"{place},50"}}"#, catalogue::FEATURE);
        client.request("POST", "/api/v1/articles/update", body.as_bytes())
    };
    (0..RECORDS).map(one).collect()
}
