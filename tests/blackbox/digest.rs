//! Long lists as one line, to be compared.

use sha2::{Digest, Sha256};

/// What the lines are, how many, and a hash of them.
pub(crate) fn digest(name: &str, lines: impl Iterator<Item = String>) -> String {
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
