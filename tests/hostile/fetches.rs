//! Files that are fetched from an allowed host which turns out to be hostile: the job fails with a sentence, within its
//! limits, and nobody is called who is not on the list.

use super::bed::Bed;
use super::row::{Call, DELTA};

/// What the stub is asked for, and what the job's error says.
const CASES: &[(&str, &str)] = &[
    ("to-metadata", "169.254.169.254"),
    ("to-forbidden-port", "is not in the list of allowed hosts"),
    ("to-localhost", "localhost"),
    ("to-localhost-v6", "::1"),
    ("to-number", "127.0.0.1"),
    ("to-other-slashes", "is not in the list of allowed hosts"),
    ("to-other-host", "evil.example"),
    ("to-file", "file"),
    ("to-credentials", "user name or a password"),
    ("to-nonsense", "http://["),
    ("to-itself", "redirects more than 3 times"),
    ("to-far", "169.254.169.254"),
    ("to-nowhere", "302"),
    ("announces-too-much", "4194304"),
    ("sends-too-much", "4194304"),
    ("never-answers", "no answer"),
    ("never-goes-on", "no more data"),
    ("trickles", "not done"),
    ("hangs-up", "hangs-up"),
    ("breaks-off", "breaks-off"),
    ("speaks-nonsense", "speaks-nonsense"),
    ("bad-chunks", "bad-chunks"),
    ("floods-headers", "floods-headers"),
    ("fails", "500"),
    ("missing", "404"),
    ("empty", "the file is empty"),
    ("page", "must begin with { or ["),
    ("packed", "more than 1048576 bytes"),
];

pub(crate) fn run(bed: &Bed) -> Vec<String> {
    let mut wrong: Vec<String> = CASES
        .iter()
        .filter_map(|(path, says)| check(bed, path, says).err().map(|what| format!("{path}: {what}")))
        .collect();
    if bed.stub.trespasses() > 0 {
        wrong.push(format!(
            "{} was called {} times",
            bed.stub.forbidden,
            bed.stub.trespasses()
        ));
    }
    wrong
}

fn check(bed: &Bed, path: &str, says: &str) -> Result<(), String> {
    let body = format!(r#"{{"file":"http://{}/{path}?key=s3cret"}}"#, bed.stub.address);
    let job = bed.ended(bed.hand_in(Call::user("POST", DELTA).json(body))?);
    if job["status"] != "fail_to_process" || job["result"] != "Failure" {
        return Err(format!("expected a failure, got {job}"));
    }
    let errors = bed
        .json(&format!("/api/v2/jobs/{}/errors", job["id"]))
        .to_string();
    if !errors.contains(says) || errors.contains("s3cret") {
        return Err(format!("does not say {says:?}: {errors}"));
    }
    Ok(())
}
