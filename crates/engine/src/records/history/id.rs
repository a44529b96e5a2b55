//! Ids of lines: 24 hex digits as all ids have, of the second in which a line was written and its place. The place alone
//! says where a page begins.

use model::{Change, Code, Error, HistorySeq, hex};

/// The id of a line.
pub(super) fn of(line: &Change) -> String {
    let seconds = u32::try_from(line.stamp.on.0 / 1000).unwrap_or(0);
    let mut bytes = [0; 12];
    bytes[..4].copy_from_slice(&seconds.to_be_bytes());
    bytes[4..].copy_from_slice(&line.seq.0.to_be_bytes());
    hex::encode(&bytes)
}

/// The place of the line with this id.
pub(super) fn place(id: &str) -> Result<HistorySeq, Error> {
    let seq = hex::decode::<12>(&id.to_ascii_lowercase())
        .and_then(|bytes| bytes[4..].try_into().ok())
        .map(i64::from_be_bytes)
        .filter(|seq| *seq > 0);
    seq.map(HistorySeq).ok_or_else(|| {
        let message = format!("{id:?} is no id of a line of this history");
        Error::of_field(Code::BadRequest, "_offset".to_owned(), message)
    })
}
