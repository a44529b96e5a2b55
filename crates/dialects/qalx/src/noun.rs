//! The kinds of entities as the dialect serves them: one table, which every route, dto and document follows.

use engine::entities::EntityKind;

/// A kind of entity in the dialect.
#[derive(Debug)]
pub(crate) struct Noun {
    pub(crate) kind: EntityKind,
    /// The own fields that a client may send, in the order of the documentation.
    pub(crate) fields: &'static [&'static str],
    /// Own fields that stay when `PUT` does not name them: where the thing stands, not what it is.
    pub(crate) carried: &'static [&'static str],
}

impl Noun {
    /// The row of a kind.
    pub(crate) fn of(kind: EntityKind) -> &'static Self {
        let mut nouns = NOUNS.iter();
        nouns
            .find(|noun| noun.kind == kind)
            .expect("every kind has a row")
    }

    /// The word in paths.
    pub(crate) fn word(&self) -> &'static str {
        self.kind.as_str()
    }
}

/// Every kind.
pub(crate) static NOUNS: [Noun; 7] = [
    Noun {
        kind: EntityKind::Item,
        fields: &["data", "file"],
        carried: &[],
    },
    Noun {
        kind: EntityKind::Set,
        fields: &["items"],
        carried: &[],
    },
    Noun {
        kind: EntityKind::Group,
        fields: &["sets"],
        carried: &[],
    },
    Noun {
        kind: EntityKind::Bot,
        fields: &["name", "config", "host", "status", "state"],
        carried: &["status", "state", "workers"],
    },
    Noun {
        kind: EntityKind::Queue,
        fields: &["name", "parameters"],
        carried: &[],
    },
    Noun {
        kind: EntityKind::Blueprint,
        fields: &["name", "schema", "entity_type"],
        carried: &[],
    },
    Noun {
        kind: EntityKind::Factory,
        fields: &["name", "status", "plan", "stage", "stacks", "bots"],
        carried: &["status"],
    },
];
