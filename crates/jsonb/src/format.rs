//! The element header of JSONB: a type in the low four bits, the payload's size in the rest.
//!
//! Sizes up to 11 stand in the first byte; 12, 13, 14 and 15 there say that 1, 2, 4 or 8 big-endian bytes
//! follow. Writers here always use the shortest form, as SQLite does; readers take any form, since SQLite may
//! leave a longer one behind after an edit in place.

use crate::error::Damaged;

pub(crate) const NULL: u8 = 0;
pub(crate) const TRUE: u8 = 1;
pub(crate) const FALSE: u8 = 2;
pub(crate) const INT: u8 = 3;
pub(crate) const INT5: u8 = 4;
pub(crate) const FLOAT: u8 = 5;
pub(crate) const FLOAT5: u8 = 6;
/// Characters that need no escape in JSON.
pub(crate) const TEXT: u8 = 7;
/// Characters with JSON escapes, kept as written.
pub(crate) const TEXTJ: u8 = 8;
/// Characters with JSON5 escapes.
pub(crate) const TEXT5: u8 = 9;
/// Plain characters, escaped when printed.
pub(crate) const TEXTRAW: u8 = 10;
pub(crate) const ARRAY: u8 = 11;
pub(crate) const OBJECT: u8 = 12;
/// Not a stored type: stands for a root whose own header cannot be read.
pub(crate) const BROKEN: u8 = 15;

const CUT_OFF: Damaged = Damaged::new("an element is cut off");

/// The parts of an element's header.
#[derive(Clone, Copy)]
pub(crate) struct Header {
    pub(crate) tag: u8,
    /// Bytes of the header itself.
    pub(crate) head: usize,
    /// Bytes of the payload.
    pub(crate) size: usize,
}

/// Reads the header at the start of `bytes`; the payload is known to lie inside `bytes`.
#[inline(always)]
pub(crate) fn read_header(bytes: &[u8]) -> Result<Header, Damaged> {
    let first = *bytes.first().ok_or(CUT_OFF)?;
    let (head, size) = match first >> 4 {
        size @ 0..=11 => (1, usize::from(size)),
        12 => (2, usize::from(*bytes.get(1).ok_or(CUT_OFF)?)),
        13 => (3, wide_size(bytes.get(1..3))?),
        14 => (5, wide_size(bytes.get(1..5))?),
        _ => (9, wide_size(bytes.get(1..9))?),
    };
    // `bytes` holds at least `head` bytes here, so the subtraction cannot wrap.
    if size > bytes.len() - head {
        return Err(CUT_OFF);
    }
    let tag = first & 0x0f;
    if tag > OBJECT {
        return Err(Damaged::new("an element has an unknown type"));
    }
    Ok(Header { tag, head, size })
}

#[cold]
fn wide_size(digits: Option<&[u8]>) -> Result<usize, Damaged> {
    let size = digits
        .ok_or(CUT_OFF)?
        .iter()
        .fold(0u64, |size, &byte| size << 8 | u64::from(byte));
    usize::try_from(size).map_err(|_| CUT_OFF)
}

/// Bytes that the shortest header for `size` takes.
#[inline]
pub(crate) fn header_len(size: usize) -> usize {
    match size {
        0..=11 => 1,
        12..=0xff => 2,
        0x100..=0xffff => 3,
        0x1_0000..=0xffff_ffff => 5,
        _ => 9,
    }
}

/// The shortest header in a fixed array, with its length.
#[inline]
pub(crate) fn header(tag: u8, size: usize) -> ([u8; 9], usize) {
    let len = header_len(size);
    let mut bytes = [0; 9];
    match len {
        1 => bytes[0] = tag | (size as u8) << 4,
        2 => [bytes[0], bytes[1]] = [tag | 0xc0, size as u8],
        3 => {
            bytes[0] = tag | 0xd0;
            bytes[1..3].copy_from_slice(&(size as u16).to_be_bytes());
        }
        5 => {
            bytes[0] = tag | 0xe0;
            bytes[1..5].copy_from_slice(&(size as u32).to_be_bytes());
        }
        _ => {
            bytes[0] = tag | 0xf0;
            bytes[1..9].copy_from_slice(&(size as u64).to_be_bytes());
        }
    }
    (bytes, len)
}

/// Appends the shortest header for a payload of `size` bytes.
#[inline]
pub(crate) fn push_header(out: &mut Vec<u8>, tag: u8, size: usize) {
    if size <= 11 {
        out.push(tag | (size as u8) << 4);
    } else {
        let (bytes, len) = header(tag, size);
        out.extend_from_slice(&bytes[..len]);
    }
}

/// Appends a whole element.
#[inline]
pub(crate) fn push_element(out: &mut Vec<u8>, tag: u8, payload: &[u8]) {
    push_header(out, tag, payload.len());
    out.extend_from_slice(payload);
}
