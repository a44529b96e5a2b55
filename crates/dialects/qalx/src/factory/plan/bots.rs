//! `factory.bots`: where the code of each bot comes from and how it is imported.

use yaml_serde::{Mapping, Value};

use super::faults::{Faults, Node};

/// The kinds of sources, of which a bot has one.
const SOURCES: [&str; 3] = ["path", "url", "pypi"];

pub(super) fn check(factory: &Node<'_>, parts: &Mapping, faults: &mut Faults) {
    let Some(bots) = factory.required("bots", parts, faults) else {
        return;
    };
    for bot in bots.some_members(faults) {
        let Some(settings) = bot.object(faults) else {
            continue;
        };
        if let Some(source) = bot.required("source", settings, faults) {
            check_source(&source, faults);
        }
        if let Some(place) = bot.required("bot_path", settings, faults) {
            check_import(&place, faults);
        }
        if let Some(requirements) = bot.optional("requirements_path", settings) {
            requirements.text(faults);
        }
    }
}

fn check_source(source: &Node<'_>, faults: &mut Faults) {
    let Some(settings) = source.object(faults) else {
        return;
    };
    let given: Vec<_> = SOURCES
        .iter()
        .filter_map(|kind| source.optional(kind, settings))
        .collect();
    match given.as_slice() {
        [one] => {
            one.text(faults);
        }
        several => faults.add(
            &source.path,
            format_args!(
                "exactly one of path, url and pypi is required, got {}",
                several.len()
            ),
        ),
    }
    if let Some(version) = source.optional("version", settings)
        && !matches!(version.value, Value::String(_) | Value::Number(_))
    {
        version.expected("a version", faults);
    }
}

/// `dotted.module:variable`.
fn check_import(place: &Node<'_>, faults: &mut Faults) {
    let Some(text) = place.text(faults) else {
        return;
    };
    let fits = text
        .split_once(':')
        .is_some_and(|(module, variable)| module.split('.').all(is_name) && is_name(variable));
    if !fits {
        place.expected("module.path:variable", faults);
    }
}

fn is_name(text: &str) -> bool {
    text.starts_with(|first: char| first.is_alphabetic() || first == '_')
        && text
            .chars()
            .all(|character| character.is_alphanumeric() || character == '_')
}
