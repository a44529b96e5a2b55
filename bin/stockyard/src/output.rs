//! What the program says: lines to stdout, complaints to stderr, and the engine's errors in words for the operator.

use std::io::{self, ErrorKind, Write};

/// Writes one line to stdout, at once.
///
/// # Errors
/// When nobody reads it any more.
pub(crate) fn line(text: impl std::fmt::Display) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{text}")?;
    out.flush()
}

/// Says on stderr why the program ends.
pub(crate) fn complain(error: &anyhow::Error) {
    // With stderr gone as well there is nobody left to tell.
    let _ = writeln!(io::stderr(), "error: {error:#}");
}

/// Whether the reader of stdout went away, as `head` does.
pub(crate) fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let cause = error.downcast_ref::<io::Error>();
    cause.is_some_and(|cause| cause.kind() == ErrorKind::BrokenPipe)
}

/// The engine's error with all that an operator may know.
pub(crate) fn explained(error: model::Error) -> anyhow::Error {
    match error.internal_text() {
        Some(cause) => anyhow::anyhow!("{}: {cause}", error.message()),
        None if error.details().len() > 1 => {
            let all: Vec<_> = error.details().iter().map(|d| d.message.as_str()).collect();
            anyhow::anyhow!(all.join("; "))
        }
        None => anyhow::anyhow!("{}", error.message().to_owned()),
    }
}

/// A number of bytes for people.
pub(crate) fn size(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    if bytes < 1024 {
        return format!("{bytes} bytes");
    }
    let (mut size, mut unit) = (bytes as f64 / 1024.0, 0);
    while size >= 1023.95 && unit + 1 < UNITS.len() {
        (size, unit) = (size / 1024.0, unit + 1);
    }
    format!("{size:.1} {}", UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::size;

    #[test]
    fn sizes_are_readable() {
        let sizes = [0, 1023, 1024, 1536, 1 << 20, (1 << 20) - 1, 5 << 30, u64::MAX].map(size);
        assert_eq!(
            sizes,
            [
                "0 bytes",
                "1023 bytes",
                "1.0 KiB",
                "1.5 KiB",
                "1.0 MiB",
                "1.0 MiB",
                "5.0 GiB",
                "16777216.0 TiB"
            ]
        );
    }
}
