//! A line of the log as it is shown.

use engine::app_logs::{Happening, LogEntry};
use serde::Serialize;
use serde_json::value::RawValue;

/// A line.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct View {
    id: String,
    #[serde(rename = "type")]
    kind: &'static str,
    sub_type: Option<&'static str>,
    level: &'static str,
    message: String,
    user_email: Option<String>,
    admin_user_email: Option<String>,
    timestamp: i64,
    ip: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    additional_info: Option<Box<RawValue>>,
}

impl From<LogEntry> for View {
    fn from(entry: LogEntry) -> Self {
        Self {
            id: entry.id,
            kind: entry.kind.as_str(),
            sub_type: entry.happening.map(Happening::as_str),
            level: entry.level.as_str(),
            message: entry.message,
            user_email: entry.user_email,
            admin_user_email: entry.admin_email,
            timestamp: entry.at.0,
            ip: entry.ip,
            additional_info: entry.info.and_then(|info| RawValue::from_string(info).ok()),
        }
    }
}
