//! Jobs as people read them.

use serde_json::Value;

use crate::table::table;

/// The fields of a job in the order in which they are shown.
const FIELDS: [&str; 12] = [
    "id",
    "request_id",
    "status",
    "result",
    "percent_completed",
    "operation",
    "entity",
    "file_name",
    "error_count",
    "created_by",
    "created_at",
    "updated_at",
];
/// Failures and log lines shown; `--json` has them all.
const MOST: usize = 20;

/// A page of the list.
pub(super) fn listing(listing: &Value) -> String {
    let entries = listing["entries"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    let rows: Vec<_> = entries
        .iter()
        .map(|job| {
            [
                text(&job["id"]),
                text(&job["status"]),
                percent(&job["percent_completed"]),
                text(&job["error_count"]),
                text(&job["operation"]),
                text(&job["entity"]),
                text(&job["created_by"]),
                text(&job["created_at"]),
            ]
        })
        .collect();
    let heading = [
        "ID",
        "STATUS",
        "DONE",
        "FAILED",
        "OPERATION",
        "ENTITY",
        "BY",
        "CREATED",
    ];
    let (page, pages, all) = (
        &listing["page"],
        &listing["total_pages"],
        &listing["total_entries"],
    );
    format!("{}\npage {page} of {pages}, {all} jobs", table(heading, &rows))
}

/// One job, with failures and log if they were fetched.
pub(super) fn job(job: &Value) -> String {
    let mut lines = Vec::new();
    for field in FIELDS {
        match &job[field] {
            Value::Null => {}
            value if field == "percent_completed" => lines.push(format!("{:17}  {}", "done", percent(value))),
            value => lines.push(format!("{field:17}  {}", text(value))),
        }
    }
    section(&mut lines, "failures", &job["errors"], failure);
    section(&mut lines, "log", &job["logs"], |line| {
        let [on, level, message] = ["created_at", "level", "message"].map(|key| text(&line[key]));
        format!("{on}  {level:5}  {message}")
    });
    lines.join("\n")
}

fn section(lines: &mut Vec<String>, name: &str, entries: &Value, line: fn(&Value) -> String) {
    let Some(entries) = entries.as_array().filter(|entries| !entries.is_empty()) else {
        return;
    };
    lines.push(format!("\n{name}:"));
    lines.extend(
        entries
            .iter()
            .take(MOST)
            .map(|entry| format!("  {}", line(entry))),
    );
    if entries.len() > MOST {
        lines.push("  … (--json has more)".to_owned());
    }
}

fn failure(entry: &Value) -> String {
    let messages = match &entry["messages"] {
        Value::Array(all) => all.iter().map(text).collect::<Vec<_>>().join("; "),
        other => text(other),
    };
    format!("row {}: {messages}", text(&entry["row"]))
}

fn percent(value: &Value) -> String {
    format!("{:.0} %", value.as_f64().unwrap_or(0.0) * 100.0)
}

/// A value as a cell: texts without quotes, nothing as a dash.
fn text(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
