//! Listing and sweeping. Times are set on the files, nothing waits.

use std::fs;

use blobs::{BlobId, PartialName, Result};

use crate::{Store, ago};

impl Store {
    /// Content that was put ten hours ago.
    fn add_old(&self, content: &[u8]) -> BlobId {
        let id = self.add(content);
        self.set_modified(&self.path(&id), ago(10));
        id
    }
}

#[test]
fn lists_everything_once_and_in_order() {
    let store = Store::new();
    let mut expected: Vec<_> = (0..600u32).map(|i| store.add(&i.to_le_bytes())).collect();
    expected.sort();
    for limit in [1, 7, 599, 600, 1000] {
        let (mut listed, mut after) = (Vec::new(), None);
        loop {
            let page = store.blobs.list(after.as_ref(), limit).unwrap();
            assert!(page.len() <= limit);
            let Some(last) = page.last() else { break };
            after = Some(last.id);
            listed.extend(page.iter().map(|entry| entry.id));
        }
        assert_eq!(listed, expected, "in pages of {limit}");
    }
}

#[test]
fn the_listing_skips_what_is_not_content() {
    let store = Store::new();
    let id = store.add(b"content");
    let leaf = store.path(&id).parent().unwrap().to_owned();
    fs::write(leaf.join("notes.txt"), "left by somebody").unwrap();
    fs::create_dir_all(store.dir.path().join("lost+found")).unwrap();
    let page = store.blobs.list(None, 10).unwrap();
    assert_eq!(
        page.iter().map(|e| (e.id, e.stat.size)).collect::<Vec<_>>(),
        [(id, 7)]
    );
}

#[test]
fn asks_in_bounded_batches() {
    let store = Store::new();
    for i in 0..1100u32 {
        store.add_old(&i.to_le_bytes());
    }
    let mut sizes = Vec::new();
    let swept = store.blobs.sweep(ago(1), |ids| -> Result<_> {
        sizes.push(ids.len());
        Ok(vec![false; ids.len()])
    });
    assert_eq!(swept.unwrap().deleted, 1100);
    assert_eq!(sizes, [500, 500, 100]);
}

#[test]
fn a_put_renews_the_age_even_when_written_long_ago() {
    let store = Store::new();
    let mut upload = store.blobs.upload(100).unwrap();
    upload.append(b"slow").unwrap();
    store.set_modified(&store.temporary()[0], ago(10));
    let id = upload.finish().unwrap().id;
    assert!(store.blobs.stat(&id).unwrap().unwrap().modified > ago(1));
}

#[test]
fn removes_the_files_of_broken_uploads_when_they_are_old() {
    let store = Store::new();
    let tmp = store.dir.path().join("tmp");
    fs::write(tmp.join("up-crashed"), "from before the power cut").unwrap();
    store.set_modified(&tmp.join("up-crashed"), ago(10));
    let mut upload = store.blobs.upload(100).unwrap();
    upload.append(b"under way").unwrap();
    let swept = store
        .blobs
        .sweep(ago(1), |ids| -> Result<_> { Ok(vec![false; ids.len()]) })
        .unwrap();
    assert_eq!(swept.temporary, 1);
    assert_eq!(upload.finish().unwrap().id, BlobId::of(b"under way"));
}

#[test]
fn partial_files_go_when_nobody_needs_them() {
    let store = Store::new();
    let partial = |text: &str| store.dir.path().join("partial").join(text);
    for text in ["stopped-job", "forgotten", "held"] {
        fs::write(partial(text), "x").unwrap();
    }
    let held: PartialName = "held".parse().unwrap();
    let _held = store.blobs.open_partial(&held, 1).unwrap();
    for text in ["stopped-job", "forgotten", "held"] {
        store.set_modified(&partial(text), ago(10));
    }
    fs::write(partial("young"), "x").unwrap();
    let deleted = store.blobs.sweep_partials(ago(1), |names| -> Result<_> {
        assert_eq!(names.len(), 3);
        Ok(names
            .iter()
            .map(|name| name.to_string() == "stopped-job")
            .collect())
    });
    assert_eq!(deleted.unwrap(), 1);
    assert!(!partial("forgotten").exists());
    assert!(partial("stopped-job").exists() && partial("held").exists() && partial("young").exists());
}
