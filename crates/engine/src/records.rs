//! Records of an app's entities: made, read, changed, deleted, listed, aggregated, and their history.
//!
//! A record is stored as it is answered: JSON with `id`, `version`, `label`, then the fields of its entity in native
//! form, empty ones left out, and under `~` what queries need beside them (`draft/build.rs` writes it). A change is
//! drafted from a body and the stored record (`draft`), completed on a snapshot (`prepare`), and committed when nothing
//! that it was computed from has changed (`commit`). Who may do what is decided in `rights`, and asked wherever a body
//! is fetched. Source: `contracts/slingr.md` §1.5, §1.6, §2, §5, §8.1, §10.2, §12.

pub(crate) mod actions;
mod aggregate;
mod below;
mod bulk;
pub(crate) mod bulk_job;
pub(crate) mod cascade;
mod catalogue;
mod commit;
mod compute;
mod convert;
mod counting;
mod draft;
pub(crate) mod export_rows;
mod faults;
mod fetched;
mod files;
mod history;
pub(crate) mod import_rows;
mod indexes;
mod list;
mod locks;
mod prepare;
mod read;
mod recompute;
mod references;
mod refresh;
mod render;
mod rewrite;
mod rights;
mod scripts;
mod stored_condition;
mod tidy;
mod totals;
pub(crate) mod undo;
pub(crate) mod unit;
mod values;
mod write;

use std::sync::Arc;

pub use actions::{Acted, Acting};
use app::Condition;
pub use app::language::{Format, Offset};
use jiff::tz::TimeZone;
use jsonb::Jsonb;
use model::{Actor, Error, Stamp, Timestamp};
use query::Direction;

pub use catalogue::{Catalogue, EntityRef};
pub(crate) use catalogue::{Inbound, State, collection_name};
pub(crate) use convert::{Lost, Step, Way};
pub(crate) use counting::Counting;
pub(crate) use indexes::{Indexed, of as indexes_of};
pub(crate) use recompute::{AllComputed, Recompute, stores_results};
pub(crate) use rewrite::{Rewrite, Taken};
pub(crate) use scripts::Scripts;
pub use scripts::script_faults;
pub(crate) use stored_condition::Stored as StoredCondition;
pub(crate) use tidy::tidy;
pub(crate) use totals::{Counted, Ledger, count, key_of, put_counted};

/// Who asks for something, and from where.
#[derive(Clone, Debug)]
pub struct Call {
    /// Who.
    pub actor: Arc<Actor>,
    /// The address it came from.
    pub ip: Option<String>,
    /// What sort of caller it is, for the history.
    pub category: Category,
}

/// Sorts of callers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Category {
    /// A person, or a program in his name.
    User,
    /// A script of the app; permissions are not asked.
    Script,
    /// The server itself; permissions are not asked.
    System,
}

impl Category {
    /// The word in histories.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "USER",
            Self::Script => "SCRIPT",
            Self::System => "SYSTEM",
        }
    }
}

impl Call {
    /// A stamp of a change: `context` is what did it, as in `entities.companies.update`.
    pub(crate) fn stamp(&self, now: Timestamp, context: &str) -> Stamp {
        let mut origin = jsonb::object()
            .field_str("category", self.category.as_str())
            .field_str("context", context);
        if let Some(ip) = &self.ip {
            origin = origin.field_str("ip", ip);
        }
        let origin = origin.finish().to_text().ok().map(Arc::from);
        Stamp {
            origin,
            ..Stamp::new(now, self.actor.doer())
        }
    }

    /// A call of a user.
    #[must_use]
    pub fn of(actor: &Arc<Actor>) -> Self {
        Self {
            actor: Arc::clone(actor),
            ip: None,
            category: Category::User,
        }
    }
}

/// The id by which records refer to a user.
pub(crate) fn user_id(actor: &Actor) -> String {
    actor.oid.clone()
}

/// How records are shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shape {
    /// Which fields, by path; a path stands for all within it. None: all of them.
    pub fields: Option<Vec<String>>,
    /// Relationships whose records are shown in their place.
    pub fetch: Vec<String>,
    /// How values are written.
    pub format: Format,
    /// The zone of times that people read; none: the app's.
    pub zone: Option<TimeZone>,
}

/// What to list.
#[derive(Clone, Debug)]
pub struct ListQuery {
    /// Which ones; none: all.
    pub filter: Option<Condition>,
    /// The field to sort by; `id` is the order of creation.
    pub sort_field: String,
    /// Which way.
    pub sort_direction: Direction,
    /// Where the page begins.
    pub offset: Option<Offset>,
    /// How many at most.
    pub size: u64,
    /// How they are shown.
    pub shape: Shape,
}

impl Default for ListQuery {
    /// The twenty newest.
    fn default() -> Self {
        Self {
            filter: None,
            sort_field: "id".to_owned(),
            sort_direction: Direction::Descending,
            offset: None,
            size: 20,
            shape: Shape::default(),
        }
    }
}

/// A page of records.
#[derive(Clone, Debug, PartialEq)]
pub struct Listing {
    /// How many there are on all pages.
    pub total: u64,
    /// The id of the last one; none when there is none.
    pub offset: Option<String>,
    /// Those of this page.
    pub items: Vec<Jsonb>,
}

/// Which records an operation on many is for.
#[derive(Clone, Debug)]
pub enum Selection {
    /// These, each once; an id that no record has is an outcome of its own.
    Ids(Vec<String>),
    /// Those that meet the condition; none: all.
    Filter(Option<Condition>),
}

/// How many records are deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeleteOptions {
    /// Whether the job, if it becomes one, runs only when there is room.
    pub low_priority: bool,
    /// Whether listeners hear of it.
    pub trigger_events: bool,
    /// Whether records that refer to the deleted ones are dealt with.
    pub cascade: bool,
}

impl Default for DeleteOptions {
    fn default() -> Self {
        Self {
            low_priority: false,
            trigger_events: true,
            cascade: true,
        }
    }
}

/// How an operation on one of many records went: what is answered for it, or why it was not done.
pub type Outcome = Result<Jsonb, Error>;

/// Which lines of a history.
#[derive(Clone, Debug, Default)]
pub struct HistoryQuery {
    /// Sorts of events; none: all.
    pub event_types: Option<Vec<String>>,
    /// Not before, in milliseconds.
    pub from: Option<i64>,
    /// Not after.
    pub to: Option<i64>,
    /// How many at most.
    pub size: u64,
    /// The id of the line that the page begins behind.
    pub after: Option<String>,
}
