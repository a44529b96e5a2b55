//! What the hourly upkeep clears away of an app's records.

use std::time::Duration;

use engine::upkeep::sweep;
use model::{Error, HistorySeq};
use serde_json::json;

use crate::support::{Bed, defined};

const DAY: Duration = Duration::from_secs(86_400);
const FOR_EVER: &str = "auditLogs: true\nfields: [{name: f, type: text}]";

async fn lines(bed: &Bed, entity: &str) -> usize {
    let collection = bed.app.engine.record_entity(entity).unwrap().collection();
    let read = bed.app.engine.store().read(move |tx| {
        let lines = tx.history_after(collection, HistorySeq(0), u64::MAX)?;
        Ok::<_, Error>(lines.len())
    });
    read.await.unwrap()
}

#[tokio::test]
async fn histories_past_their_time_go_and_others_stay() {
    let bed = Bed::new().await;
    let aged = "auditLogs: {userContext: true, expiration: {policy: days, value: 10}}\nfields: [{name: f, type: text}]";
    bed.force(&defined(&[("aged", aged), ("kept", FOR_EVER)])).await;
    bed.app.run_jobs().await;
    for entity in ["aged", "kept"] {
        let id = bed.create(entity, &json!({"f": "1"})).await;
        bed.update(entity, &id, &json!({"f": "2"})).await.unwrap();
    }
    bed.app.clock.advance(9 * DAY);
    sweep(&bed.app.engine, DAY).await.unwrap();
    assert_eq!((lines(&bed, "aged").await, lines(&bed, "kept").await), (2, 2));
    bed.create("aged", &json!({"f": "3"})).await;
    bed.app.clock.advance(2 * DAY);
    sweep(&bed.app.engine, DAY).await.unwrap();
    assert_eq!((lines(&bed, "aged").await, lines(&bed, "kept").await), (1, 2));
}

#[tokio::test]
async fn what_dropped_entities_leave_goes_without_the_job_too() {
    let bed = Bed::new().await;
    bed.force(&defined(&[("gone", FOR_EVER), ("kept", FOR_EVER)]))
        .await;
    bed.app.run_jobs().await;
    bed.create("gone", &json!({"f": "1"})).await;
    bed.force(&defined(&[("kept", FOR_EVER)])).await;
    // Its job is still to come.
    sweep(&bed.app.engine, DAY).await.unwrap();
    let left = bed.app.engine.store().write(|tx| Ok::<_, Error>(tx.sweep(1)?));
    assert_eq!(left.await.unwrap(), 0);
}
