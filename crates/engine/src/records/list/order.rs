//! [`Order`]: the order of a listing.

use std::cmp::Ordering;

use app::lower;
use jsonb::Value;
use model::Error;
use query::{Direction, Limits, Refusal, Sort, SortKey, Val};
use storage::tables::records::Place;

use super::{bad_query, check_field};
use crate::records::catalogue::Catalogue;
use crate::records::rights::{Rights, with_scope};
use crate::records::{Call, EntityRef, ListQuery};

/// An order of all records: by a value, and where that is equal by creation, both in one direction.
#[derive(Clone, Debug)]
pub(in crate::records) struct Order {
    /// The stored path, for walks along its index; none when it is a distance.
    pub(in crate::records) path: Option<String>,
    pub(in crate::records) direction: Direction,
    pub(in crate::records) sort: Sort,
    near: Option<lower::Near>,
}

impl Order {
    /// The order that a query asks for: by distance when it asks for what is near and for no other order.
    pub(in crate::records) fn of(
        catalogue: &Catalogue,
        entity: &EntityRef,
        call: &Call,
        rights: &Rights<'_>,
        query: &ListQuery,
    ) -> Result<Self, Error> {
        let by_default = query.sort_field == "id" && entity.fields.get("id").is_none();
        let near = match &query.filter {
            Some(condition) if by_default => {
                with_scope(catalogue, entity, call, |scope| lower::near(scope, condition))
                    .map_err(bad_query)?
            }
            _ => None,
        };
        if !by_default {
            check_field(entity, rights, &query.sort_field)?;
        }
        let field = Some(query.sort_field.as_str());
        let path =
            with_scope(catalogue, entity, call, |scope| lower::sort(scope, field)).map_err(bad_query)?;
        let direction = match near {
            Some(_) => Direction::Ascending,
            None => query.sort_direction,
        };
        let sort = Sort::by([(path.clone(), direction)], &Limits::default()).map_err(Error::internal)?;
        Ok(Self {
            path: near.is_none().then_some(path),
            direction,
            sort,
            near,
        })
    }

    /// From where distances are counted, to tell such orders apart.
    pub(super) fn distance(&self) -> String {
        format!("{:?}", self.near)
    }

    /// Whether it is that of the ids.
    pub(in crate::records) fn is_by_id(&self) -> bool {
        self.path.as_deref() == Some("id")
    }

    /// The place that comes before all others.
    pub(super) fn first_place(&self) -> Place {
        match self.direction {
            Direction::Ascending => Place(i64::MIN),
            Direction::Descending => Place(i64::MAX),
        }
    }

    /// What a record sorts by.
    pub(in crate::records) fn key<'v>(&self, record: Value<'v>) -> Result<SortKey<'v>, Refusal> {
        match &self.near {
            None => self.sort.key(record),
            Some(near) => {
                let metres = near.metres(record)?;
                Ok(SortKey::of(vec![metres.map_or(Val::Null, Val::Double)]))
            }
        }
    }

    /// Which of two records comes first.
    pub(in crate::records) fn compare(
        &self,
        left: (&SortKey<'_>, Place),
        right: (&SortKey<'_>, Place),
    ) -> Ordering {
        let by_key = self.sort.compare(left.0, right.0);
        by_key.then_with(|| self.direction.of(left.1.cmp(&right.1)))
    }
}
