//! Sorts of events, and which of them are told.
//!
//! The store knows four: made, changed, removed, and that something was done. Clients know more, for a change by a user is another one than a change by
//! a script; what a line was written by stands in its origin.

use app::Audit;
use jsonb::Jsonb;
use model::{Change, ChangeEvent, Code, Error};

use crate::records::Category;

use ChangeEvent::{Created, Deleted, Performed, Updated};

const CASCADE: &str = "SYSTEM_CASCADE_UPDATE";
const REFACTORING: &str = "SYSTEM_REFACTORING";

/// All sorts of events, with those of the store that they can be.
const TYPES: [(&str, &[ChangeEvent]); 10] = [
    ("USER_RECORD_CREATED", &[Created]),
    ("USER_RECORD_CHANGED", &[Updated]),
    ("USER_RECORD_DELETED", &[Deleted]),
    ("USER_ACTION_PERFORMED", &[Performed]),
    ("SCRIPT_RECORD_CREATED", &[Created]),
    ("SCRIPT_RECORD_CHANGED", &[Updated]),
    ("SCRIPT_RECORD_DELETED", &[Deleted]),
    ("SCRIPT_ACTION_PERFORMED", &[Performed]),
    (CASCADE, &[Created, Updated, Deleted]),
    (REFACTORING, &[Created, Updated, Deleted]),
];

/// Where a change came from, as its line says.
pub(super) struct Origin {
    pub(super) category: Category,
    pub(super) context: Option<String>,
    pub(super) ip: Option<String>,
    refactoring: bool,
}

impl Origin {
    /// A line that says nothing is the server's own.
    pub(super) fn of(line: &Change) -> Self {
        let origin = line.stamp.origin.as_deref();
        let origin = origin.and_then(|text| Jsonb::parse(text.as_bytes(), &jsonb::Limits::default()).ok());
        let text = |key: &str| {
            let value = origin.as_ref()?.root().get(key).ok().flatten()?;
            Some(value.as_str().ok().flatten()?.into_owned())
        };
        let category = text("category").unwrap_or_default();
        let known = [Category::User, Category::Script];
        Self {
            category: known
                .into_iter()
                .find(|known| known.as_str() == category)
                .unwrap_or(Category::System),
            context: text("context"),
            ip: text("ip"),
            refactoring: text("event").is_some_and(|event| event == REFACTORING),
        }
    }

    /// The sort of event that a change from here is.
    pub(super) fn event_type(&self, event: ChangeEvent) -> &'static str {
        match (self.category, event) {
            (Category::User, Created) => "USER_RECORD_CREATED",
            (Category::User, Updated) => "USER_RECORD_CHANGED",
            (Category::User, Deleted) => "USER_RECORD_DELETED",
            (Category::User, Performed) => "USER_ACTION_PERFORMED",
            (Category::Script, Created) => "SCRIPT_RECORD_CREATED",
            (Category::Script, Updated) => "SCRIPT_RECORD_CHANGED",
            (Category::Script, Deleted) => "SCRIPT_RECORD_DELETED",
            (Category::Script, Performed) => "SCRIPT_ACTION_PERFORMED",
            (Category::System, _) if self.refactoring => REFACTORING,
            (Category::System, _) => CASCADE,
        }
    }
}

/// What did a change, as its line says.
pub(in crate::records) fn context_of(line: &Change) -> Option<String> {
    Origin::of(line).context
}

/// Sorts of events that are asked for and kept.
pub(super) struct Wanted {
    types: Vec<&'static str>,
    events: Vec<ChangeEvent>,
    by_event: bool,
}

impl Wanted {
    /// Of these names, or of all, those that the settings keep.
    ///
    /// # Errors
    /// `bad-request` for a name that no sort of events has.
    pub(super) fn of(audit: &Audit, names: Option<&[String]>) -> Result<Self, Error> {
        let known = |name: &String| TYPES.iter().any(|(known, _)| known == name);
        if let Some(unknown) = names.into_iter().flatten().find(|name| !known(name)) {
            let all = TYPES.map(|(name, _)| name).join(", ");
            let message = format!("there are no events {unknown:?}; there are {all}");
            return Err(Error::of_field(
                Code::BadRequest,
                "eventTypes".to_owned(),
                message,
            ));
        }
        let asked = |name: &str| names.is_none_or(|names| names.iter().any(|asked| asked == name));
        let is_in = |name: &str| is_kept(audit, name) && asked(name);
        let of = |event: ChangeEvent| TYPES.iter().filter(move |(_, events)| events.contains(&event));
        let events: Vec<_> = [Created, Updated, Deleted, Performed]
            .into_iter()
            .filter(|event| of(*event).any(|(name, _)| is_in(name)))
            .collect();
        Ok(Self {
            types: TYPES
                .map(|(name, _)| name)
                .into_iter()
                .filter(|name| is_in(name))
                .collect(),
            by_event: events.iter().all(|event| of(*event).all(|(name, _)| is_in(name))),
            events,
        })
    }

    /// What the store calls them.
    pub(super) fn events(&self) -> &[ChangeEvent] {
        &self.events
    }

    /// Whether that says it all: every line with one of those events is wanted, whatever its origin.
    pub(super) fn is_by_event(&self) -> bool {
        self.by_event
    }

    /// Whether a line with one of those events is wanted.
    pub(super) fn has(&self, line: &Change) -> bool {
        self.by_event || self.types.contains(&Origin::of(line).event_type(line.event))
    }
}

/// Whether the settings keep a sort of events.
fn is_kept(audit: &Audit, name: &str) -> bool {
    let (of, what) = match name.split_once('_') {
        Some(("USER", what)) => (audit.users, what),
        Some(("SCRIPT", what)) => (audit.scripts, what),
        _ => return audit.system,
    };
    match what {
        "RECORD_CREATED" => of.created,
        "RECORD_CHANGED" => of.changed,
        "RECORD_DELETED" => of.deleted,
        _ => of.actions,
    }
}
