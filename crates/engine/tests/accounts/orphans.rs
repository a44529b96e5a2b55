//! Files that nothing holds go, and only those.

use std::time::Duration;

use engine::SlingrOptions;
use engine::upkeep::sweep;
use model::Code;

use super::files::{hold, release, upload};
use super::support::{Bed, code};

const HOUR: u64 = 3_600_000;

/// A server whose clock is the machine's for now, as the times of contents are.
async fn bed(orphan_file_ttl: u64) -> Bed {
    let bed = Bed::with(SlingrOptions {
        orphan_file_ttl,
        ..SlingrOptions::default()
    })
    .await;
    let behind = model::Env::system().now().millis_since(bed.engine().env().now());
    bed.pass(u64::try_from(behind).unwrap());
    bed
}

#[tokio::test]
async fn an_orphan_is_gone_after_its_time_even_before_the_sweep() {
    let bed = bed(2).await;
    let ann = bed.user("ann@example.com", &["plain"]).await;
    let file = upload(&bed, &ann, "hello").await.unwrap().id;
    let share = bed.engine().share_file(&ann, &file, 0).await.unwrap().id;
    bed.pass(1_999);
    assert!(bed.engine().open_file(&bed.dev, &file, None).await.is_ok());
    bed.pass(1);
    assert_eq!(
        code(bed.engine().open_file(&bed.dev, &file, None).await),
        Code::NotFound
    );
    assert_eq!(
        code(bed.engine().open_shared_file(&share, None).await),
        Code::NotFound
    );
    assert_eq!(
        code(bed.engine().share_file(&ann, &file, 0).await),
        Code::NotFound
    );
    assert_eq!(code(hold(&bed, &ann, &file, "r1").await), Code::NotFound);
}

#[tokio::test]
async fn content_goes_with_its_last_file() {
    let bed = bed(12 * 3600).await;
    let ann = bed.user("ann@example.com", &["plain"]).await;
    let (held, loose) = (
        upload(&bed, &ann, "same").await.unwrap(),
        upload(&bed, &ann, "same").await.unwrap(),
    );
    assert_eq!(held.blob, loose.blob);
    let other = upload(&bed, &ann, "other").await.unwrap();
    hold(&bed, &ann, &held.id, "r1").await.unwrap();
    let deleted = async || {
        let swept = sweep(bed.engine(), Duration::from_secs(3600)).await.unwrap();
        swept.0.deleted
    };
    bed.pass(11 * HOUR);
    assert_eq!(deleted().await, 0);
    bed.pass(2 * HOUR);
    // The loose ones go; of their contents only the one that nothing else has.
    assert_eq!(deleted().await, 1);
    assert!(bed.engine().open_file(&bed.dev, &held.id, None).await.is_ok());
    for gone in [&loose.id, &other.id] {
        assert_eq!(
            code(bed.engine().open_file(&bed.dev, gone, None).await),
            Code::NotFound
        );
    }
    // Its time counts from when it was let go.
    release(&bed, &held.id, "r1").await;
    bed.pass(11 * HOUR);
    assert_eq!(deleted().await, 0);
    bed.pass(2 * HOUR);
    assert_eq!(deleted().await, 1);
}
