//! Requests of the article API.

use super::chance::{Chance, encoded, quoted};
use super::pair::{Ask, USERS};

/// What the requests before have made known.
#[derive(Default)]
pub(super) struct Known {
    exports: Vec<String>,
    files: u32,
}

/// Operations of delta files, one of them unknown.
const OPERATIONS: &[&str] = &[
    "add-article",
    "add-article",
    "replace-article",
    "delete-article",
    "add-article-feature",
    "replace-article-feature",
    "delete-article-feature",
    "turn-article",
];
const FIELDS: &[&str] = &[
    "F_2", "F_3", "F_5", "F_80000", "F_80004", "C_75000", "C_75001", "F_x", "name",
];
const MAILS: &[&str] = &[
    "eve@example.com",
    "Eve@example.com",
    "finn@example.com",
    "gül@example.com",
    "no mail",
    "",
];

fn article(chance: &mut Chance) -> String {
    match chance.below(30) {
        0 if chance.errs(1) => chance.word().to_owned(),
        1 => "Ä/1".to_owned(),
        2 => "a b?c".to_owned(),
        _ => format!("A{}", chance.below(25)),
    }
}

/// Pairs of some fields.
fn fields(chance: &mut Chance) -> String {
    let mut fields = String::new();
    for _ in 0..chance.below(4) {
        let name = chance.fit(FIELDS, 7);
        let value = if chance.errs(3) {
            chance.json(1)
        } else {
            quoted(&chance.text())
        };
        fields.push_str(&format!(",{}:{value}", quoted(name)));
    }
    fields
}

fn operation(chance: &mut Chance) -> String {
    if chance.errs(20) {
        return chance.broken();
    }
    let (what, id) = (chance.of(OPERATIONS), quoted(&article(chance)));
    format!(
        r#"{{"operation":"{what}","articleData":{{"F_1":{id}{}}}}}"#,
        fields(chance)
    )
}

/// A delta file of some operations, in one of its forms.
fn delta(chance: &mut Chance, known: &mut Known) -> Ask {
    let operations: Vec<_> = (0..1 + chance.below(12)).map(|_| operation(chance)).collect();
    let ask = Ask::new("POST", "/api/v1/articles/delta-update");
    known.files += 1;
    let name = format!("file-{}.json", known.files);
    match chance.below(5) {
        0 => ask
            .header("x-file-name", name)
            .json(format!("[{}]", operations.join(","))),
        1 => ask
            .header("x-file-name", name)
            .json(format!("{{\"operations\":[{}]}}", operations.join(","))),
        2 => {
            let (kind, body) = form(&name, "application/json", operations.join("\n").as_bytes());
            ask.header("content-type", kind).body(body)
        }
        _ => ask
            .header("x-file-name", name)
            .header("content-type", "application/x-ndjson")
            .body(operations.join("\n")),
    }
}

/// A form with one file.
pub(super) fn form(name: &str, kind: &str, content: &[u8]) -> (String, Vec<u8>) {
    let name = name.replace('"', "%22");
    let head = format!(
        "--limit\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{name}\"\r\ncontent-type: {kind}\r\n\r\n"
    );
    let body = [head.as_bytes(), content, b"\r\n--limit--\r\n"].concat();
    ("multipart/form-data; boundary=limit".to_owned(), body)
}

/// Parameters of a page.
fn page(chance: &mut Chance) -> String {
    match chance.below(8) {
        0 => "?page=2&per_page=3".to_owned(),
        1 => "?page=1&per_page=2".to_owned(),
        2 => "?page=0".to_owned(),
        3 => format!("?page={}", encoded(chance.word())),
        4 => "?per_page=100000".to_owned(),
        5 => format!("?page={}&per_page=5", chance.below(30)),
        _ => String::new(),
    }
}

fn admin(chance: &mut Chance) -> Ask {
    let mail = quoted(chance.fit(MAILS, 3));
    match chance.weighted(&[3, 4, 1, 2]) {
        0 => {
            let password = chance.fit(&["Z{Vz:Ui?", "correct horse", "short"], 2);
            let name = quoted(chance.word());
            let body = format!(r#"{{"name":{name},"email":{mail},"password":"{password}"}}"#);
            Ask::new("POST", "/api/v1/admin/create-user").json(body)
        }
        1 => Ask::new("GET", "/api/v1/admin/users"),
        2 => Ask::new("DELETE", "/api/v1/admin/user").json(format!(r#"{{"email":{mail}}}"#)),
        _ => Ask::new("POST", "/api/v1/admin/user/renew").json(format!(r#"{{"email":{mail}}}"#)),
    }
}

fn export(chance: &mut Chance, known: &Known) -> Ask {
    let Some(id) = chance.any(&known.exports).filter(|_| !chance.once_in(3)) else {
        let format = chance.fit(&["csv", "xml", "json", "pdf"], 3);
        let more = match (chance.below(3), chance.any(&known.exports)) {
            (0, Some(since)) => format!(",\"since\":{since}"),
            (1, _) => ",\"since\":\"2001-01-01\"".to_owned(),
            _ => String::new(),
        };
        let body = format!("{{\"format\":\"{format}\"{more}}}");
        return Ask::new("POST", "/api/v1/articles/export").json(body);
    };
    let more = chance.of(&["", "/download"]);
    let ask = Ask::new("GET", format!("/api/v1/articles/export/{id}{more}"));
    if chance.once_in(4) {
        ask.header("range", "bytes=2-40")
    } else {
        ask
    }
}

/// A request.
pub(super) fn ask(chance: &mut Chance, known: &mut Known) -> Ask {
    const LISTS: &[&str] = &[
        "job",
        "jobs",
        "files",
        "failedjob",
        "failedjobs",
        "failedarticles",
        "failedfiles",
        "successfulfiles",
    ];
    let ask = match chance.weighted(&[20, 12, 12, 6, 10, 16, 3, 5]) {
        0 => Ask::new("GET", format!("/api/v1/articles/{}", encoded(&article(chance)))),
        1 => delta(chance, known),
        2 => {
            let path = chance.of(&["/api/v1/articles", "/api/v1/articles/update"]);
            let (from, to) = (quoted(&article(chance)), quoted(&article(chance)));
            let body = match chance.errs(3) {
                true => chance.broken(),
                false => format!(r#"{{"F_1":{from},"customNumber":{to}{}}}"#, fields(chance)),
            };
            Ask::new("POST", path).json(body)
        }
        3 => Ask::new(
            "GET",
            format!("/api/v1/articles/delete/{}", encoded(&article(chance))),
        ),
        4 => admin(chance),
        5 => Ask::new(
            "GET",
            format!("/api/v1/jobs/{}{}", chance.of(LISTS), page(chance)),
        ),
        6 => Ask::new(
            "GET",
            format!(
                "/api/v1/jobs/{}",
                chance.of(&["clear", "clearsuccessful", "flush", "flush"])
            ),
        ),
        _ => export(chance, known),
    };
    let who = match chance.below(12) {
        0 => None,
        1 => Some(chance.below(USERS.len())),
        _ => Some(0),
    };
    ask.by(who)
}

/// Learns from an answer.
pub(super) fn learn(ask: &Ask, told: &serde_json::Value, known: &mut Known) {
    if ask.path == "/api/v1/articles/export"
        && let Some(id) = told["data"]["id"].as_u64()
    {
        known.exports.push(id.to_string());
    }
}
