//! Files: sent, held, read and shared.

use std::sync::Arc;

use bytes::Bytes;
use engine::SlingrOptions;
use engine::app_files::{
    Attachment, Holder, JobFile, NewFile, OpenedFile, UploadedFile, add_job_file, attach, detach,
};
use futures_util::{TryStreamExt, stream};
use model::{Actor, Code, Error};
use storage::Tx;

use super::support::{Bed, code};

fn new(name: &str) -> NewFile {
    NewFile {
        name: name.to_owned(),
        content_type: "text/plain".to_owned(),
    }
}

pub(crate) async fn upload(bed: &Bed, by: &Actor, text: &'static str) -> Result<UploadedFile, Error> {
    let pieces = text
        .as_bytes()
        .chunks(3)
        .map(|piece| Ok(Bytes::from_static(piece)));
    let pieces: Vec<Result<Bytes, Error>> = pieces.collect();
    bed.engine()
        .upload_file(by, new("a.txt"), stream::iter(pieces))
        .await
}

pub(crate) fn holder(record: &str) -> Holder {
    Holder {
        entity: "crm.contacts".to_owned(),
        record: record.to_owned(),
    }
}

/// Lets a record hold a file; the caller may read the record `open` only.
pub(crate) async fn hold(
    bed: &Bed,
    by: &Arc<Actor>,
    file: &str,
    record: &str,
) -> Result<UploadedFile, Error> {
    let (by, file, holder) = (Arc::clone(by), file.to_owned(), holder(record));
    let alive_since = bed.engine().orphans_alive_since();
    let held = bed.engine().store().write(move |tx: &mut dyn Tx| {
        let wanted = Attachment {
            actor: &by,
            file: &file,
            holder: &holder,
            alive_since,
        };
        attach(tx, wanted, &mut |_, holder| Ok(holder.record == "open"))
    });
    held.await
}

pub(crate) async fn release(bed: &Bed, file: &str, record: &str) -> bool {
    let (file, holder, now) = (file.to_owned(), holder(record), bed.engine().env().now());
    let released = bed
        .engine()
        .store()
        .write(move |tx: &mut dyn Tx| detach(tx, &file, &holder, now));
    released.await.unwrap()
}

async fn text(opened: Result<OpenedFile, Error>) -> String {
    let pieces: Vec<Bytes> = opened.unwrap().reading.stream.try_collect().await.unwrap();
    String::from_utf8(pieces.concat()).unwrap()
}

#[tokio::test]
async fn what_was_sent_is_read_by_developers_and_admins() {
    let bed = Bed::new().await;
    let ann = bed.user("ann@example.com", &["plain"]).await;
    let sent = upload(&bed, &ann, "hello world").await.unwrap();
    assert_eq!((sent.id.len(), &*sent.name, sent.size), (24, "a.txt", 11));
    for by in [&bed.dev, &bed.admin] {
        let opened = bed.engine().open_file(by, &sent.id, None).await;
        assert_eq!(text(opened).await, "hello world");
    }
    let part = bed.engine().open_file(&bed.dev, &sent.id, Some(6..99)).await;
    assert_eq!(text(part).await, "world");
    assert_eq!(
        code(bed.engine().open_file(&bed.dev, &sent.id, Some(11..12)).await),
        Code::BadValue
    );
    assert_eq!(
        code(bed.engine().open_file(&ann, &sent.id, None).await),
        Code::Forbidden
    );
    assert_eq!(
        code(bed.engine().open_file(&bed.dev, &"0".repeat(24), None).await),
        Code::NotFound
    );
}

#[tokio::test]
async fn uploads_need_a_group_that_allows_them_and_have_a_bound() {
    let bed = Bed::with(SlingrOptions {
        max_file_bytes: 5,
        ..SlingrOptions::default()
    })
    .await;
    let (ann, bob) = (
        bed.user("ann@example.com", &["plain"]).await,
        bed.user("bob@example.com", &["strict"]).await,
    );
    assert!(upload(&bed, &ann, "12345").await.is_ok() && upload(&bed, &bed.dev, "1").await.is_ok());
    assert_eq!(code(upload(&bed, &ann, "123456").await), Code::TooLarge);
    assert_eq!(code(upload(&bed, &bob, "1").await), Code::Forbidden);
    let broken = stream::iter([
        Ok(Bytes::from_static(b"1")),
        Err(Error::new(Code::Timeout, "too slow")),
    ]);
    assert_eq!(
        code(bed.engine().upload_file(&ann, new("a"), broken).await),
        Code::Timeout
    );
    let nothing = stream::iter(Vec::<Result<Bytes, Error>>::new());
    assert_eq!(
        code(bed.engine().upload_file(&ann, new(" "), nothing).await),
        Code::BadValue
    );
}

#[tokio::test]
async fn records_hold_files() {
    let bed = Bed::new().await;
    let (ann, bob) = (
        bed.user("ann@example.com", &["plain"]).await,
        bed.user("bob@example.com", &["plain"]).await,
    );
    let file = upload(&bed, &ann, "hello").await.unwrap().id;
    assert_eq!(code(hold(&bed, &bob, &file, "r1").await), Code::Forbidden);
    assert_eq!(hold(&bed, &ann, &file, "r1").await.unwrap().orphaned, None);
    // A record that has it may be written by anybody who may write it.
    assert!(hold(&bed, &bob, &file, "r1").await.is_ok());
    assert_eq!(code(hold(&bed, &bob, &file, "r2").await), Code::Forbidden);
    hold(&bed, &ann, &file, "open").await.unwrap();
    assert!(hold(&bed, &bob, &file, "r2").await.is_ok());
    assert_eq!(
        code(hold(&bed, &ann, &"0".repeat(24), "r1").await),
        Code::NotFound
    );
    let read = |record: &str| bed.engine().open_record_file(&bob, &file, holder(record), None);
    assert_eq!(text(read("r1").await).await, "hello");
    assert_eq!(code(read("r9").await), Code::NotFound);
    assert!(release(&bed, &file, "r1").await && !release(&bed, &file, "r1").await);
    assert_eq!(code(read("r1").await), Code::NotFound);
    let nobody = Actor::default();
    let refused = bed.engine().open_record_file(&nobody, &file, holder("r2"), None);
    assert_eq!(code(refused.await), Code::Forbidden);
}

#[tokio::test]
async fn files_of_jobs_are_read_by_who_started_them() {
    let bed = Bed::new().await;
    let (ann, bob) = (
        bed.user("ann@example.com", &["plain"]).await,
        bed.user("bob@example.com", &["plain"]).await,
    );
    let stored = |text: &'static str| {
        let mut upload = bed.engine().blobs().upload(100).unwrap();
        upload.append(text.as_bytes()).unwrap();
        upload.finish().unwrap()
    };
    let content = engine::deltas::Content {
        name: "a".to_owned(),
        stored: stored("[]"),
    };
    let job = bed
        .engine()
        .submit_delta_content(&ann, content)
        .await
        .unwrap()
        .seq;
    let made = JobFile {
        id: "0123456789abcdef01234567".to_owned(),
        new: new("contacts.csv"),
        stored: stored("a,b"),
        job,
    };
    let (file, now) = (made.id.clone(), bed.engine().env().now());
    let added = bed
        .engine()
        .store()
        .write(move |tx: &mut dyn Tx| add_job_file(tx, made.clone(), now));
    assert_eq!(added.await.unwrap().job, Some(job));
    assert_eq!(text(bed.engine().open_file(&ann, &file, None).await).await, "a,b");
    assert_eq!(
        code(bed.engine().open_file(&bob, &file, None).await),
        Code::Forbidden
    );
    assert!(bed.engine().share_file(&ann, &file, 1).await.is_ok());
    assert_eq!(
        code(bed.engine().share_file(&bob, &file, 1).await),
        Code::Forbidden
    );
}

#[tokio::test]
async fn shares_are_open_to_all_until_they_end() {
    let bed = Bed::new().await;
    let (ann, bob) = (
        bed.user("ann@example.com", &["plain"]).await,
        bed.user("bob@example.com", &["plain"]).await,
    );
    let engine = bed.engine();
    let file = upload(&bed, &ann, "hello").await.unwrap().id;
    let brief = engine.share_file(&bed.dev, &file, 1000).await.unwrap();
    let ever = engine.share_file(&ann, &file, 0).await.unwrap();
    assert_eq!((brief.id.len(), ever.expires), (24, None));
    assert_ne!(brief.id, ever.id);
    assert_eq!(code(engine.share_file(&ann, &file, -1).await), Code::BadValue);
    assert_eq!(code(engine.share_file(&bob, &file, 1).await), Code::Forbidden);
    assert_eq!(code(engine.share_file(&bed.dev, "x", 1).await), Code::NotFound);
    bed.pass(999);
    assert_eq!(
        text(engine.open_shared_file(&brief.id, None).await).await,
        "hello"
    );
    bed.pass(1);
    assert_eq!(
        code(engine.open_shared_file(&brief.id, None).await),
        Code::NotFound
    );
    assert_eq!(text(engine.open_shared_file(&ever.id, None).await).await, "hello");
    assert_eq!(code(engine.unshare_file(&bob, &ever.id).await), Code::Forbidden);
    engine.unshare_file(&ann, &ever.id).await.unwrap();
    assert_eq!(
        code(engine.open_shared_file(&ever.id, None).await),
        Code::NotFound
    );
    assert_eq!(code(engine.unshare_file(&ann, &ever.id).await), Code::NotFound);
}
