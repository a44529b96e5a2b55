//! Reading a definition (`contracts/app_definition.md`): files to an [`App`] that holds what it promises.
//!
//! Everything wrong is told at once, with file, line and key, and nothing of a wrong definition is given. Reading has
//! two rounds: each file by itself, which notes what must be checked against others, then those checks. An entity that
//! cannot be read in the first round stays silent in the second, so that one mistake is one complaint.

mod action;
mod audit;
mod bounds;
mod calculation;
mod circle;
mod complaint;
mod cron;
mod default;
mod desk;
mod entity;
mod expression;
mod features;
mod field;
mod fits;
mod group;
mod json;
mod listener;
mod place;
mod relationship;
mod script;
mod source;
mod types;
mod users;
mod yaml;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

pub use complaint::Complaint;
pub(crate) use cron::times;
pub use source::Source;

use desk::{At, Desk, Map};
use place::{Place, place};
use script::Functions;
use yaml::Node;

use crate::App;

/// A definition that was read.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// What it says.
    pub app: App,
    /// Its files.
    pub source: Source,
}

/// Reads the definition in a folder.
///
/// # Errors
/// All that is wrong with it.
pub fn load(folder: &Path) -> Result<Loaded, Vec<Complaint>> {
    let source = Source::read(folder)?;
    let app = load_source(&source)?;
    Ok(Loaded { app, source })
}

/// Reads a definition from its texts.
///
/// # Errors
/// All that is wrong with it.
pub fn load_source(source: &Source) -> Result<App, Vec<Complaint>> {
    let desk = Desk::default();
    let trees = trees(&desk, source);
    let app = build(&desk, source, &trees);
    let complaints = desk.close(&app);
    if complaints.is_empty() {
        Ok(app)
    } else {
        Err(complaints)
    }
}

/// The YAML files that can be read as such, each with what it is.
type Trees<'s> = BTreeMap<&'s str, (Place, Option<Node>)>;

fn trees<'s>(desk: &Desk, source: &'s Source) -> Trees<'s> {
    let mut trees = Trees::new();
    for (path, text) in &source.files {
        match place(path) {
            Place::Elsewhere => {}
            Place::Nowhere(why) => desk.complain(path, 0, "", why),
            Place::Script(owner) if !source.files.contains_key(&owner) => {
                desk.complain(path, 0, "", format!("there is no {owner} that it belongs to"));
            }
            Place::Script(_) => {}
            place => drop(trees.insert(path, (place, tree(desk, path, text)))),
        }
    }
    trees
}

fn tree(desk: &Desk, path: &str, text: &str) -> Option<Node> {
    match yaml::parse(text) {
        Ok(Some(root)) => return Some(root),
        Ok(None) => desk.complain(path, 0, "", "is empty"),
        Err(refusal) => desk.complain(path, refusal.line, "", refusal.why),
    }
    None
}

fn build(desk: &Desk, source: &Source, trees: &Trees<'_>) -> App {
    let mut app = App::default();
    if !source.files.contains_key("app.yaml") {
        desk.complain("app.yaml", 0, "", "is missing");
    }
    for (path, (place, node)) in trees {
        let at = node.as_ref().map(|node| At::root(desk, path, node));
        let beside = format!("{}js", path.trim_end_matches("yaml"));
        let script = source.files.get(&beside).map(String::as_str);
        match place {
            Place::App => {
                if let Some(at) = at {
                    settings(&at, &mut app);
                }
            }
            Place::Entity(name) => {
                let functions = Functions::of(&beside, script);
                let read = at.and_then(|at| entity::entity(&at, name, &functions, script));
                let entity = read.unwrap_or_else(|| {
                    desk.unread(name);
                    entity::blank(name)
                });
                app.entities.insert(name.clone(), Arc::new(entity));
            }
            Place::Group(name) => {
                let group = at
                    .and_then(|at| group::group(&at, name))
                    .unwrap_or_else(|| group::blank(name));
                app.groups.insert(name.clone(), Arc::new(group));
            }
            Place::Listener(name) => {
                let functions = Functions::of(&beside, script);
                if let Some(listener) = at.and_then(|at| listener::listener(&at, name, &functions, script)) {
                    app.listeners.insert(name.clone(), Arc::new(listener));
                }
            }
            _ => {}
        }
    }
    app
}

/// What `app.yaml` says.
fn settings(at: &At<'_>, app: &mut App) {
    let Some(map) = at.map(&["name", "label", "environment", "timezone", "dynamicEntities"]) else {
        return;
    };
    if let Some(name) = map.need("name").and_then(At::name) {
        app.name = name.to_owned();
        app.label = map.label(name);
    }
    let words = ["dev", "staging", "prod"].map(|word| (word, word));
    app.environment = map
        .get("environment")
        .and_then(|at| at.word(&words))
        .map(str::to_owned);
    app.timezone = map
        .get("timezone")
        .and_then(timezone)
        .unwrap_or_else(|| "UTC".to_owned());
    app.dynamic_entities = map.flag("dynamicEntities");
}

/// The time zone it must be.
fn timezone(at: &At<'_>) -> Option<String> {
    let name = at.text()?;
    if jiff::tz::TimeZone::get(name).is_err() {
        at.complain(format!("there is no time zone `{}`", query::cut(name)));
        return None;
    }
    Some(name.to_owned())
}

/// Complains unless the name that is said is that of the file.
fn same_name(map: &Map<'_>, name: &str) {
    let Some(at) = map.need("name") else { return };
    if let Some(said) = at.text().filter(|said| *said != name) {
        at.complain(format!(
            "must be `{name}`, as the file is called, not `{}`",
            query::cut(said)
        ));
    }
}

/// Whether an entity has an action.
fn has_action(app: &App, entity: &str, name: &str) -> Result<(), String> {
    match app.entity(entity) {
        Some(found) if !found.actions.iter().any(|action| action.name == name) => {
            Err(format!("{entity} has no action `{name}`"))
        }
        _ => Ok(()),
    }
}
