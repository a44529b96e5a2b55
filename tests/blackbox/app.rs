//! Definitions from the command line: checked, applied beside a server and without one, and a server that is killed in
//! the middle of a change.

use std::path::Path;
use std::time::{Duration, Instant};

use jsonb::{Jsonb, Limits};
use model::{Error, HistorySeq, Job, JobSeq, Page, Stamp};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::json;
use sha2::{Digest, Sha256};
use storage::ReadTx;
use storage::sqlite::{Access, Options, check, open};
use storage::tables::records::{Expect, Put};

use crate::support::{Server, stockyard};

const RECORDS: u64 = 20_000;
const KILLS: usize = 20;
const ALL: Page = Page {
    number: 1,
    size: 10_000_000,
};

const OLD: &str = "recordLabel: fields/code\nauditLogs: true\nfields:
- {name: code, type: text}\n- {name: age, type: text}\n- {name: tag, type: text}\n";
const NEW: &str = "recordLabel: fields/age\nauditLogs: true\nindexes: [{fields: [code, age]}]\nfields:
- {name: code, type: text, unique: true}\n- {name: age, type: integer, indexable: true}
- {name: tag, type: text, multiplicity: many}\n- {name: number, type: autoIncrement}\n- {name: done, type: boolean}\n";

/// Writes a definition of one entity, `things`.
fn define(folder: &Path, entity: &str) {
    let entities = folder.join("entities");
    std::fs::create_dir_all(&entities).unwrap();
    std::fs::write(folder.join("app.yaml"), "name: test\nlabel: Test\n").unwrap();
    std::fs::write(entities.join("things.yaml"), format!("name: things\n{entity}")).unwrap();
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn a_definition_is_checked_line_by_line() {
    let dir = tempfile::tempdir().unwrap();
    define(dir.path(), OLD);
    let fine = stockyard(&["app", "check", text(dir.path())]).ok();
    assert_eq!(fine, "test: 1 entities, 0 groups, 0 listeners, nothing wrong\n");
    define(dir.path(), "colour: red\nfields: [{name: f, type: txt}]\n");
    let wrong = stockyard(&["app", "check", text(dir.path())]);
    assert_eq!(wrong.status.code(), Some(1));
    let lines: Vec<_> = wrong.stdout.lines().collect();
    assert_eq!(lines.len(), 2, "{wrong:?}");
    assert!(
        lines[0].starts_with("entities/things.yaml:2: colour: "),
        "{wrong:?}"
    );
    assert!(
        lines[1].starts_with("entities/things.yaml:3: fields.f.type: "),
        "{wrong:?}"
    );
}

#[test]
fn a_change_is_applied_beside_the_server_and_without_it_and_losses_only_when_allowed() {
    let (dir, apps) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (data, app) = (text(dir.path()), text(apps.path()));
    define(apps.path(), OLD);
    let server = Server::start(dir.path(), &["--app", app]);
    fill(dir.path(), 300);
    // Beside the server, which carries it out and knows the new fields.
    define(apps.path(), NEW);
    let said = stockyard(&["app", "apply", app, "--data-dir", data]).ok();
    for needle in [
        "rewrites 300 records of things",
        "definition 2 is in force",
        "the running server",
        "finished",
    ] {
        assert!(said.contains(needle), "{needle}: {said}");
    }
    let made = server.request("POST", "/prod/runtime/api/data/things");
    let made = made
        .header("content-type", "application/json")
        .body(r#"{"code":"x","age":7}"#)
        .send();
    assert_eq!(made.status, 200, "{made:?}");
    assert!(made.text().contains(r#""number":301"#), "{made:?}");
    // A field with data goes only when that is allowed.
    define(
        apps.path(),
        &NEW.replace("\n- {name: tag, type: text, multiplicity: many}", ""),
    );
    let refusal = stockyard(&["app", "apply", app, "--data-dir", data]).refusal();
    let command = format!("stockyard app apply {app} --data-dir {data} --allow-data-loss");
    assert!(
        refusal.contains("this change would lose 300 values of tag in things"),
        "{refusal}"
    );
    assert!(refusal.contains(&command), "{refusal}");
    server.terminate();
    let refusal = stockyard(&[
        "serve",
        "--app",
        app,
        "--data-dir",
        data,
        "--listen",
        "127.0.0.1:0",
    ])
    .refusal();
    assert!(refusal.contains(&command), "{refusal}");
    let said = stockyard(&["app", "apply", app, "--data-dir", data, "--allow-data-loss"]).ok();
    assert!(
        said.contains("loses 300 values of tag in things") && said.contains("finished"),
        "{said}"
    );
    let again = stockyard(&["app", "apply", app, "--data-dir", data]).ok();
    assert_eq!(again, "nothing changes\n");
}

/// Stores records of the old form.
fn fill(folder: &Path, count: u64) {
    let visit = open(&Options::new(folder), Access::Visit).unwrap();
    let put = visit.store().write_blocking(move |tx| {
        let things = tx.collection("app:things")?.unwrap().id;
        for number in 0..count {
            let (id, code) = (format!("{number:024x}"), format!("c{number}"));
            let body = json!({"id": id, "version": 0, "label": code, "code": code, "age": number.to_string(), "tag": "t"});
            let body = Jsonb::parse(body.to_string().as_bytes(), &Limits::default()).unwrap();
            let put = Put {
                id: &id,
                expect: Expect::Absent,
                label: &code,
                archived: false,
                tags: &[],
                body: &body,
                stamp: &Stamp::default(),
                job: None,
            };
            tx.put_record(things, &put)?;
        }
        Ok::<_, Error>(())
    });
    put.unwrap();
}

/// The job of the change, once there is one.
fn job(folder: &Path) -> Option<Job> {
    let visit = open(&Options::new(folder), Access::Visit).unwrap();
    let read = visit
        .store()
        .read_blocking(|tx| Ok::<_, Error>(tx.job(JobSeq(1))?));
    read.unwrap()
}

/// Waits until so many records are behind the job, or it has ended; says whether it has.
fn wait_for(folder: &Path, done: u64) -> bool {
    let begun = Instant::now();
    loop {
        let (processed, ended) =
            job(folder).map_or((0, false), |job| (job.counts.processed, job.status.is_final()));
        if ended || processed >= done {
            return ended;
        }
        assert!(
            begun.elapsed() < Duration::from_secs(300),
            "no progress beyond {processed}"
        );
        std::thread::yield_now();
    }
}

/// Everything that must be the same.
fn picture(folder: &Path) -> Vec<String> {
    check(&Options::new(folder).database()).unwrap();
    let visit = open(&Options::new(folder), Access::Visit).unwrap();
    visit
        .store()
        .read_blocking(|tx| Ok::<_, Error>(tables(tx)))
        .unwrap()
}

fn tables(tx: &mut dyn ReadTx) -> Vec<String> {
    let things = tx.collection("app:things").unwrap().unwrap().id;
    let records = tx.records_after(things, "", u64::MAX).unwrap();
    let records = records
        .iter()
        .map(|r| format!("{} {} {} {}", r.id, r.version, r.label, r.body.to_text().unwrap()));
    let history = tx.history_after(things, HistorySeq(0), u64::MAX).unwrap();
    let history = history.iter().map(|c| {
        format!(
            "{} {} {} {:?} {:?}",
            c.seq, c.id, c.version, c.job, c.stamp.origin
        )
    });
    let job = tx.job(JobSeq(1)).unwrap().unwrap();
    let items = tx.items(JobSeq(1), &[], ALL).unwrap().entries;
    vec![
        digest("records", records),
        digest("history", history),
        format!("{:?}", tx.declared_indexes(things).unwrap()),
        format!("{:?}", tx.mark("app:state").unwrap()),
        format!(
            "{:?} {:?} {:?} {} items",
            job.status,
            job.counts,
            job.results,
            items.len()
        ),
    ]
}

fn digest(name: &str, lines: impl Iterator<Item = String>) -> String {
    let (mut hash, mut count) = (Sha256::new(), 0);
    for line in lines {
        hash.update(line.as_bytes());
        hash.update(b"\n");
        count += 1;
    }
    let hash: String = hash
        .finalize()
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("{name}: {count} lines, {hash}")
}

/// A folder with records of the old form.
fn prepare(folder: &Path, apps: &Path) {
    define(apps, OLD);
    Server::start(folder, &["--app", text(apps)]).terminate();
    fill(folder, RECORDS);
    define(apps, NEW);
}

#[test]
fn killed_twenty_times_in_a_change_ends_as_if_never_disturbed() {
    let (quiet, apps) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    prepare(quiet.path(), apps.path());
    let server = Server::start(quiet.path(), &["--app", text(apps.path())]);
    wait_for(quiet.path(), u64::MAX);
    server.terminate();
    let expected = picture(quiet.path());
    assert!(expected[4].starts_with("Finished"), "{expected:?}");

    // On a machine with much else to do the job may be done before this test has killed the server often enough.
    for _ in 0..5 {
        let seed = rand::random::<u64>();
        let killed = tempfile::tempdir().unwrap();
        prepare(killed.path(), apps.path());
        let Some(moments) = kill_again_and_again(killed.path(), apps.path(), seed) else {
            continue;
        };
        let seen = picture(killed.path());
        assert_eq!(seen, expected, "seed {seed}, killed at {moments:?}");
        let onwards = moments.windows(2).all(|pair| pair[0] <= pair[1]);
        assert!(onwards, "work went backwards: {moments:?}");
        return;
    }
    panic!("the job was never slow enough to be killed {KILLS} times");
}

/// Has the change carried out by servers of which all but the last are killed; tells how far each came. `None` when one
/// of them came to the end.
fn kill_again_and_again(folder: &Path, apps: &Path, seed: u64) -> Option<Vec<u64>> {
    let mut random = StdRng::seed_from_u64(seed);
    let args = ["--app", text(apps)];
    let mut server = Server::start(folder, &args);
    let mut moments = Vec::new();
    for kill in 0..KILLS {
        let share = RECORDS * (kill as u64 + 1) / (KILLS as u64 + 1);
        let moment = share.saturating_sub(random.random_range(0..RECORDS / KILLS as u64));
        let ended = wait_for(folder, moment);
        // Not only right behind a commit: anywhere in the chunk after it.
        let begun = Instant::now();
        let delay = Duration::from_micros(random.random_range(0..20_000));
        while begun.elapsed() < delay {
            std::hint::spin_loop();
        }
        server.kill9();
        if ended {
            return None;
        }
        moments.push(job(folder).map_or(0, |job| job.counts.processed));
        server = Server::start(folder, &args);
    }
    wait_for(folder, u64::MAX);
    server.terminate();
    Some(moments)
}
