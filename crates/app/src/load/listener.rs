//! Listeners.

use super::cron;
use super::desk::{At, Map};
use super::expression::condition;
use super::fits::Subject;
use super::relationship::texts;
use super::script::Functions;
use crate::{DataEvent, DataEventKind, JobEvent, Listener, Trigger};

const KEYS: &[&str] = &[
    "name",
    "label",
    "type",
    "entity",
    "events",
    "event",
    "cron",
    "timezone",
    "executeInBackground",
    "action",
];

/// Types of jobs, as clients read them.
const JOBS: &[(&str, &str)] = &[
    ("IMPORT_RECORDS", "IMPORT_RECORDS"),
    ("EXPORT_RECORDS", "EXPORT_RECORDS"),
    ("EXECUTE_ACTION", "EXECUTE_ACTION"),
    ("DELETE_RECORDS", "DELETE_RECORDS"),
    ("EXECUTE_LISTENER", "EXECUTE_LISTENER"),
    ("IMPORT_USERS", "IMPORT_USERS"),
    ("EXPORT_USERS", "EXPORT_USERS"),
];

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Data,
    Job,
    Time,
    Custom,
}

/// The listener of a file.
pub(super) fn listener(
    at: &At<'_>,
    name: &str,
    functions: &Functions,
    script: Option<&str>,
) -> Option<Listener> {
    let map = at.map(KEYS)?;
    super::same_name(&map, name);
    let kinds = [
        ("data", Kind::Data),
        ("job", Kind::Job),
        ("time", Kind::Time),
        ("custom", Kind::Custom),
    ];
    let function = map.need("action").and_then(|at| functions.name(at));
    let kind = map.need("type").and_then(|at| at.word(&kinds))?;
    let trigger = match kind {
        Kind::Data => data(&map),
        Kind::Job => jobs(&map),
        Kind::Time => time(&map),
        Kind::Custom => custom(&map),
    };
    Some(Listener {
        name: name.to_owned(),
        label: map.label(name),
        trigger: trigger?,
        in_background: map.flag("executeInBackground"),
        function: function?,
        script: script.map(str::to_owned),
    })
}

/// The events that there must be.
fn events<'d>(map: &Map<'d>) -> Option<Vec<At<'d>>> {
    let at = map.need("events")?;
    let items = at.list()?;
    if items.is_empty() {
        at.complain("holds no event");
        return None;
    }
    Some(items)
}

fn data(map: &Map<'_>) -> Option<Trigger> {
    map.refuse(&["event"], "is for listeners of type custom only");
    map.refuse(&["cron", "timezone"], "is for listeners of type time only");
    let entity = map.need("entity").and_then(|at| {
        let name = at.text()?.to_owned();
        let known = name.clone();
        at.later("", move |app| {
            app.entity(&known)
                .map(|_| ())
                .ok_or_else(|| format!("there is no entity `{known}`"))
        });
        Some(name)
    });
    let items = events(map);
    let entity = entity?;
    let read: Vec<_> = items?.iter().map(|at| data_event(at, &entity)).collect();
    let events = read.into_iter().collect::<Option<_>>()?;
    Some(Trigger::Data { entity, events })
}

fn data_event(at: &At<'_>, entity: &str) -> Option<DataEvent> {
    let map = at.map(&["type", "condition", "sources", "action"])?;
    let kinds = [
        ("recordCreated", 0),
        ("recordChanged", 1),
        ("recordDeleted", 2),
        ("conditionMet", 3),
        ("actionPerformed", 4),
    ];
    let kind = map.need("type").and_then(|at| at.word(&kinds))?;
    if kind != 4 {
        map.refuse(&["action"], "is for events of type actionPerformed only");
    }
    if kind == 3 {
        map.need("condition");
    }
    let kind = match kind {
        0 => DataEventKind::Created,
        1 => DataEventKind::Changed,
        2 => DataEventKind::Deleted,
        3 => DataEventKind::ConditionMet,
        _ => DataEventKind::Action(action(map.need("action")?, entity)?),
    };
    let subject = Subject::records(entity).without_user();
    let condition = match map.get("condition") {
        Some(at) => Some(condition(at, &subject)?),
        None => None,
    };
    let (by_users, by_scripts) = sources(&map);
    Some(DataEvent {
        kind,
        condition,
        by_users,
        by_scripts,
    })
}

fn action(at: &At<'_>, entity: &str) -> Option<String> {
    let name = at.text()?.to_owned();
    let (owner, known) = (entity.to_owned(), name.clone());
    at.later(entity, move |app| super::has_action(app, &owner, &known));
    Some(name)
}

/// Whose changes count: those of users, those of scripts; both unless said.
fn sources(map: &Map<'_>) -> (bool, bool) {
    let Some(at) = map.get("sources") else {
        return (true, true);
    };
    let words = [("userEvents", true), ("scriptEvents", false)];
    let said: Vec<bool> = at
        .list()
        .unwrap_or_default()
        .iter()
        .filter_map(|at| at.word(&words))
        .collect();
    if said.is_empty() {
        at.complain("names no source");
    }
    (said.contains(&true), said.contains(&false))
}

fn jobs(map: &Map<'_>) -> Option<Trigger> {
    map.refuse(&["entity"], "is for listeners of type data only");
    map.refuse(&["event"], "is for listeners of type custom only");
    map.refuse(&["cron", "timezone"], "is for listeners of type time only");
    let read: Vec<_> = events(map)?.iter().map(job_event).collect();
    let events = read.into_iter().collect::<Option<_>>()?;
    Some(Trigger::Job { events })
}

fn job_event(at: &At<'_>) -> Option<JobEvent> {
    let map = at.map(&["type", "jobs"])?;
    let finished = map
        .need("type")
        .and_then(|at| at.word(&[("jobStarted", false), ("jobFinished", true)]));
    let jobs = texts(&map.list("jobs"));
    let known = jobs
        .iter()
        .map(|(at, _)| at.word(JOBS).map(str::to_owned))
        .collect::<Vec<_>>();
    Some(JobEvent {
        finished: finished?,
        jobs: known.into_iter().collect::<Option<_>>()?,
    })
}

fn time(map: &Map<'_>) -> Option<Trigger> {
    map.refuse(&["entity"], "is for listeners of type data only");
    map.refuse(&["events"], "is for listeners of types data and job only");
    map.refuse(&["event"], "is for listeners of type custom only");
    let timezone = map.get("timezone").and_then(super::timezone);
    let at = map.need("cron")?;
    let cron = at.text()?;
    at.take(cron::check(cron))?;
    Some(Trigger::Time {
        cron: cron.to_owned(),
        timezone,
    })
}

fn custom(map: &Map<'_>) -> Option<Trigger> {
    map.refuse(&["entity"], "is for listeners of type data only");
    map.refuse(&["events"], "is for listeners of types data and job only");
    map.refuse(&["cron", "timezone"], "is for listeners of type time only");
    let event = map.need("event")?.name()?;
    Some(Trigger::Custom {
        event: event.to_owned(),
    })
}
