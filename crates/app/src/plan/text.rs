//! A plan as people read it on a terminal: `+` comes, `~` changes, `-` goes.

use std::fmt;

use super::{Conversion, EntityChange, FieldChange, FieldChangeKind, Names, Plan};
use crate::{Entity, Index, indexes};

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return writeln!(f, "nothing changes");
        }
        if self.settings {
            writeln!(f, "~ settings of the app")?;
        }
        self.added.iter().try_for_each(|entity| added(f, entity))?;
        self.changed.iter().try_for_each(|change| changed(f, change))?;
        for name in &self.removed {
            writeln!(f, "- entity {name}, with all its records")?;
        }
        names(f, "group", &self.groups)?;
        names(f, "listener", &self.listeners)
    }
}

fn added(f: &mut fmt::Formatter<'_>, entity: &Entity) -> fmt::Result {
    let fields = count(entity.fields.0.len(), "field", "fields");
    let indexes = count(indexes::of(entity).len(), "index", "indexes");
    writeln!(f, "+ entity {} ({fields}, {indexes})", entity.name)
}

fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

fn changed(f: &mut fmt::Formatter<'_>, change: &EntityChange) -> fmt::Result {
    writeln!(f, "~ entity {}", change.entity)?;
    change.fields.iter().try_for_each(|change| field(f, change))?;
    change
        .indexes_added
        .iter()
        .try_for_each(|index| writeln!(f, "    + {}", index_text(index)))?;
    change
        .indexes_removed
        .iter()
        .try_for_each(|index| writeln!(f, "    - {}", index_text(index)))?;
    if change.behaviour {
        writeln!(f, "    ~ labels, order, history, actions or functions")?;
    }
    if !change.conversions.is_empty() {
        writeln!(f, "    every record is rewritten:")?;
        for conversion in &change.conversions {
            writeln!(f, "      {}", conversion_text(conversion))?;
        }
    }
    Ok(())
}

fn field(f: &mut fmt::Formatter<'_>, change: &FieldChange) -> fmt::Result {
    let path = &change.path;
    match &change.kind {
        FieldChangeKind::Added(name) => writeln!(f, "    + field {path}: {name}"),
        FieldChangeKind::Removed => writeln!(f, "    - field {path}, with its values"),
        FieldChangeKind::Retyped { from, to } => writeln!(f, "    ~ field {path}: {from} becomes {to}"),
        FieldChangeKind::Multiplicity { many: true } => {
            writeln!(f, "    ~ field {path}: one value becomes many")
        }
        FieldChangeKind::Multiplicity { many: false } => {
            writeln!(f, "    ~ field {path}: many values become one")
        }
        FieldChangeKind::Rules => writeln!(f, "    ~ field {path}: label or rules"),
    }
}

fn index_text(index: &Index) -> String {
    let unique = if index.unique { "unique index" } else { "index" };
    format!("{unique} on {}", index.fields.join(", "))
}

fn conversion_text(conversion: &Conversion) -> String {
    match conversion {
        Conversion::Drop(path) => format!("{path} is dropped"),
        Conversion::Retype(path) => format!("{path} is converted; what cannot be is dropped"),
        Conversion::ToMany(path) => format!("{path} becomes a list"),
        Conversion::ToOne(path) => format!("of {path} the first value stays"),
        Conversion::Fill(path) => format!("{path} gets its first value"),
        Conversion::Number(path) => format!("{path} is counted up in the order of creation"),
        Conversion::Copy(path) => format!("{path} copies the other record again"),
        Conversion::Calculate(path) => format!("{path} is computed"),
        Conversion::Label(None) => "its label is made anew".to_owned(),
        Conversion::Label(Some(path)) => format!("the labels of {path} are made anew"),
        Conversion::Keys => "its keys in indexes over several fields are made anew".to_owned(),
    }
}

fn names(f: &mut fmt::Formatter<'_>, what: &str, names: &Names) -> fmt::Result {
    let signs = [("+", &names.added), ("~", &names.changed), ("-", &names.removed)];
    for (sign, names) in signs {
        names
            .iter()
            .try_for_each(|name| writeln!(f, "{sign} {what} {name}"))?;
    }
    Ok(())
}
