//! What became of records (`contracts/slingr.md` §8.1): lines of the store's history, told field by field.
//!
//! A line of the store has the content after a change; what the change was follows from the line before it. A line is told
//! if the audit settings of the entity keep its sort of event and the caller may look back on the record as it is now, or
//! was last. Where that can be said without looking at lines, they are counted by the store and only those of the page are
//! read; otherwise the history is walked over, on a thread for long reads.

mod content;
mod event;
mod id;
mod item;
mod subject;

pub(super) use event::context_of;

use std::sync::Arc;
use std::time::Instant;

use app::permissions::Right;
use model::{Change, Code, Error, HistorySeq, Timestamp, is_record_id};
use query::Limits;
use storage::ReadTx;
use storage::tables::history::HistoryFilter;

use super::catalogue::Catalogue;
use super::rights::Rights;
use super::{Call, EntityRef, HistoryQuery, Listing};
use crate::Engine;
use event::Wanted;
use item::Teller;
use subject::Judge;

/// Lines that are read at a time.
const BATCH: u64 = 128;

/// A history to be told.
struct Ask {
    catalogue: Arc<Catalogue>,
    entity: EntityRef,
    call: Call,
    record: Option<String>,
    query: HistoryQuery,
    wanted: Wanted,
    /// The line that the page begins behind.
    begin: Option<HistorySeq>,
    limits: Limits,
}

impl Engine {
    /// The history of one record, newest first; empty for an id that never was.
    ///
    /// # Errors
    /// `bad-request` when the entity keeps none, or the id is none; `forbidden`.
    pub async fn record_history(
        &self,
        call: &Call,
        entity: &EntityRef,
        id: &str,
        query: &HistoryQuery,
    ) -> Result<Listing, Error> {
        if !is_record_id(id) {
            let message = format!("{id:?} is no id of a record: 24 hexadecimal digits");
            return Err(Error::new(Code::BadRequest, message));
        }
        let record = Some(id.to_ascii_lowercase());
        self.told(call, entity, record, query).await
    }

    /// The history of all records of an entity, newest first.
    ///
    /// # Errors
    /// As [`Engine::record_history`]; `bad-request` also for sorts of events that there are not.
    pub async fn entity_history(
        &self,
        call: &Call,
        entity: &EntityRef,
        query: &HistoryQuery,
    ) -> Result<Listing, Error> {
        self.told(call, entity, None, query).await
    }

    async fn told(
        &self,
        call: &Call,
        entity: &EntityRef,
        record: Option<String>,
        query: &HistoryQuery,
    ) -> Result<Listing, Error> {
        if !entity.audit.is_on() {
            let message = format!("{} keeps no history", entity.name);
            return Err(Error::new(Code::BadRequest, message));
        }
        let ask = Ask {
            catalogue: self.catalogue()?,
            entity: entity.clone(),
            call: call.clone(),
            record,
            query: query.clone(),
            wanted: Wanted::of(&entity.audit, query.event_types.as_deref())?,
            begin: query.after.as_deref().map(id::place).transpose()?,
            limits: self.options().query.limits(),
        };
        match ask.record.is_some() && ask.wanted.is_by_event() {
            true => self.store().read(move |tx| ask.run(tx)).await,
            false => self.store().scan(move |tx| ask.run(tx)).await,
        }
    }
}

impl Ask {
    fn run(&self, tx: &mut dyn ReadTx) -> Result<Listing, Error> {
        let rights = Rights::of(&self.catalogue, &self.entity, &self.call)?;
        rights.check(Right::History)?;
        let judge = match &self.record {
            None => Judge::of(&self.entity, &rights)?,
            Some(id) => {
                let Some(content) = subject::content(tx, &self.entity, id)? else {
                    return Ok(Page::new(self).into_listing(0));
                };
                rights.check_record(Right::History, content.root())?;
                Judge::Granted
            }
        };
        let teller = Teller::new(tx, &self.entity, &rights)?;
        self.page(tx, judge, teller)
    }

    fn page(
        &self,
        tx: &mut dyn ReadTx,
        mut judge: Judge<'_>,
        mut teller: Teller<'_>,
    ) -> Result<Listing, Error> {
        let (collection, filter) = (self.entity.collection(), self.filter());
        let counts_itself = self.wanted.is_by_event() && matches!(judge, Judge::Granted);
        let mut page = Page::new(self);
        let (begun, mut total) = (Instant::now(), 0);
        let mut before = if counts_itself { self.begin } else { None };
        while !(counts_itself && page.is_full()) {
            let lines = tx.history_page(collection, &filter, before, BATCH)?;
            let Some(last) = lines.last() else { break };
            before = Some(last.seq);
            for line in &lines {
                if self.wanted.has(line) && judge.grants(tx, &line.id)? {
                    total += 1;
                    if page.wants(line) {
                        page.add(teller.item(tx, line)?, line)?;
                    }
                }
            }
            if begun.elapsed() >= self.limits.time {
                let message = "the history takes too long to count, ask for a shorter time with from and to";
                return Err(Error::new(Code::BadRequest, message));
            }
        }
        if counts_itself {
            total = tx.history_count(collection, &filter)?;
        }
        Ok(page.into_listing(total))
    }

    fn filter(&self) -> HistoryFilter<'_> {
        HistoryFilter {
            record: self.record.as_deref(),
            events: Some(self.wanted.events()),
            from: self.query.from.map(Timestamp),
            to: self.query.to.map(Timestamp),
        }
    }
}

/// A page that is being filled.
struct Page<'a> {
    ask: &'a Ask,
    items: Vec<jsonb::Jsonb>,
    offset: Option<String>,
    bytes: usize,
}

impl<'a> Page<'a> {
    fn new(ask: &'a Ask) -> Self {
        Self {
            ask,
            items: Vec::new(),
            offset: None,
            bytes: 0,
        }
    }

    fn is_full(&self) -> bool {
        self.items.len() as u64 >= self.ask.query.size
    }

    fn wants(&self, line: &Change) -> bool {
        !self.is_full() && self.ask.begin.is_none_or(|begin| line.seq < begin)
    }

    fn add(&mut self, item: jsonb::Jsonb, line: &Change) -> Result<(), Error> {
        self.bytes += item.as_bytes().len();
        if self.bytes > self.ask.limits.result_bytes {
            let message = "the page has too many bytes, ask for fewer lines with _size";
            return Err(Error::of_field(
                Code::BadRequest,
                "_size".to_owned(),
                message.to_owned(),
            ));
        }
        self.items.push(item);
        self.offset = Some(id::of(line));
        Ok(())
    }

    fn into_listing(self, total: u64) -> Listing {
        Listing {
            total,
            offset: self.offset,
            items: self.items,
        }
    }
}
