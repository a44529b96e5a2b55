//! Copies made while writes go on.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::atomic::{AtomicBool, Ordering};

use storage::Error;
use storage::sqlite::{Options, back_up, check};

use super::kit::{collection, counts, options, put_one, serve};

#[test]
fn a_backup_beside_writes_is_whole() {
    let directory = tempfile::tempdir().unwrap();
    let server = serve(&directory.path().join("data"));
    let (store, c) = (server.store(), collection(&server.store()));
    let database = options(&directory.path().join("data")).database();
    for n in 0..50 {
        put_one(&store, c, &format!("first {n}"), 2000).unwrap();
    }
    let copied = AtomicBool::new(false);
    let copies: Vec<Options> = std::thread::scope(|scope| {
        let copier = scope.spawn(|| {
            let copies = (0..5).map(|n| {
                let copy = options(&directory.path().join(format!("copy{n}")));
                fs::create_dir(&copy.directory).unwrap();
                back_up(&database, &copy.database()).unwrap();
                copy
            });
            let copies = copies.collect();
            copied.store(true, Ordering::SeqCst);
            copies
        });
        let mut n = 0;
        while !copied.load(Ordering::SeqCst) {
            put_one(&store, c, &format!("more {n}"), 500).unwrap();
            n += 1;
        }
        copier.join().unwrap()
    });
    let mut last = 50;
    for copy in copies {
        check(&copy.database()).unwrap();
        let mode = fs::metadata(copy.database()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let (records, lines) = counts(&serve(&copy.directory).store(), c);
        assert_eq!(records, lines as u64);
        assert!(records >= last, "a later copy holds less");
        last = records;
    }
    assert_eq!(counts(&store, c).0, counts(&store, c).1 as u64);
}

#[test]
fn a_backup_never_overwrites() {
    let directory = tempfile::tempdir().unwrap();
    drop(serve(directory.path()));
    let target = directory.path().join("precious");
    fs::write(&target, "").unwrap();
    let refused = back_up(&options(directory.path()).database(), &target);
    assert!(matches!(refused, Err(Error::Path { path, .. }) if path == target));
    assert_eq!(fs::read(directory.path().join("precious")).unwrap(), b"");
}

#[test]
fn a_backup_that_fails_leaves_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let target = directory.path().join("copy");
    let missing = back_up(&directory.path().join("none.db"), &target);
    assert!(matches!(missing, Err(Error::Path { .. })), "{missing:?}");
    let server = serve(&directory.path().join("data"));
    let c = collection(&server.store());
    put_one(&server.store(), c, "a", 20_000).unwrap();
    drop(server);
    let database = options(&directory.path().join("data")).database();
    let mut bytes = fs::read(&database).unwrap();
    let half = bytes.len() / 2;
    bytes[half..].fill(0xa5);
    fs::write(&database, bytes).unwrap();
    let damaged = back_up(&database, &target);
    assert!(matches!(damaged, Err(Error::Damaged(_))), "{damaged:?}");
    assert!(!target.exists());
}
