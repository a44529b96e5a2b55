//! Listeners: functions that run when something happens.

use crate::{Condition, FunctionName};

/// A listener.
#[derive(Clone, Debug, PartialEq)]
pub struct Listener {
    /// Name.
    pub name: String,
    /// Label.
    pub label: String,
    /// What it listens to.
    pub trigger: Trigger,
    /// Whether it runs as a job, after the change that it heard of.
    pub in_background: bool,
    /// The function, in its own file.
    pub function: FunctionName,
    /// The text of its JavaScript file.
    pub script: Option<String>,
}

/// What a listener listens to.
#[derive(Clone, Debug, PartialEq)]
pub enum Trigger {
    /// Changes of records.
    Data {
        /// Of this entity.
        entity: String,
        /// Which ones.
        events: Vec<DataEvent>,
    },
    /// Jobs.
    Job {
        /// Which ones.
        events: Vec<JobEvent>,
    },
    /// A time table, once per time over all nodes.
    Time {
        /// Second, minute, hour, day, month, weekday.
        cron: String,
        /// The zone; none is that of the app.
        timezone: Option<String>,
    },
    /// An event that scripts send.
    Custom {
        /// Its name.
        event: String,
    },
}

/// A change of records.
#[derive(Clone, Debug, PartialEq)]
pub struct DataEvent {
    /// What happened.
    pub kind: DataEventKind,
    /// Which records.
    pub condition: Option<Condition>,
    /// Whether changes by users count.
    pub by_users: bool,
    /// Whether changes by scripts count.
    pub by_scripts: bool,
}

/// What may happen to records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DataEventKind {
    /// One was made.
    Created,
    /// One was changed.
    Changed,
    /// One was deleted.
    Deleted,
    /// One meets a condition that it did not meet before.
    ConditionMet,
    /// This action was performed.
    Action(String),
}

/// What may happen to jobs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobEvent {
    /// Whether the end is meant; else the start.
    pub finished: bool,
    /// Types of jobs as clients read them (`IMPORT_RECORDS`); empty: any.
    pub jobs: Vec<String>,
}
