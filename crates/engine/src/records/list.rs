//! Listing records: filter, order, page, and how many there are in all.
//!
//! Records are in the order of one field and, where that is equal, of their creation, so an order is total and a page
//! may begin behind any record. A page in the order of ids or of an index is found by walking along it from where it
//! begins, until it is full; that takes a total that can be counted without looking at records. Otherwise every candidate
//! must be looked at anyway, and the page is picked on the way. What the caller may not read is never counted.

mod cursor;
mod order;
mod page;

use std::sync::Arc;

use app::lower;
use app::permissions::Right;
use model::{Code, Error};
use query::{Filter, Limits};

use super::catalogue::Catalogue;
use super::rights::{Rights, with_scope};
use super::{Call, EntityRef, ListQuery, Listing};
use crate::Engine;
use crate::search::Effort;

pub(crate) use cursor::Cursors;
pub(super) use order::Order;
pub(super) use page::IDS;

/// A listing to be made.
struct Ask {
    catalogue: Arc<Catalogue>,
    entity: EntityRef,
    call: Call,
    query: ListQuery,
    limits: Limits,
    cursors: Cursors,
}

impl Engine {
    /// Lists records that the caller may read.
    ///
    /// # Errors
    /// `bad-request` for a query that cannot be followed, or takes more than is allowed; `forbidden`.
    pub async fn list_records(
        &self,
        call: &Call,
        entity: &EntityRef,
        query: &ListQuery,
    ) -> Result<Listing, Error> {
        let ask = Arc::new(Ask {
            catalogue: self.catalogue()?,
            entity: entity.clone(),
            call: call.clone(),
            query: query.clone(),
            limits: self.options().query.limits(),
            cursors: self.inner.records.cursors.clone(),
        });
        let quick = Arc::clone(&ask);
        let found = self.store().read(move |tx| quick.run(tx, Effort::Quick)).await?;
        match found {
            Some(found) => Ok(found),
            None => {
                let full = self.store().scan(move |tx| ask.run(tx, Effort::Full)).await?;
                full.ok_or_else(|| Error::internal("a listing without bounds was not made"))
            }
        }
    }
}

/// The filter of a condition that the caller has written; he may look at the fields in it.
pub(super) fn checked_filter(
    catalogue: &Catalogue,
    entity: &EntityRef,
    call: &Call,
    rights: &Rights<'_>,
    condition: &app::Condition,
) -> Result<Filter, Error> {
    for path in lower::fields_used(condition) {
        check_field(entity, rights, &path)?;
    }
    with_scope(catalogue, entity, call, |scope| lower::filter(scope, condition)).map_err(bad_query)
}

/// Refuses a field that a query may not look at. What there is not is refused elsewhere, with a better reason.
pub(super) fn check_field(entity: &EntityRef, rights: &Rights<'_>, path: &str) -> Result<(), Error> {
    match rights.may_use_in_query(path) {
        true => Ok(()),
        false => {
            let message = format!("you may not use the field {path:?} of {} in a query", entity.name);
            Err(Error::new(Code::Forbidden, message))
        }
    }
}

/// The error of a condition that does not fit its entity.
pub(super) fn bad_query(error: lower::LowerError) -> Error {
    let field = error.field.clone();
    Error::of_field(Code::BadRequest, field, error.to_string())
}

impl Ask {
    fn rights(&self) -> Result<Rights<'_>, Error> {
        let rights = Rights::of(&self.catalogue, &self.entity, &self.call)?;
        rights.check(Right::Read)?;
        Ok(rights)
    }
}
