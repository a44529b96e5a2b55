//! What only a store of objects has: several copies of one content, and uploads that broke off.

use std::sync::Arc;

use blobs::{BlobId, Error, Result};
use futures_util::TryStreamExt;
use object_store::memory::InMemory;
use object_store::multipart::MultipartStore;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};

use crate::bed::Bed;

fn store() -> (Arc<InMemory>, Bed) {
    let store = Arc::new(InMemory::new());
    (Arc::clone(&store), Bed::in_memory(store))
}

fn names(store: &InMemory, bed: &Bed, folder: &str) -> Vec<String> {
    let listed = store.list(Some(&Path::from(folder))).try_collect::<Vec<_>>();
    let listed = bed.runtime.block_on(listed).unwrap();
    listed.into_iter().map(|meta| meta.location.to_string()).collect()
}

fn keep_all(ids: &[BlobId]) -> Result<Vec<bool>> {
    Ok(vec![true; ids.len()])
}

#[test]
fn every_put_is_a_copy_and_the_newest_counts() {
    let (store, bed) = store();
    let id = bed.add(b"content");
    let folder = format!("a/prefix/content/{id}");
    let first = names(&store, &bed, &folder);
    bed.runtime
        .block_on(store.put(&Path::from(first[0].as_str()), "c0ntent".into()))
        .unwrap();
    let error = bed.blobs.open(&id).unwrap_err();
    assert!(matches!(error, Error::Damaged { .. }), "{error:?}");
    bed.add(b"content");
    assert_eq!(names(&store, &bed, &folder).len(), 2);
    assert_eq!(bed.blobs.verify(&id).unwrap().size, 7);
}

#[test]
fn a_sweep_leaves_one_copy() {
    let (store, bed) = store();
    let (id, young) = (bed.add(b"content"), bed.add(b"young"));
    bed.add(b"content");
    bed.add(b"content");
    let moment = bed.moment();
    bed.add(b"young");
    let swept = bed.blobs.sweep(moment, keep_all).unwrap();
    assert_eq!((swept.seen, swept.deleted, swept.temporary), (2, 0, 2));
    assert_eq!(names(&store, &bed, &format!("a/prefix/content/{id}")).len(), 1);
    assert_eq!(bed.blobs.verify(&id).unwrap().size, 7);
    // Its newest copy is not old: somebody may be reading the one before.
    assert_eq!(names(&store, &bed, &format!("a/prefix/content/{young}")).len(), 2);
}

#[test]
fn copies_that_were_all_thinned_are_swept_in_pages() {
    let (store, bed) = store();
    let ids: Vec<_> = (0..1100u32).map(|i| bed.add(&i.to_le_bytes())).collect();
    for i in [0u32, 499, 500, 1099] {
        bed.add(&i.to_le_bytes());
    }
    let moment = bed.moment();
    let mut sizes = Vec::new();
    let swept = bed.blobs.sweep(moment, |asked| -> Result<_> {
        sizes.push(asked.len());
        Ok(asked.iter().map(|id| *id == ids[0]).collect())
    });
    let swept = swept.unwrap();
    assert_eq!((swept.seen, swept.deleted, swept.temporary), (1100, 1099, 4));
    assert_eq!(sizes, [500, 500, 100]);
    assert_eq!(names(&store, &bed, "a/prefix").len(), 1);
}

#[test]
fn a_sweep_takes_back_uploads_that_broke_off() {
    let (store, bed) = store();
    let (key, id) = bed.runtime.block_on(async {
        let key = Path::from("a/prefix/content/x/y");
        let id = store.create_multipart(&key).await.unwrap();
        store.put_part(&key, &id, 0, "half".into()).await.unwrap();
        for (name, note) in [("broken", format!("{key}\n{id}")), ("probe", String::new())] {
            let name = Path::from("a/prefix/uploads").join(name);
            store.put(&name, note.into()).await.unwrap();
        }
        (key, id)
    });
    let begun = std::time::SystemTime::UNIX_EPOCH;
    assert_eq!(bed.blobs.sweep(begun, keep_all).unwrap().temporary, 0);
    assert_eq!(bed.blobs.sweep(bed.moment(), keep_all).unwrap().temporary, 2);
    assert!(names(&store, &bed, "a/prefix").is_empty());
    let gone = bed.runtime.block_on(store.put_part(&key, &id, 1, "half".into()));
    assert!(gone.is_err(), "the upload was not taken back");
}

#[test]
fn what_is_none_of_ours_is_left_alone() {
    let (store, bed) = store();
    let id = bed.add(b"content");
    let others = [
        "a/prefix/content/notes.txt".to_owned(),
        format!("a/prefix/content/{id}"),
        format!("a/prefix/content/{id}/x/y"),
        "a/prefix2/content/x".to_owned(),
        "other".to_owned(),
    ];
    for other in &others {
        let name = Path::from(other.as_str());
        let put = store.put(&name, "left by somebody".into());
        bed.runtime.block_on(put).unwrap();
    }
    assert_eq!(bed.ids(), [id]);
    let swept = bed
        .blobs
        .sweep(bed.moment(), |ids| -> Result<_> { Ok(vec![false; ids.len()]) });
    assert_eq!(swept.unwrap().deleted, 1);
    assert!(bed.ids().is_empty());
    for other in &others {
        let name = Path::from(other.as_str());
        assert!(bed.runtime.block_on(store.get(&name)).is_ok(), "{other}");
    }
}

#[test]
fn a_probe_leaves_nothing() {
    let (store, bed) = store();
    assert_eq!(bed.blobs.probe(), Ok(()));
    assert!(names(&store, &bed, "").is_empty());
}
