//! Files built over several chunks, with crashes in between.

use std::fs;

use blobs::{BlobId, Error, PartialName};
use proptest::prelude::*;

use crate::Store;

fn name(text: &str) -> PartialName {
    text.parse().unwrap()
}

#[test]
fn names_cannot_leave_the_folder() {
    let long = "x".repeat(101);
    for text in [
        "", ".", "..", "a/b", "a.b", "../x", "Job", "jöb", "a b", "a\0", &long,
    ] {
        assert!(text.parse::<PartialName>().is_err(), "{text:?}");
    }
    assert_eq!(name("job-42_export").to_string(), "job-42_export");
}

#[test]
fn resumes_at_the_checkpoint() {
    let store = Store::new();
    let export = name("job-1");
    let mut partial = store.blobs.open_partial(&export, 0).unwrap();
    partial.append(b"checkpointed ").unwrap();
    let checkpoint = partial.sync().unwrap();
    assert_eq!(checkpoint, 13);
    partial.append(b"lost in the crash, though written").unwrap();
    partial.sync().unwrap();
    drop(partial);

    let mut partial = store.blobs.open_partial(&export, checkpoint).unwrap();
    assert_eq!(partial.length(), 13);
    partial.append(b"and resumed").unwrap();
    let stored = partial.finish().unwrap();
    assert_eq!(
        (stored.id, stored.size),
        (BlobId::of(b"checkpointed and resumed"), 24)
    );
    partial.discard().unwrap();
    assert!(crate::files(&store.dir.path().join("partial")).is_empty());
    assert_eq!(
        fs::read(store.path(&stored.id)).unwrap(),
        b"checkpointed and resumed"
    );
}

#[test]
fn a_crash_after_finish_and_before_the_commit_resumes_too() {
    let store = Store::new();
    let export = name("job-1");
    let mut partial = store.blobs.open_partial(&export, 0).unwrap();
    partial.append(b"first ").unwrap();
    let checkpoint = partial.sync().unwrap();
    partial.append(b"second").unwrap();
    let before = partial.finish().unwrap();
    drop(partial);

    let mut partial = store.blobs.open_partial(&export, checkpoint).unwrap();
    assert_eq!(
        store.blobs.verify(&before.id).unwrap(),
        before,
        "resuming leaves finished content alone"
    );
    partial.append(b"second").unwrap();
    assert_eq!(partial.finish().unwrap(), before);
    assert_eq!(store.blobs.list(None, 10).unwrap().len(), 1);
}

#[test]
fn refuses_a_checkpoint_behind_the_end() {
    let store = Store::new();
    let export = name("job-1");
    let error = store.blobs.open_partial(&export, 7).unwrap_err();
    assert_eq!(
        error.to_string(),
        "partial file job-1 has 0 bytes, fewer than the 7 of the checkpoint"
    );
    let mut partial = store.blobs.open_partial(&export, 0).unwrap();
    partial.append(b"123").unwrap();
    partial.sync().unwrap();
    drop(partial);
    let error = store.blobs.open_partial(&export, 4).unwrap_err();
    assert!(
        matches!(
            error,
            Error::PartialShort {
                length: 3,
                expected: 4,
                ..
            }
        ),
        "{error}"
    );
    assert_eq!(store.blobs.open_partial(&export, 3).unwrap().length(), 3);
}

#[test]
fn one_writer_at_a_time() {
    let store = Store::new();
    let export = name("job-1");
    let holder = store.blobs.open_partial(&export, 0).unwrap();
    let error = store.blobs.open_partial(&export, 0).unwrap_err();
    assert_eq!(
        error.to_string(),
        "partial file job-1 is in use by another writer"
    );
    assert!(matches!(
        store.blobs.discard_partial(&export),
        Err(Error::PartialBusy { .. })
    ));
    drop(holder);
    drop(store.blobs.open_partial(&export, 0).unwrap());
    assert!(store.blobs.discard_partial(&export).unwrap());
    assert!(!store.blobs.discard_partial(&export).unwrap());
}

#[derive(Debug, Clone)]
enum Step {
    Write(Vec<u8>),
    Checkpoint,
    Crash,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => prop::collection::vec(any::<u8>(), 0..2000).prop_map(Step::Write),
        1 => prop::collection::vec(any::<u8>(), 60_000..140_000).prop_map(Step::Write),
        2 => Just(Step::Checkpoint),
        2 => Just(Step::Crash),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn any_writes_and_crashes_give_the_hash_of_what_was_kept(steps in prop::collection::vec(step(), 0..20)) {
        let store = Store::new();
        let export = name("job-1");
        let (mut expected, mut checkpoint) = (Vec::new(), 0);
        let mut partial = store.blobs.open_partial(&export, 0).unwrap();
        for step in steps {
            match step {
                Step::Write(bytes) => {
                    partial.append(&bytes).unwrap();
                    expected.extend(bytes);
                }
                Step::Checkpoint => checkpoint = partial.sync().unwrap(),
                Step::Crash => {
                    drop(partial);
                    expected.truncate(usize::try_from(checkpoint).unwrap());
                    partial = store.blobs.open_partial(&export, checkpoint).unwrap();
                }
            }
            prop_assert_eq!(partial.length(), expected.len() as u64);
        }
        let stored = partial.finish().unwrap();
        prop_assert_eq!((stored.id, stored.size), (BlobId::of(&expected), expected.len() as u64));
    }
}
