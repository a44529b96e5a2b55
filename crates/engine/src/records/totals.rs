//! Fields that are computed over the records of another entity: counts, sums, means.
//!
//! Such a field is right whenever anybody looks. So whatever writes a record writes through a [`Ledger`], which notes what
//! the change takes from and adds to the records that it refers to, and settles that in the same transaction, once for each
//! of them. A count and an exact sum are kept beside the field (`standing`), so no change looks at other records of the
//! same kind, however many there are. Fields over such fields follow from round to round; a definition in which that would
//! not end is refused when it is read.
//!
//! What a field comes to is no change that somebody made: the record keeps its version, its date and its history. Somebody
//! who edits it meanwhile is not overtaken, for the commit of his change takes these fields as they are then.
//!
//! When a definition has a new field of this kind, its values are computed by the job of that change (`counted`); what
//! others write meanwhile is noted beside, and added when the value of a snapshot is there.

mod counted;
mod edit;
mod ledger;
mod standing;
mod watch;

use jsonb::Jsonb;

pub(crate) use counted::{Counted, count, put_counted};
pub(crate) use ledger::Ledger;
pub(super) use ledger::{born, carried};
pub(super) use standing::{STANDINGS, standings};
pub(crate) use watch::{Watch, Watches, key_of};

/// A record whose computed fields have become others.
#[derive(Debug)]
pub(crate) struct Amended {
    /// The version that it has and keeps, as the store counts.
    pub(super) version: u64,
    pub(super) body: Jsonb,
}
