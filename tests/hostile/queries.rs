//! Parameters that cannot be read: `bad-value`, 422, or `bad-request`, 400, naming the parameter and its value.

use super::answer::Form;
use super::row::{Call, Row};

/// Lists with pages.
const LISTS: &[(&str, Form)] = &[
    ("/api/v1/jobs/jobs", Form::Article),
    ("/api/v1/jobs/files", Form::Article),
    ("/api/v1/jobs/failedjobs", Form::Article),
    ("/api/v1/jobs/failedarticles", Form::Article),
    ("/api/v1/jobs/failedfiles", Form::Article),
    ("/api/v1/jobs/successfulfiles", Form::Article),
    ("/api/v2/jobs", Form::Fusion),
    ("/api/v2/jobs/1/errors", Form::Fusion),
    ("/api/v2/jobs/1/results", Form::Fusion),
    ("/api/v2/jobs/1/logs", Form::Fusion),
];

/// Pages that are none.
const PAGES: &[&str] = &[
    "page=0",
    "page=-1",
    "page=abc",
    "page=",
    "page=1.5",
    "page=1e3",
    "page=0x1",
    "page=+1",
    "page=1%20",
    "page=%D9%A1",
    "page=NaN",
    "page=null",
    "page=18446744073709551616",
    "page=99999999999999999999999999",
    "page=1&page=2",
    "per_page=0",
    "per_page=-5",
    "per_page=10001",
    "per_page=abc",
    "per_page=[]",
    "per_page=18446744073709551615",
    "per_page=1'--",
];

/// What is no text.
const UNREADABLE: &[(&str, &str)] = &[
    ("page=%zz", "incomplete escape"),
    ("page=%", "incomplete escape"),
    ("%zz=1", "incomplete escape"),
    ("page=%ff", "not valid UTF-8"),
    ("x=%c0%af", "not valid UTF-8"),
    ("page=1%00", "NUL"),
    ("%00=1", "NUL"),
];

/// Filters of the listing of jobs.
const FILTERS: &[&str] = &[
    "id=abc",
    "id=1.5",
    "id=",
    "id=9223372036854775808",
    "id=1&id=2",
    "created_time_from=yesterday",
    "created_time_from=",
    "created_time_from=2020-13-01",
    "created_time_from=2020-02-30",
    "created_time_to=2020-01-01T25:00:00Z",
    "created_time_to=99999-01-01T00:00:00Z",
    "created_time_to=1577836800",
    "updated_time_from=2020-01-01T00:00:00%2B99:00",
    "updated_time_to=%00",
];

pub(crate) fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    for (path, form) in LISTS {
        for query in PAGES {
            let name = query.split('=').next().unwrap_or_default();
            rows.push(refused(path, query, 422, *form).says(name));
        }
        for (query, says) in UNREADABLE {
            rows.push(refused(path, query, 400, *form).says(*says));
        }
    }
    for query in FILTERS {
        let (name, value) = query.split_once('=').expect("a filter has a value");
        let status = if value == "%00" { 400 } else { 422 };
        rows.push(refused("/api/v2/jobs", query, status, Form::Fusion).says(name));
    }
    for query in [
        "level=DEBUG",
        "level=",
        "level=5",
        "level=INFO&level=WARN",
        "text=a&text=b",
    ] {
        let name = query.split('=').next().unwrap_or_default();
        rows.push(refused("/api/v2/jobs/1/logs", query, 422, Form::Fusion).says(name));
    }
    rows
}

fn refused(path: &str, query: &str, status: u16, form: Form) -> Row {
    let path = format!("{path}?{query}");
    Call::user("GET", &path).refused(path.as_str(), status, form)
}
