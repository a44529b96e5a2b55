//! What a file of a definition is, by its path.

use super::desk::check_name;

/// What a file is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// `app.yaml`.
    App,
    /// The entity of this full name.
    Entity(String),
    /// The group of this name.
    Group(String),
    /// The listener of this name.
    Listener(String),
    /// Functions of the definition at this path.
    Script(String),
    /// Not of a definition: a text about it, sample data.
    Elsewhere,
    /// Looks like a part of a definition, but is none.
    Nowhere(String),
}

/// What the file at this path is.
pub(super) fn place(path: &str) -> Place {
    let Some((stem, kind)) = path
        .rsplit_once('.')
        .filter(|(_, kind)| matches!(*kind, "yaml" | "yml" | "js"))
    else {
        return Place::Elsewhere;
    };
    if kind == "yml" {
        return Place::Nowhere(format!("must be called {stem}.yaml"));
    }
    if path == "app.yaml" {
        return Place::App;
    }
    let (folder, name) = stem.split_once('/').unwrap_or(("", stem));
    if !matches!(folder, "entities" | "listeners") && (folder != "groups" || kind == "js") {
        return Place::Nowhere(
            "is in no place of a definition: there are app.yaml, entities, groups, listeners".into(),
        );
    }
    if name.contains('/') && folder != "entities" {
        return Place::Nowhere(format!("is too deep: {folder} have no folders"));
    }
    if let Err(why) = name.split('/').try_for_each(check_name) {
        return Place::Nowhere(why);
    }
    if kind == "js" {
        return Place::Script(format!("{stem}.yaml"));
    }
    match folder {
        "entities" if name.starts_with("sys/") || name == "sys" => {
            Place::Nowhere("the name sys is taken".into())
        }
        "entities" => Place::Entity(name.replace('/', ".")),
        "groups" => Place::Group(name.to_owned()),
        _ => Place::Listener(name.to_owned()),
    }
}
