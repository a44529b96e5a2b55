//! JSON bodies as bytes in SQLite's documented JSONB format, without SQLite.
//!
//! A body is encoded once, when it arrives, in a single strict pass over its text ([`encode`]); afterwards it
//! is read where it lies ([`Value`]), printed ([`Jsonb::render`]) and changed field by field ([`set_field`],
//! [`merge_fields`]) without being parsed again. Key order, number spelling and string escapes survive.
//!
//! Two different trusts meet here. Text from clients is checked completely, so whatever [`encode`] accepts is
//! byte for byte what `jsonb(text)` gives. Bytes from the database are *not* assumed to be sound: every
//! reader checks bounds, nesting and characters and answers [`Damaged`]; nothing in this crate panics on any
//! input, and [`Jsonb::render`] never emits text that is not JSON.

mod body;
mod build;
mod edit;
mod error;
mod escape;
mod format;
mod limits;
mod number;
mod render;
mod scan;
mod unescape;
mod value;

pub use body::Jsonb;
pub use build::{ArrayBuilder, ObjectBuilder, array, object};
pub use edit::{merge_fields, plain_element, remove_field, set_field};
pub use error::{Damaged, ErrorKind, ParseError, byte_order_mark};
pub use escape::escape_into;
pub use limits::{Limits, MAX_DEPTH, MAX_TEXT};
pub use scan::{encode, validate};
pub use value::{Elements, Entries, Kind, RawEntries, Value};
