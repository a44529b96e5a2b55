//! Rows on their way from one store to the other, and their digest.

use std::fmt;

use sha2::{Digest as _, Sha256};

/// A table as both sides have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Table {
    pub(crate) name: String,
    pub(crate) columns: Vec<Column>,
    /// The columns of its primary key.
    pub(crate) key: Vec<String>,
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) kind: Kind,
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Int,
    Bool,
    Real,
    Text,
    Bytes,
}

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Cell {
    Null,
    Int(i64),
    Bool(bool),
    Real(f64),
    Text(String),
    Bytes(Vec<u8>),
}

/// The values of a row, in the order of the table's columns.
pub(crate) type Row = Vec<Cell>;

impl Cell {
    /// About how many bytes it takes.
    pub(crate) fn size(&self) -> usize {
        match self {
            Self::Null | Self::Bool(_) => 1,
            Self::Int(_) | Self::Real(_) => 8,
            Self::Text(text) => text.len(),
            Self::Bytes(bytes) => bytes.len(),
        }
    }

    /// Adds its only form to a digest: a letter for the kind, the length, the bytes.
    fn note(&self, hash: &mut Sha256) {
        let mut part = |kind: u8, bytes: &[u8]| {
            hash.update([kind]);
            hash.update(bytes.len().to_be_bytes());
            hash.update(bytes);
        };
        match self {
            Self::Null => part(b'n', b""),
            Self::Int(number) => part(b'i', &number.to_be_bytes()),
            Self::Bool(truth) => part(b'b', &[u8::from(*truth)]),
            Self::Real(number) => part(b'r', &number.to_bits().to_be_bytes()),
            Self::Text(text) => part(b't', text.as_bytes()),
            Self::Bytes(bytes) => part(b'x', bytes),
        }
    }
}

/// The digest of a table, whatever the order of its rows: the sum of their SHA-256, as four numbers that wrap around.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Digest {
    pub(crate) rows: u64,
    sums: [u64; 4],
}

impl Digest {
    /// Adds a row.
    pub(crate) fn add(&mut self, row: &[Cell]) {
        let mut hash = Sha256::new();
        row.iter().for_each(|cell| cell.note(&mut hash));
        let hash = hash.finalize();
        for (sum, part) in self.sums.iter_mut().zip(hash.as_chunks::<8>().0) {
            *sum = sum.wrapping_add(u64::from_be_bytes(*part));
        }
        self.rows += 1;
    }

    /// Its hex digits.
    pub(crate) fn hex(&self) -> String {
        self.sums.iter().map(|sum| format!("{sum:016x}")).collect()
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} rows (digest {}…)", self.rows, &self.hex()[..12])
    }
}

#[cfg(test)]
mod tests {
    use super::{Cell, Digest};

    fn digest(rows: &[Vec<Cell>]) -> Digest {
        let mut digest = Digest::default();
        rows.iter().for_each(|row| digest.add(row));
        digest
    }

    #[test]
    fn a_digest_knows_rows_and_not_their_order() {
        let one = vec![Cell::Int(1), Cell::Text("a".to_owned())];
        let other = vec![Cell::Int(2), Cell::Null];
        let both = digest(&[one.clone(), other.clone()]);
        assert_eq!(both, digest(&[other.clone(), one.clone()]));
        for different in [
            vec![one.clone()],
            vec![one.clone(), one.clone()],
            vec![one.clone(), vec![Cell::Null, Cell::Int(2)]],
            vec![one.clone(), vec![Cell::Int(2), Cell::Text(String::new())]],
            vec![one, vec![Cell::Bool(true), Cell::Null]],
            vec![vec![Cell::Int(1), Cell::Bytes(b"a".to_vec())], other],
        ] {
            assert_ne!(both, digest(&different), "{different:?}");
        }
    }
}
