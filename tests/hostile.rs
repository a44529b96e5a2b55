//! Malformed, hostile and oversized requests against the real program: each gets its documented refusal, none a 5xx;
//! memory stays bounded and the store as it was.
//!
//! One file per family of attacks; a row is a request in bytes and the answer that `docs/errors` and `docs/decisions`
//! promise for it. One server takes them all, so that what an attack leaves behind meets the next one. Limits are the
//! defaults but for a few times and sizes that a test could not wait for (see [`bed::SETTINGS`]).

#![expect(clippy::too_many_lines, reason = "tables are long")]
#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

#[expect(dead_code, unused_imports, reason = "other tests use more of it")]
#[path = "support/support.rs"]
mod support;

mod hostile {
    pub(crate) mod answer;
    pub(crate) mod bed;
    pub(crate) mod row;
    pub(crate) mod stub;
    pub(crate) mod wire;

    pub(crate) mod deltas;
    pub(crate) mod encodings;
    pub(crate) mod fetches;
    pub(crate) mod fields;
    pub(crate) mod framing;
    pub(crate) mod fusion;
    pub(crate) mod headers;
    pub(crate) mod http2;
    pub(crate) mod json;
    pub(crate) mod multipart;
    pub(crate) mod paths;
    pub(crate) mod qalx;
    pub(crate) mod queries;
    pub(crate) mod slow;
    pub(crate) mod types;
    pub(crate) mod urls;
}

use hostile::bed::Bed;
use hostile::row::Row;
use hostile::*;

/// How much memory all of this may cost the server at its height.
const MEMORY: u64 = 64 << 20;

/// Each family with its rows.
fn families() -> Vec<(&'static str, Vec<Row>)> {
    vec![
        ("json", json::rows()),
        ("types", types::rows()),
        ("fields", fields::rows()),
        ("urls", urls::rows()),
        ("encodings", encodings::rows()),
        ("paths", paths::rows()),
        ("headers", headers::rows()),
        ("framing", framing::rows()),
        ("multipart", multipart::rows()),
        ("queries", queries::rows()),
        ("fusion", fusion::rows()),
        ("qalx", qalx::rows()),
    ]
}

#[test]
fn hostile_requests_are_refused_as_documented_and_change_nothing() {
    let bed = Bed::start();
    let (before, memory) = (bed.picture(), bed.peak_memory());
    let (mut wrong, mut count) = (Vec::new(), 0);
    for (family, rows) in families() {
        for row in rows {
            count += 1;
            if let Err(complaint) = row.run(&bed) {
                wrong.push(format!("{family}: {}: {complaint}", row.name));
            }
            bed.assert_alive(&row.name);
        }
        bed.assert_same(&before, family);
    }
    for (family, run) in [
        ("http2", http2::run as fn(&Bed) -> Vec<String>),
        ("slow", slow::run),
        ("deltas", deltas::run),
        ("fetches", fetches::run),
    ] {
        wrong.extend(
            run(&bed)
                .into_iter()
                .map(|complaint| format!("{family}: {complaint}")),
        );
        bed.assert_alive(family);
        bed.assert_same(&before, family);
    }
    assert!(
        wrong.is_empty(),
        "{} rows are wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(count >= 200, "only {count} rows");
    bed.assert_tokens_work();
    let grown = bed.peak_memory() - memory;
    assert!(grown <= MEMORY, "memory grew by {} KiB", grown >> 10);
    bed.assert_clean_log();
}
