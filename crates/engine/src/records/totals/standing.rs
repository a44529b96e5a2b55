//! What is kept in a record beside each field that is computed over others: how many values there are and their sum.
//!
//! It lies under `~`, as `[number, count, sum]`. The number is that of the definition that has the field computed so; what
//! stands there under another number is of no use any more. A fourth element says that it is not the whole yet: only what
//! was added since, while a job counts.

use app::values::Total;
use jsonb::{Damaged, Jsonb, Value};

use super::Watch;
use crate::records::indexes::SHADOW;

/// The key of these values among the shadow values.
pub(in crate::records) const STANDINGS: &str = "+";

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Standing {
    pub(super) total: Total,
    /// Whether it is the whole.
    pub(super) is_whole: bool,
}

impl Standing {
    /// That of a record to which nothing refers.
    pub(super) fn nothing() -> Self {
        Self {
            total: Total::default(),
            is_whole: true,
        }
    }

    /// That of a record that is still to be counted, and which nothing was added to since.
    pub(super) fn uncounted() -> Self {
        Self {
            is_whole: false,
            ..Self::nothing()
        }
    }

    /// What stands in a record.
    pub(super) fn of(record: Value<'_>, watch: &Watch) -> Result<Self, Damaged> {
        let kept = match standings(record)? {
            Some(all) => all.get(&watch.field.name)?,
            None => None,
        };
        let read = kept.map(|kept| Self::read(kept, watch.number)).transpose()?;
        Ok(read.flatten().unwrap_or_else(Self::uncounted))
    }

    fn read(kept: Value<'_>, wanted: u64) -> Result<Option<Self>, Damaged> {
        let mut parts = kept.elements();
        let mut next = || parts.next().transpose();
        let (number, count, sum, rest) = (next()?, next()?, next()?, next()?);
        let whole = |value: Option<Value<'_>>| value.map(Value::as_i64).transpose().map(Option::flatten);
        if whole(number)? != Some(wanted.cast_signed()) {
            return Ok(None);
        }
        let sum = sum.map(Value::as_str).transpose()?.flatten();
        let total = match (whole(count)?, sum) {
            (Some(count), Some(sum)) => Total::of_parts(count, &sum),
            _ => None,
        };
        Ok(total.map(|total| Self {
            total,
            is_whole: rest.is_none(),
        }))
    }

    /// As it is kept.
    pub(super) fn kept(&self, watch: &Watch) -> Jsonb {
        let (count, sum) = self.total.parts();
        let list = jsonb::array()
            .item_i64(watch.number.cast_signed())
            .item_i64(count)
            .item_str(&sum);
        match self.is_whole {
            true => list.finish(),
            false => list.item_bool(true).finish(),
        }
    }
}

/// All that stands in a record.
pub(in crate::records) fn standings(record: Value<'_>) -> Result<Option<Value<'_>>, Damaged> {
    match record.get(SHADOW)? {
        Some(shadow) => shadow.get(STANDINGS),
        None => Ok(None),
    }
}
