//! Who may use a store at the same time, and what is left when it is closed.

use std::os::unix::fs::PermissionsExt;

use storage::sqlite::{Access, open};
use storage::tables::records::IndexDef;
use storage::{Error, index_key};

use super::kit::{body, collection, counts, options, put_one, serve};

#[test]
fn a_second_server_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let first = serve(directory.path());
    let second = open(&options(directory.path()), Access::Serve);
    assert!(matches!(second.err(), Some(Error::InUse { path }) if path == directory.path()));
    assert!(first.store().is_exclusive());
    drop(first);
    serve(directory.path());
}

#[test]
fn a_visit_beside_a_server_sees_and_is_seen() {
    let directory = tempfile::tempdir().unwrap();
    let server = serve(directory.path());
    let c = collection(&server.store());
    put_one(&server.store(), c, "of the server", 10).unwrap();
    let visit = open(&options(directory.path()), Access::Visit).unwrap();
    assert!(!visit.store().is_exclusive());
    assert_eq!(counts(&visit.store(), c), (1, 1));
    put_one(&visit.store(), c, "of the visit", 10).unwrap();
    assert_eq!(counts(&server.store(), c), (2, 2));
    put_one(&server.store(), c, "of the server", 10).unwrap();
    assert_eq!(counts(&visit.store(), c), (2, 3));
}

#[test]
fn a_server_starts_beside_a_visit() {
    let directory = tempfile::tempdir().unwrap();
    let visit = open(&options(directory.path()), Access::Visit).unwrap();
    let c = collection(&visit.store());
    let server = serve(directory.path());
    put_one(&visit.store(), c, "a", 10).unwrap();
    assert_eq!(counts(&server.store(), c), (1, 1));
}

#[test]
fn an_index_declared_by_a_visit_is_kept_by_the_server() {
    let directory = tempfile::tempdir().unwrap();
    let server = serve(directory.path());
    let store = server.store();
    let c = collection(&store);
    put_one(&store, c, "before", 10).unwrap();
    let visit = open(&options(directory.path()), Access::Visit).unwrap();
    let declared = visit.store().write_blocking(move |tx| {
        let (name, path) = ("n".to_owned(), "n".to_owned());
        tx.declare_index(
            c,
            &IndexDef {
                name,
                path,
                unique: false,
                missing: false,
            },
        )
    });
    assert!(declared.unwrap());
    put_one(&store, c, "after", 10).unwrap();
    let found = store.read_blocking(move |tx| {
        let one = index_key(body(0).root().get("n").unwrap().unwrap())?;
        let range = (
            std::ops::Bound::Included(one.clone()),
            std::ops::Bound::Included(one),
        );
        tx.records_by_index(c, "n", &range, 9)
    });
    let ids: Vec<String> = found.unwrap().into_iter().map(|record| record.id).collect();
    assert_eq!(ids, ["before", "after"]);
}

#[test]
fn only_the_owner_reads_the_directory() {
    let parent = tempfile::tempdir().unwrap();
    for existing in [false, true] {
        let directory = parent.path().join(format!("data-{existing}/inner"));
        if existing {
            std::fs::create_dir_all(&directory).unwrap();
            std::fs::set_permissions(&directory, PermissionsExt::from_mode(0o755)).unwrap();
        }
        drop(serve(&directory));
        let mode = std::fs::metadata(&directory).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
    }
}

#[test]
fn a_directory_that_is_a_file_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("file");
    std::fs::write(&path, "x").unwrap();
    let refused = open(&options(&path), Access::Serve).err().unwrap();
    assert!(
        matches!(&refused, Error::Path { path: named, .. } if *named == path),
        "{refused}"
    );
}

#[test]
fn everything_is_there_after_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    for round in 1..4 {
        let server = serve(directory.path());
        let c = collection(&server.store());
        put_one(&server.store(), c, &round.to_string(), 20_000).unwrap();
        assert_eq!(counts(&server.store(), c), (round, round as usize));
        drop(server);
        let left: Vec<_> = std::fs::read_dir(directory.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        assert!(
            !left.iter().any(|name| name.ends_with("-wal")),
            "the log is folded back: {left:?}"
        );
    }
}

#[test]
fn waiting_writes_are_done_before_it_closes() {
    let directory = tempfile::tempdir().unwrap();
    let server = serve(directory.path());
    let (store, c) = (server.store(), collection(&server.store()));
    let answers: Vec<_> = (0..500)
        .map(|n| {
            let body = body(10);
            store.send_write(move |tx| super::kit::put(tx, c, &n.to_string(), &body))
        })
        .collect();
    server.close();
    for answer in answers {
        answer.blocking_recv().unwrap().unwrap();
    }
    drop(server);
    assert_eq!(counts(&serve(directory.path()).store(), c), (500, 500));
}
