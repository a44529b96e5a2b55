//! A disk that is really full: a small file system in memory, where mounting is allowed.

use std::path::Path;
use std::process::Command;

use storage::Error;
use storage::sqlite::check;

use super::full::fill;
use super::kit::{body, collection, counts, options, put, put_one, serve};

/// Unmounts when the test ends.
struct Mount<'p>(&'p Path);

impl<'p> Mount<'p> {
    fn small(path: &'p Path) -> Option<Self> {
        let mount = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=4m", "tmpfs"])
            .arg(path)
            .output();
        mount
            .is_ok_and(|output| output.status.success())
            .then_some(Self(path))
    }
}

impl Drop for Mount<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0).status();
    }
}

#[test]
fn a_full_disk_refuses_writes_and_nothing_else() {
    let directory = tempfile::tempdir().unwrap();
    let Some(_mount) = Mount::small(directory.path()) else {
        // The quota and the file size limit in `full` are tested for every user; this one needs the right to mount.
        eprintln!("skipped: this user may not mount a file system");
        return;
    };
    let ballast = directory.path().join("ballast");
    std::fs::write(&ballast, vec![1; 1 << 20]).unwrap();
    let server = serve(directory.path());
    let (store, c) = (server.store(), collection(&server.store()));
    let (mut stored, error) = fill(&store, c, 3000);
    assert!(stored > 10 && matches!(error, Error::Full), "{stored} {error}");
    assert_eq!(counts(&store, c), (stored, stored as usize));
    let large = body(3000);
    let group = store.write_blocking(move |tx| {
        (0..400).try_for_each(|n| put(tx, c, &format!("group {n}"), &large).map(drop))
    });
    assert!(matches!(group, Err(Error::Full)), "{group:?}");
    assert_eq!(counts(&store, c), (stored, stored as usize));
    std::fs::remove_file(ballast).unwrap();
    for n in 0..10 {
        put_one(&store, c, &format!("room again {n}"), 3000).unwrap();
        stored += 1;
    }
    assert_eq!(counts(&store, c), (stored, stored as usize));
    drop((server, store));
    check(&options(directory.path()).database()).unwrap();
}
