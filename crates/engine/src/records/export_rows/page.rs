//! Pages of records in their order, and the rows that they become.

use std::ops::ControlFlow;

use jsonb::{Jsonb, Value};
use model::{Code, Error};
use query::{Direction, Filter};
use storage::ReadTx;
use storage::tables::records::Place;

use super::cells::{Writing, measure};
use super::related::Related;
use super::{RowExport, Widths};
use crate::records::convert::current;
use crate::records::list::{Order, checked_filter};
use crate::records::render::Renderer;
use crate::records::rights::Rights;
use crate::records::{ListQuery, Shape};
use crate::sheets::FileFormat;

/// Records that are looked at in one go.
const LOOKED_AT: u64 = 20_000;

/// Which records are still to come.
#[derive(Clone, Debug)]
pub(crate) enum Rest {
    /// Those behind this id; all when there is none.
    Ids(Option<String>),
    /// Those in these places, from this one on.
    Places(std::sync::Arc<[Place]>, usize),
}

/// Records that come next.
pub(crate) struct Page {
    /// What they are in the file.
    pub(crate) bytes: Vec<u8>,
    pub(crate) records: u64,
    /// Which come then; none at the end.
    pub(crate) rest: Option<Rest>,
    /// What the columns must be; other than they are when a record has more values than there are columns.
    pub(crate) widths: Widths,
}

impl RowExport {
    fn query(&self) -> Result<ListQuery, Error> {
        let filter = self
            .params
            .filter
            .as_ref()
            .map(|stored| stored.condition())
            .transpose()?;
        Ok(ListQuery {
            filter,
            sort_field: self.params.sort_field.clone(),
            sort_direction: match self.params.ascending {
                true => Direction::Ascending,
                false => Direction::Descending,
            },
            ..ListQuery::default()
        })
    }

    /// All records in their order.
    ///
    /// # Errors
    /// `bad-request` when they are too many to be sorted in memory.
    pub(crate) fn all(&self, tx: &mut dyn ReadTx, memory: usize) -> Result<Rest, Error> {
        let rights = Rights::of(&self.catalogue, &self.entity, &self.call)?;
        let query = self.query()?;
        let order = Order::of(&self.catalogue, &self.entity, &self.call, &rights, &query)?;
        if order.is_by_id() {
            return Ok(Rest::Ids(None));
        }
        let filter = self.filter(&rights, &query)?;
        let most = self.params.size.unwrap_or(u64::MAX);
        let mut top = crate::search::Top::new(&order.sort, 0, most, memory).with_ties(order.direction);
        let mut failed = None;
        tx.scan_bodies(self.entity.collection(), &mut |place, body| {
            let body = Value::of(body);
            let offered = matches(&filter, &rights, body).and_then(|matches| {
                if matches {
                    let key = order.key(body).map_err(Error::internal)?;
                    let offered = top.offer_key(place, key);
                    offered.map_err(|refusal| Error::new(Code::BadRequest, refusal.to_string()))?;
                }
                Ok(())
            });
            match offered {
                Ok(()) => ControlFlow::Continue(()),
                Err(error) => {
                    failed = Some(error);
                    ControlFlow::Break(())
                }
            }
        })?;
        match failed {
            Some(error) => Err(error),
            None => Ok(Rest::Places(top.page().into(), 0)),
        }
    }

    fn filter(&self, rights: &Rights<'_>, query: &ListQuery) -> Result<Filter, Error> {
        match &query.filter {
            Some(condition) => checked_filter(&self.catalogue, &self.entity, &self.call, rights, condition),
            None => Ok(Filter::all()),
        }
    }

    /// The header of the file.
    pub(crate) fn header(&self, widths: &Widths) -> Result<Vec<u8>, Error> {
        if self.params.format == FileFormat::Ndjson {
            return Ok(Vec::new());
        }
        let mut lines = writer();
        let header = self
            .columns
            .header(&self.entity.fields, widths, self.params.names);
        lines.write_record(&header).map_err(Error::internal)?;
        lines.into_inner().map_err(Error::internal)
    }

    /// The next page: at most so many records. With `writes` their rows, otherwise only how wide they are.
    pub(crate) fn page(
        &self,
        tx: &mut dyn ReadTx,
        rest: &Rest,
        (widths, most, writes): (&Widths, u64, bool),
    ) -> Result<Page, Error> {
        let rights = Rights::of(&self.catalogue, &self.entity, &self.call)?;
        rights.check(app::permissions::Right::Read)?;
        let (bodies, rest) = self.bodies(tx, &rights, rest, most)?;
        let fields = &self.entity.fields;
        let mut related = Related::default();
        related.fetch(
            tx,
            (&self.catalogue, &self.call),
            (&self.columns.nodes, fields),
            &bodies,
        )?;
        let mut needed = widths.clone();
        for body in &bodies {
            measure(&self.columns.nodes, fields, body.root(), &related, &mut needed)
                .map_err(Error::internal)?;
        }
        let bytes = match writes && needed == *widths {
            true => self.rows(&rights, &bodies, (&related, widths))?,
            false => Vec::new(),
        };
        Ok(Page {
            bytes,
            records: bodies.len() as u64,
            rest,
            widths: needed,
        })
    }

    fn bodies(
        &self,
        tx: &mut dyn ReadTx,
        rights: &Rights<'_>,
        rest: &Rest,
        most: u64,
    ) -> Result<(Vec<Jsonb>, Option<Rest>), Error> {
        let (stored, rest) = match rest {
            Rest::Ids(after) => self.by_id(tx, rights, after.as_deref(), most)?,
            Rest::Places(places, from) => {
                let end = places
                    .len()
                    .min(from.saturating_add(usize::try_from(most).unwrap_or(usize::MAX)));
                let found = tx.records_at(self.entity.collection(), &places[*from..end])?;
                let mut stored = Vec::with_capacity(found.len());
                for record in found {
                    // It may have been changed since the order was made.
                    if rights.sees(record.body.root())? {
                        stored.push(record.body);
                    }
                }
                let rest = (end < places.len()).then(|| Rest::Places(places.clone(), end));
                (stored, rest)
            }
        };
        let mut bodies = Vec::with_capacity(stored.len());
        for body in stored {
            bodies.push(current(tx, &self.catalogue, &self.entity, body)?);
        }
        Ok((bodies, rest))
    }

    fn by_id(
        &self,
        tx: &mut dyn ReadTx,
        rights: &Rights<'_>,
        after: Option<&str>,
        most: u64,
    ) -> Result<(Vec<Jsonb>, Option<Rest>), Error> {
        let query = self.query()?;
        let filter = self.filter(rights, &query)?;
        let (mut found, mut rest, mut looked, mut failed) = (Vec::new(), None, 0, None);
        let collection = self.entity.collection();
        tx.walk_by_id(collection, after, query.sort_direction, &mut |seen| {
            match matches(&filter, rights, Value::of(seen.body)) {
                Ok(true) => found.push(Jsonb::from_stored(seen.body.to_vec())),
                Ok(false) => {}
                Err(error) => {
                    failed = Some(error);
                    return ControlFlow::Break(());
                }
            }
            looked += 1;
            if (found.len() as u64) < most && looked < LOOKED_AT {
                return ControlFlow::Continue(());
            }
            rest = Some(Rest::Ids(Some(seen.id.to_owned())));
            ControlFlow::Break(())
        })?;
        failed.map_or(Ok((found, rest)), Err)
    }

    fn rows(
        &self,
        rights: &Rights<'_>,
        bodies: &[Jsonb],
        (related, widths): (&Related, &Widths),
    ) -> Result<Vec<u8>, Error> {
        if self.params.format == FileFormat::Ndjson {
            return self.lines(rights, bodies);
        }
        let writing = Writing {
            widths,
            related,
            neutralise: self.params.neutralise,
        };
        let mut lines = writer();
        let mut row = Vec::new();
        for body in bodies {
            let access = rights.access(body.root())?;
            row.clear();
            writing
                .cells(
                    &self.columns.nodes,
                    &self.entity.fields,
                    Some((body.root(), &access)),
                    &mut row,
                )
                .map_err(Error::internal)?;
            lines.write_record(&row).map_err(Error::internal)?;
        }
        lines.into_inner().map_err(Error::internal)
    }

    fn lines(&self, rights: &Rights<'_>, bodies: &[Jsonb]) -> Result<Vec<u8>, Error> {
        let shape = Shape {
            fields: self.params.fields.clone(),
            ..Shape::default()
        };
        let renderer = Renderer::new(&self.entity, rights, &shape)?;
        let mut bytes = Vec::new();
        for body in bodies {
            let shown = renderer.record(body.root())?;
            shown.render(&mut bytes).map_err(Error::internal)?;
            bytes.push(b'\n');
        }
        Ok(bytes)
    }
}

impl Rest {
    /// How far it is, for a checkpoint: an id, or a number of places.
    pub(crate) fn place(&self) -> (Option<String>, u64) {
        match self {
            Self::Ids(after) => (after.clone(), 0),
            Self::Places(_, from) => (None, *from as u64),
        }
    }
}

fn matches(filter: &Filter, rights: &Rights<'_>, body: Value<'_>) -> Result<bool, Error> {
    Ok(filter.matches(body).map_err(Error::internal)? && rights.sees(body)?)
}

fn writer() -> csv::Writer<Vec<u8>> {
    csv::WriterBuilder::new()
        .quote_style(csv::QuoteStyle::Always)
        .terminator(csv::Terminator::Any(b'\n'))
        .from_writer(Vec::new())
}
