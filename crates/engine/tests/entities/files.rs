//! Files of entities: signed addresses, sending, reading, and when they go.

use std::time::Duration;

use bytes::Bytes;
use engine::entities::{Entity, FileAddress, FileGrant, FileMethod};
use engine::upkeep;
use futures_util::{TryStreamExt, stream};
use model::{Code, Error};

use crate::support::{Bed, Factory, Item, Set, complaint};

/// 2016-05-30T04:55:57Z, where the test's clock stands.
const NOW: i64 = 1_464_584_157;

fn address(method: FileMethod, entity: &Entity) -> FileAddress {
    FileAddress {
        method,
        kind: Item,
        guid: entity.guid,
        expires: NOW + 60,
    }
}

impl Bed {
    fn grant(&self, method: FileMethod, entity: &Entity) -> FileGrant {
        let address = address(method, entity);
        let engine = &self.app.engine;
        engine.verify_file(&address, &engine.sign_file(&address)).unwrap()
    }

    async fn put(&self, entity: &Entity, content: &'static str) -> Result<u64, Error> {
        let pieces = content
            .as_bytes()
            .chunks(3)
            .map(|piece| Ok(Bytes::from_static(piece)));
        let grant = self.grant(FileMethod::Put, entity);
        let stored = self
            .app
            .engine
            .put_entity_file(grant, stream::iter(pieces))
            .await?;
        Ok(stored.size)
    }

    async fn get(&self, entity: &Entity, range: Option<std::ops::Range<u64>>) -> Result<String, Error> {
        let grant = self.grant(FileMethod::Get, entity);
        let file = self.app.engine.entity_file(grant, range).await?;
        let bytes: Vec<Bytes> = file.reading.stream.try_collect().await.unwrap();
        Ok(String::from_utf8(bytes.concat()).unwrap())
    }

    async fn sweep(&self) -> u64 {
        // Files carry the machine's time, so the test's clock must be beyond it.
        self.app.clock.advance(Duration::from_secs(100 * 365 * 86400));
        upkeep::sweep(&self.app.engine, Duration::ZERO)
            .await
            .unwrap()
            .0
            .deleted
    }
}

#[tokio::test]
async fn a_file_is_sent_and_read() {
    let bed = Bed::new().await;
    let item = bed.create(Item, r#"{"file":{"name":"a.txt"}}"#).await.unwrap();
    assert_eq!(complaint(bed.get(&item, None).await).0, "not-found");
    assert_eq!(bed.put(&item, "hello world").await.unwrap(), 11);
    assert_eq!(bed.get(&item, None).await.unwrap(), "hello world");
    assert_eq!(bed.get(&item, Some(6..99)).await.unwrap(), "world");
    assert_eq!(
        complaint(bed.get(&item, Some(11..12)).await),
        ("bad-value", "range".to_owned())
    );
    assert_eq!(bed.put(&item, "").await.unwrap(), 0);
    assert_eq!(bed.get(&item, None).await.unwrap(), "");
    let link = bed
        .app
        .engine
        .entity_file_link(Item, item.guid)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(link.size, 0);
}

#[tokio::test]
async fn only_a_fitting_signature_opens() {
    let bed = Bed::new().await;
    let (item, other) = (bed.item("{}").await, bed.item("{}").await);
    let engine = &bed.app.engine;
    let get = address(FileMethod::Get, &item);
    let signature = engine.sign_file(&get);
    assert!(engine.verify_file(&get, &signature).is_ok());
    assert!(engine.verify_file(&get, &signature.to_uppercase()).is_ok());
    let forged = [
        address(FileMethod::Put, &item),
        address(FileMethod::Get, &other),
        FileAddress { kind: Factory, ..get },
        FileAddress {
            expires: NOW + 61,
            ..get
        },
    ];
    for address in forged {
        assert_eq!(complaint(engine.verify_file(&address, &signature)).0, "forbidden");
    }
    for wrong in ["", "00", &"0".repeat(64), &signature[1..]] {
        assert_eq!(complaint(engine.verify_file(&get, wrong)).0, "forbidden");
    }
    bed.app.clock.advance(Duration::from_secs(60));
    assert!(engine.verify_file(&get, &signature).is_ok());
    bed.app.clock.advance(Duration::from_secs(1));
    assert_eq!(complaint(engine.verify_file(&get, &signature)).0, "forbidden");
    let endless = FileAddress {
        expires: i64::MAX,
        ..get
    };
    assert!(engine.verify_file(&endless, &engine.sign_file(&endless)).is_ok());
}

#[tokio::test]
async fn the_key_outlives_a_restart() {
    let mut bed = Bed::new().await;
    let item = bed.item("{}").await;
    let get = address(FileMethod::Get, &item);
    let signature = bed.app.engine.sign_file(&get);
    bed.app.restart().await;
    assert_eq!(bed.app.engine.sign_file(&get), signature);
    let elsewhere = FileAddress { expires: NOW, ..get };
    assert_ne!(bed.app.engine.sign_file(&elsewhere), signature);
}

#[tokio::test]
async fn a_read_grant_does_not_write() {
    let bed = Bed::new().await;
    let item = bed.item("{}").await;
    let grant = bed.grant(FileMethod::Get, &item);
    let sent = bed.app.engine.put_entity_file(grant, stream::empty()).await;
    assert_eq!(complaint(sent).0, "forbidden");
}

#[tokio::test]
async fn what_breaks_off_leaves_the_old_file() {
    let bed = Bed::new().await;
    let item = bed.item("{}").await;
    bed.put(&item, "old").await.unwrap();
    let broken = || Error::new(Code::Timeout, "the sender fell silent");
    let pieces = stream::iter([Ok(Bytes::from_static(b"new")), Err(broken())]);
    let grant = bed.grant(FileMethod::Put, &item);
    let sent = bed.app.engine.put_entity_file(grant, pieces).await;
    assert_eq!(sent.unwrap_err(), broken());
    assert_eq!(bed.get(&item, None).await.unwrap(), "old");
}

#[tokio::test]
async fn there_are_no_files_of_nobody() {
    let bed = Bed::new().await;
    let set = bed.create(Set, "{}").await.unwrap();
    let engine = &bed.app.engine;
    let grant = engine
        .file_grant(&bed.admin, FileMethod::Put, Set, set.guid)
        .await
        .unwrap();
    assert_eq!(
        complaint(engine.put_entity_file(grant, stream::empty()).await).0,
        "not-found"
    );
    assert_eq!(engine.entity_file_link(Set, set.guid).await.unwrap(), None);
    let item = bed.item("{}").await;
    let grant = bed.grant(FileMethod::Put, &item);
    engine.delete_entity(&bed.admin, Item, item.guid).await.unwrap();
    assert_eq!(
        complaint(engine.put_entity_file(grant, stream::empty()).await).0,
        "not-found"
    );
}

#[tokio::test]
async fn files_live_as_long_as_they_belong_to_an_entity() {
    let bed = Bed::new().await;
    let (one, two) = (bed.item("{}").await, bed.item("{}").await);
    let file = r#"{"file":{"name":"a"}}"#;
    for (item, content) in [(&one, "same"), (&two, "same")] {
        bed.change(Item, item, file).await.unwrap();
        bed.put(item, content).await.unwrap();
    }
    bed.put(&one, "other").await.unwrap();
    assert_eq!(bed.sweep().await, 0);
    // An empty description takes the file away, and so does deletion.
    bed.change(Item, &one, r#"{"file":{}}"#).await.unwrap();
    assert_eq!(
        complaint(
            bed.app
                .engine
                .entity_file_link(Item, one.guid)
                .await
                .unwrap()
                .ok_or_else(|| Error::not_found("file", 1))
        )
        .0,
        "not-found"
    );
    assert_eq!(bed.sweep().await, 1);
    bed.app
        .engine
        .delete_entity(&bed.admin, Item, two.guid)
        .await
        .unwrap();
    assert_eq!(bed.sweep().await, 1);
}
