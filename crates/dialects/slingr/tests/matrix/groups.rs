//! The two groups of a case, as the model knows them and as the definition of the app spells them.

use std::fmt::Write;

/// When an entity rule holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum On {
    Always,
    Never,
    /// The record is in the state `open`.
    Open,
    /// The record has the mail address of the caller.
    Mine,
}

impl On {
    pub(crate) const ALL: [Self; 4] = [Self::Always, Self::Never, Self::Open, Self::Mine];

    fn spelled(self) -> &'static str {
        match self {
            Self::Always => "always",
            Self::Never => "never",
            Self::Open => "{state: open}",
            Self::Mine => "{mail: currentUser(email)}",
        }
    }
}

/// What a group allows with a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum May {
    Nothing,
    Read,
    Write,
}

impl May {
    fn spelled(self) -> &'static str {
        match self {
            Self::Nothing => "none",
            Self::Read => "readOnly",
            Self::Write => "readWrite",
        }
    }
}

/// The rules of a group for one entity. A field that is not named has no rule.
#[derive(Clone, Debug)]
pub(crate) struct Rules {
    pub(crate) read: On,
    pub(crate) create: On,
    pub(crate) update: On,
    pub(crate) delete: On,
    pub(crate) history: On,
    pub(crate) fields: Vec<(&'static str, May)>,
}

impl Rules {
    /// Every right on every record and field.
    pub(crate) fn all() -> Self {
        Self::of([On::Always; 5])
    }

    /// These rules for reading, creating, changing, deleting and looking back.
    pub(crate) fn of([read, create, update, delete, history]: [On; 5]) -> Self {
        Self {
            read,
            create,
            update,
            delete,
            history,
            fields: Vec::new(),
        }
    }

    pub(crate) fn with(mut self, field: &'static str, may: May) -> Self {
        self.fields.push((field, may));
        self
    }

    fn spell(&self, entity: &str, out: &mut String) {
        let Self {
            read,
            create,
            update,
            delete,
            history,
            ..
        } = self;
        writeln!(out, "  - entity: {entity}").unwrap();
        let rules = [
            ("read", read),
            ("create", create),
            ("update", update),
            ("delete", delete),
        ];
        for (name, on) in rules.into_iter().chain([("auditLogs", history)]) {
            writeln!(out, "    {name}: {}", on.spelled()).unwrap();
        }
        if !self.fields.is_empty() {
            writeln!(out, "    fields:").unwrap();
        }
        for (field, may) in &self.fields {
            writeln!(out, "      - {{field: {field}, permission: {}}}", may.spelled()).unwrap();
        }
    }
}

/// A group.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    pub(crate) tasks: Rules,
    pub(crate) teams: Rules,
}

impl Group {
    /// Everything.
    pub(crate) fn all() -> Self {
        Self {
            tasks: Rules::all(),
            teams: Rules::all(),
        }
    }

    pub(crate) fn rules(&self, entity: &str) -> &Rules {
        if entity == "teams" {
            &self.teams
        } else {
            &self.tasks
        }
    }

    /// The file of the definition.
    pub(crate) fn yaml(&self, name: &str) -> String {
        let mut out = format!("name: {name}\nlabel: {name}\nentityPermissions:\n");
        self.tasks.spell("tasks", &mut out);
        self.teams.spell("teams", &mut out);
        out
    }
}
