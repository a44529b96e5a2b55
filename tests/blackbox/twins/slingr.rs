//! Requests of the API of apps, on the example app.

use serde_json::{Value, json};

use super::chance::{Chance, encoded, quoted};
use super::light100::form;
use super::pair::{Ask, PASSWORD, USERS};

const ROOT: &str = "/prod/runtime/api";
const ENTITIES: &[&str] = &[
    "companies",
    "companies",
    "companies",
    "contacts",
    "contacts",
    "crm.opportunities",
    "files",
];
const MAILS: &[&str] = &[
    "gil@example.com",
    "hal@example.com",
    "ida@example.com",
    "sam@example.com",
    "none@example.com",
];

/// What the requests before have made known.
#[derive(Default)]
pub(super) struct Known {
    records: Vec<(String, String)>,
    files: Vec<String>,
    /// Files of records.
    held: Vec<(String, String, String)>,
    shares: Vec<String>,
    jobs: Vec<String>,
    sessions: Vec<String>,
    users: Vec<String>,
    offsets: Vec<String>,
    names: u32,
}

fn id(chance: &mut Chance, known: &Known, entity: &str) -> String {
    match chance.below(6) {
        0 if chance.errs(1) => "588775f63b063a0007604f4c".to_owned(),
        1 if chance.errs(1) => encoded(chance.word()) + "x",
        _ => {
            let own: Vec<_> = known.records.iter().filter(|(of, _)| of == entity).collect();
            chance
                .any(&own)
                .map_or_else(|| "none".to_owned(), |(_, id)| id.clone())
        }
    }
}

/// A value that a field of this name may have, or nearly.
fn value(chance: &mut Chance, known: &Known, field: &str) -> String {
    if chance.errs(10) {
        return chance.json(1);
    }
    match field {
        "state" => quoted(chance.fit(&["pending", "active", "closed", "active", "open"], 4)),
        "type" => quoted(chance.fit(&["a", "b", "c", "a", "d"], 4)),
        "stage" => quoted(chance.fit(&["open", "won", "lost", "gone"], 3)),
        "numberOfEmployees" | "numberOfSkills" => chance
            .fit(&["0", "1", "95", "7", "100", "\"12\"", "-1", "1.5"], 5)
            .to_owned(),
        "isCustomer" => chance.fit(&["true", "false", "\"true\"", "null"], 2).to_owned(),
        "contactInformation" => {
            let mail = chance.fit(&["a@b.com", "no mail", "gül@example.com"], 1);
            format!(
                "{{\"phoneNumber\":\"1-702-845-93{}0\",\"email\":{}}}",
                chance.below(9),
                quoted(mail)
            )
        }
        "addresses" => {
            let one = |chance: &mut Chance| {
                let state = quoted(chance.of(&["NV", "CA", "ä"]));
                let zip = chance.fit(&["89145", "1", "00000"], 1);
                format!(
                    "{{\"city\":{},\"state\":{state},\"zipCode\":\"{zip}\"}}",
                    quoted(chance.word())
                )
            };
            let list: Vec<_> = (0..chance.below(3)).map(|_| one(chance)).collect();
            format!("[{}]", list.join(","))
        }
        "homepage" => quoted(&format!("http://www.h{}.com", chance.below(30))),
        "taxId" => quoted(&format!("{}50-KWM", chance.below(10))),
        "code" => quoted(&format!("AB-{}", chance.below(20))),
        "rating" => chance
            .fit(
                &["\"2.8\"", "\"12345678901234567890.5\"", "3", "\"2.80\"", "\"x\""],
                4,
            )
            .to_owned(),
        "lastMeeting" => chance
            .fit(&["1429623180000", "0", "-1000", "\"2015-04-21\"", "1.5"], 3)
            .to_owned(),
        "closeDate" => chance
            .fit(&["\"2015-04-21\"", "\"2015-02-30\"", "\"2016-02-29\"", "7"], 1)
            .to_owned(),
        "birthday" => chance.fit(&["\"02-29\"", "\"12-31\"", "\"13-01\""], 2).to_owned(),
        "amount" => chance
            .fit(&["10.25", "\"10.255\"", "0", "-1", "1e3"], 1)
            .to_owned(),
        "probability" => chance.fit(&["0.5", "1", "1.1", "0"], 2).to_owned(),
        "place" => format!(
            "{{\"latitude\":{}.5,\"longitude\":{}}}",
            chance.below(80),
            chance.below(170)
        ),
        "duration" => chance.fit(&["3600000", "\"1h\"", "-5"], 1).to_owned(),
        "color" => chance.fit(&["\"#ff0000\"", "\"red\"", "\"#FFF\""], 1).to_owned(),
        "team" => chance
            .fit(&["\"sales\"", "\"managers\"", "\"readers\""], 2)
            .to_owned(),
        "email" => quoted(&format!("c{}@example.com", chance.below(40))),
        "skills" => format!("[{},{}]", quoted(chance.word()), quoted(chance.word())),
        "phoneNumbers" => "[\"1-702-845-9380\"]".to_owned(),
        "address" => format!("{{\"city\":{},\"state\":\"NV\"}}", quoted(chance.word())),
        "company" | "parent" => reference(chance, known, "companies"),
        "contacts" => format!("[{}]", reference(chance, known, "contacts")),
        "owner" => quoted(USERS[chance.below(USERS.len())].0),
        "logo" | "file" => format!(
            "{{\"id\":{}}}",
            quoted(&chance.any(&known.files).unwrap_or_default())
        ),
        "attachments" => {
            let file = quoted(&chance.any(&known.files).unwrap_or_default());
            format!("[{{\"id\":{file}}}]")
        }
        _ => quoted(&chance.text()),
    }
}

fn reference(chance: &mut Chance, known: &Known, entity: &str) -> String {
    let id = quoted(&id(chance, known, entity));
    match chance.below(4) {
        0 if chance.errs(1) => quoted(chance.word()),
        1 => id,
        _ => format!("{{\"id\":{id}}}"),
    }
}

fn fields_of(entity: &str) -> &'static [&'static str] {
    match entity {
        "companies" => &[
            "name",
            "state",
            "type",
            "numberOfEmployees",
            "isCustomer",
            "contactInformation",
            "addresses",
            "homepage",
            "taxId",
            "rating",
            "notes",
            "lastMeeting",
            "parent",
            "logo",
            "score",
        ],
        "contacts" => &[
            "firstName",
            "lastName",
            "email",
            "phoneNumbers",
            "company",
            "numberOfSkills",
            "skills",
            "address",
            "birthday",
            "owner",
            "remarks",
        ],
        "files" => &["name", "description", "file", "attachments"],
        _ => &[
            "title",
            "code",
            "company",
            "contacts",
            "stage",
            "amount",
            "probability",
            "closeDate",
            "lostReason",
            "place",
            "duration",
            "color",
            "team",
            "channel",
        ],
    }
}

fn required_of(entity: &str) -> &'static [&'static str] {
    match entity {
        "companies" => &["name", "type"],
        "contacts" => &["firstName", "lastName"],
        "files" => &["name"],
        _ => &["title", "company"],
    }
}

fn record(chance: &mut Chance, known: &mut Known, entity: &str, whole: bool) -> String {
    if chance.errs(6) {
        return chance.broken();
    }
    known.names += 1;
    let mut parts = Vec::new();
    for field in fields_of(entity) {
        let is_required = whole && required_of(entity).contains(field) && !chance.errs(5);
        if !is_required && !chance.once_in(5) {
            continue;
        }
        // Names are unique: most of them are new.
        let value = match *field {
            "name" | "title" if !chance.errs(2) => quoted(&format!("{} {}", chance.word(), known.names)),
            field => value(chance, known, field),
        };
        let cleared = !whole && chance.once_in(8);
        parts.push(format!("\"{field}\":{}", if cleared { "null" } else { &value }));
    }
    if !whole && chance.errs(3) {
        parts.push(format!("\"version\":{}", chance.below(4)));
    }
    if chance.errs(8) {
        parts.push("\"nothing\":1".to_owned());
    }
    format!("{{{}}}", parts.join(","))
}

/// Conditions as parameters.
fn conditions(chance: &mut Chance, known: &Known, entity: &str) -> Vec<String> {
    let mut conditions = Vec::new();
    for _ in 0..chance.below(3) {
        let field = chance.of(fields_of(entity));
        let mut plain = value(chance, known, field).trim_matches('"').to_owned();
        if plain.len() > 300 {
            plain = "long".to_owned();
        }
        let plain = match field {
            "contactInformation" | "address" | "addresses" => {
                conditions.push(format!(
                    "{field}.{}={}",
                    chance.of(&["city", "state", "email"]),
                    encoded(chance.word())
                ));
                continue;
            }
            _ => plain,
        };
        let operand = match chance.below(16) {
            0 => format!("notEquals({plain})"),
            1 => "empty()".to_owned(),
            2 => "notEmpty()".to_owned(),
            3 => format!("greater({plain})"),
            4 => format!("lessOrEquals({plain})"),
            5 => format!("between({plain},{})", chance.number()),
            6 => format!("like({})", chance.fit(&["an", "/a", "e/", "/.*e/", "ß", "("], 5)),
            7 => format!("\"{plain}\""),
            8 => format!("{plain},{}", chance.word()),
            9 if field == "place" => "near(10.5,12,0,5000000)".to_owned(),
            _ => plain,
        };
        conditions.push(format!("{field}={}", encoded(&operand)));
    }
    if chance.once_in(10) {
        let query = "or(filter('name','like(a)'),and(filter('state','active'),filter('numberOfEmployees','greater(5)')))";
        conditions.push(format!("_query={}", encoded(query)));
    }
    conditions
}

fn list(chance: &mut Chance, known: &Known, entity: &str) -> String {
    let mut parts = conditions(chance, known, entity);
    if chance.once_in(2) {
        parts.push(format!(
            "_size={}",
            chance.fit(&["1", "3", "7", "1000", "0", "1001", "x"], 4)
        ));
    }
    if chance.once_in(2) {
        let field = chance.of(fields_of(entity));
        let field = chance.fit(&["id", "label", field, field, field, "nothing"], 5);
        parts.push(format!(
            "_sortField={field}&_sortType={}",
            chance.fit(&["asc", "desc", "asc", "up"], 3)
        ));
    }
    if chance.once_in(4) {
        let offset = chance.any(&known.offsets).unwrap_or_else(|| "3".to_owned());
        parts.push(format!(
            "_offset={}",
            chance.fit(&[&*offset, &*offset, "3", "100000", "x"], 4)
        ));
    }
    if chance.once_in(4) {
        parts.push(format!("_fields={}", chance.of(fields_of(entity))));
    }
    if chance.once_in(8) {
        parts.push(
            chance
                .fit(
                    &[
                        "_format=plainText",
                        "_relationshipsToFetch=company",
                        "_none=1",
                        "_format=x",
                    ],
                    3,
                )
                .to_owned(),
        );
    }
    parts.join("&")
}

/// A few rows, some of which fit no entity.
fn import(chance: &mut Chance, all: &str) -> Ask {
    let rows = chance.of(&[
        "name,type\nRows one,a\nRows two,x\n,b\n",
        "name,state\nRows one,closed\n\"Rows, three\",active\n",
        "lastName,firstName\nRow,Ann\n",
        "name,nothing\na,b\n",
        "name\n\"a\n",
    ]);
    let dry = chance.of(&["", "?dryRun=true"]);
    let (kind, body) = form("rows.csv", "text/csv", rows.as_bytes());
    Ask {
        headers: vec![("content-type", kind)],
        body,
        ..Ask::new("POST", format!("{all}/import{dry}"))
    }
}

fn aggregate(chance: &mut Chance, entity: &str) -> String {
    let mut stages = Vec::new();
    for _ in 0..1 + chance.below(3) {
        let (field, other) = (chance.of(fields_of(entity)), chance.of(fields_of(entity)));
        stages.push(match chance.below(9) {
            0 => json!({ "match": { field: chance.of(&["active", "a", "notEmpty()", "greater(2)"]) } }),
            1 | 2 => {
                let accumulator = chance.of(&["sum", "avg", "min", "max", "first", "last"]);
                json!({ "group": { "by": field, "n": "count()", "x": format!("{accumulator}({other})") } })
            }
            3 => json!({ "sort": { field: chance.of(&[1, -1]) } }),
            4 => json!({ "count": "n" }),
            5 => json!({ "limit": 1 + chance.below(5) }),
            6 => json!({ "skip": chance.below(5) }),
            7 => json!({ "project": format!("{field},{other}") }),
            _ => json!({ "unwind": field }),
        });
    }
    Value::Array(stages).to_string()
}

/// How several are deleted. Of companies by a job, the last way: beside a call that goes on, the jobs that follow from the
/// first deletions leave their lines of history in any order.
fn together<'a>(chance: &mut Chance, entity: &str, ways: &[&'a str]) -> &'a str {
    match entity {
        "companies" => ways[ways.len() - 1],
        _ => chance.of(ways),
    }
}

fn data(chance: &mut Chance, known: &mut Known) -> Ask {
    let entity = if chance.errs(8) {
        chance.of(&["none", "sys.users", "a.b"])
    } else {
        chance.of(ENTITIES)
    };
    let root = match chance.below(10) {
        0 => "/api",
        _ => ROOT,
    };
    let all = format!("{root}/data/{entity}");
    let one = format!("{all}/{}", id(chance, known, entity));
    match chance.weighted(&[26, 14, 20, 14, 4, 2, 1, 10, 5, 1, 2, 4]) {
        0 => Ask::new("POST", all).json(record(chance, known, entity, true)),
        1 => Ask::new("GET", one),
        2 => Ask::new("GET", format!("{all}?{}", list(chance, known, entity))),
        3 => Ask::new("PUT", one).json(record(chance, known, entity, false)),
        4 => Ask::new(
            "DELETE",
            one + chance.of(&["", "?_cascadeOperations=false", "?_async=true"]),
        ),
        5 => {
            let other = id(chance, known, entity);
            Ask::new(
                "DELETE",
                format!("{one},{other}{}", together(chance, entity, &["", "?_async=true"])),
            )
        }
        6 => {
            let conditions = conditions(chance, known, entity);
            let wait = together(
                chance,
                entity,
                &["_lowPriority=true", "_async=false", "_async=true"],
            );
            // Without a condition all would go, once in a while.
            let only = if conditions.is_empty() && !chance.once_in(6) {
                "&state=closed"
            } else {
                ""
            };
            Ask::new("DELETE", format!("{all}?{wait}{only}&{}", conditions.join("&")))
        }
        7 => Ask::new("PUT", format!("{all}/aggregate")).json(aggregate(chance, entity)),
        9 => Ask::new(
            "PUT",
            format!(
                "{all}/export?_size={}{}",
                1 + chance.below(9),
                chance.of(&["", "&_useFieldNames=true", "&_fileFormat=ndjson", "&_fields=x"])
            ),
        ),
        10 => import(chance, &all),
        8 => {
            let page = chance.fit(
                &[
                    "",
                    "?_size=2",
                    "?_size=5&eventTypes=UPDATED",
                    "?_size=x",
                    "?from=0&to=1",
                ],
                2,
            );
            Ask::new("GET", format!("{one}/history{page}"))
        }
        _ => {
            let types = [
                "",
                "&eventTypes=USER_RECORD_CREATED",
                "&eventTypes=USER_RECORD_DELETED,USER_RECORD_CHANGED",
                "&from=1",
                "&eventTypes=x",
            ];
            let types = chance.fit(&types, 4);
            Ask::new(
                "GET",
                format!("{all}/history?_size={}{types}", 1 + chance.below(9)),
            )
        }
    }
}

fn files(chance: &mut Chance, known: &Known) -> Ask {
    let file = chance.any(&known.files).unwrap_or_else(|| "none".to_owned());
    match chance.below(6) {
        0 => {
            let name = chance.of(&["logo.png", "ä ö.txt", "a\"b", "no end", "x/../y"]);
            let content: Vec<u8> = match chance.below(3) {
                0 => (0..=255).collect(),
                _ => chance.text().into_bytes(),
            };
            let (kind, body) = form(name, chance.fit(&["image/png", "text/plain", "odd"], 2), &content);
            Ask::new("POST", format!("{ROOT}/files"))
                .header("content-type", kind)
                .body(body)
        }
        1 => Ask::new("GET", format!("{ROOT}/files/{file}")),
        2 => {
            let (entity, id, file) = match chance.any(&known.held) {
                Some(held) if !chance.errs(2) => held,
                _ => ("files".to_owned(), id(chance, known, "files"), file),
            };
            Ask::new("GET", format!("{ROOT}/data/{entity}/{id}/files/{file}"))
        }
        3 => {
            let ttl = chance.fit(&["", "?ttl=0", "?ttl=100000000", "?ttl=x"], 3);
            Ask::new("PUT", format!("{ROOT}/files/{file}/share{ttl}"))
        }
        4 => {
            let share = chance.any(&known.shares).unwrap_or_else(|| "none".to_owned());
            Ask::new("GET", format!("{ROOT}/files/shared/{share}")).by(None)
        }
        _ => Ask::new("GET", format!("{ROOT}/files/{file}"))
            .header("range", chance.of(&["bytes=1-3", "bytes=-4", "bytes=9999-"])),
    }
}

fn status(chance: &mut Chance, known: &Known) -> Ask {
    let job = chance.any(&known.jobs).unwrap_or_else(|| "none".to_owned());
    match chance.weighted(&[5, 2, 6, 4, 3, 4]) {
        0 => {
            let query = chance.fit(
                &[
                    "",
                    "?level=INFO",
                    "?userEmail=sam",
                    "?message=companies",
                    "?type=EXTERNAL",
                    "?level=x",
                    "?period=today",
                ],
                5,
            );
            Ask::new("GET", format!("{ROOT}/status/logs{query}"))
        }
        1 => {
            let level = chance.fit(&["INFO", "ERROR", "WARN", "loud"], 3);
            let (message, info) = (quoted(&format!("said {}", chance.word())), quoted(chance.word()));
            let body = format!(
                "{{\"level\":\"{level}\",\"message\":{message},\"additionalInfo\":{{\"x\":{info}}}}}"
            );
            Ask::new("POST", format!("{ROOT}/status/logs")).json(body)
        }
        2 => {
            let query = chance.of(&[
                "",
                "?_size=2",
                "?status=FINISHED&_size=3",
                "?hasErrors=true",
                "?type=DELETE_RECORDS",
                "?createFrom=1",
            ]);
            Ask::new("GET", format!("{ROOT}/status/jobs{query}"))
        }
        3 => Ask::new(
            "GET",
            format!("{ROOT}/status/{}/{job}", chance.of(&["job", "jobs"])),
        ),
        4 => Ask::new(
            "GET",
            format!("{ROOT}/status/{}/{job}/logs", chance.of(&["job", "jobs"])),
        ),
        _ => {
            let what = chance.of(&["stop", "forceStop", "cancel", "resume"]);
            Ask::new("PUT", format!("{ROOT}/status/jobs/{job}/{what}"))
        }
    }
}

fn users(chance: &mut Chance, known: &Known) -> Ask {
    let user = match chance.below(3) {
        0 if chance.errs(1) => chance.any(&known.users).unwrap_or_else(|| "none".to_owned()),
        _ => chance.fit(MAILS, 3).to_owned(),
    };
    let one = format!("{ROOT}/users/{user}");
    let two = format!(
        "{one},{}",
        chance.fit(&["hal@example.com", "none@example.com"], 1)
    );
    match chance.weighted(&[4, 2, 6, 4, 5, 3, 1, 5, 3, 3]) {
        0 => Ask::new("GET", format!("{ROOT}/users/current")),
        1 => Ask::new("GET", format!("{ROOT}/users/currentGroups")),
        2 => Ask::new(
            "GET",
            format!("{ROOT}/users?_size={}", chance.fit(&["1", "5", "100", "x"], 3)),
        ),
        3 => Ask::new("GET", one),
        4 => {
            let mail = quoted(chance.of(&MAILS[..3]));
            let group = chance.fit(&["sales", "managers", "none"], 2);
            let body = format!(
                "{{\"email\":{mail},\"firstName\":{},\"lastName\":\"Cee\",\"password\":\"{PASSWORD}\",\
                 \"groups\":[{{\"name\":\"{group}\",\"primary\":true}}]}}",
                quoted(chance.word())
            );
            Ask::new("POST", format!("{ROOT}/users")).json(body)
        }
        5 => Ask::new("PUT", one).json(format!("{{\"lastName\":{}}}", quoted(chance.word()))),
        6 => Ask::new("DELETE", one),
        7 => {
            let what = chance.of(&["deactivate", "deactivate", "reactivate", "unblock"]);
            Ask::new("PUT", format!("{}/{what}", chance.of(&[one, two])))
        }
        8 => Ask::new("PUT", format!("{one}/addGroup")).json(format!(
            "{{\"name\":\"{}\"}}",
            chance.fit(&["readers", "sales", "none"], 2)
        )),
        _ => Ask::new(
            "PUT",
            format!(
                "{one}/removeGroup/{}",
                chance.fit(&["readers", "sales", "none"], 2)
            ),
        ),
    }
}

fn sessions(chance: &mut Chance, known: &Known) -> Ask {
    let session = chance.any(&known.sessions);
    match (chance.below(5), session) {
        (0, Some(token)) => Ask::new("POST", format!("{ROOT}/auth/logout"))
            .by(None)
            .header("token", token),
        (1 | 2, Some(token)) => Ask::new("GET", format!("{ROOT}/users/current"))
            .by(None)
            .header("token", token),
        _ => {
            let password = if chance.errs(3) { "wrong" } else { PASSWORD };
            let mail = chance.of(&[
                "maria@example.com",
                "sam@example.com",
                "gil@example.com",
                "none@example.com",
            ]);
            let body = format!("{{\"email\":\"{mail}\",\"password\":\"{password}\"}}");
            Ask::new("POST", format!("{ROOT}/auth/login")).json(body).by(None)
        }
    }
}

/// A request.
pub(super) fn ask(chance: &mut Chance, known: &mut Known) -> Ask {
    let ask = match chance.weighted(&[100, 20, 20, 24, 5]) {
        0 => data(chance, known),
        1 => files(chance, known),
        2 => status(chance, known),
        3 => users(chance, known),
        _ => return sessions(chance, known),
    };
    if ask.who.is_none() {
        return ask;
    }
    let who = match chance.below(24) {
        0 if chance.errs(1) => None,
        1..4 => Some(chance.below(USERS.len())),
        6..12 => Some(1),
        _ => Some(4),
    };
    // Users are looked after by the admin.
    let is_for_admin = ask.path.contains("/users") && !chance.once_in(4);
    ask.by(if is_for_admin { Some(0) } else { who })
}

/// Learns from an answer.
pub(super) fn learn(ask: &Ask, told: &Value, known: &mut Known) {
    if let Some(file) = told["fileId"].as_str() {
        known.files.push(file.to_owned());
    }
    if let Some(share) = told["sharedFileId"].as_str() {
        known.shares.push(share.to_owned());
    }
    if let Some(job) = told["jobId"].as_str() {
        known.jobs.push(job.to_owned());
    }
    if let Some(token) = told["token"].as_str() {
        known.sessions.push(token.to_owned());
    }
    if let Some(offset) = told["offset"].as_str() {
        known.offsets.push(offset.to_owned());
    }
    let items = told["items"].as_array().map(Vec::as_slice).unwrap_or_default();
    for item in items.iter().chain([told]) {
        let Some(id) = item["id"].as_str().map(str::to_owned) else {
            continue;
        };
        if let Some(entity) = item["entity"]["name"].as_str() {
            let files = [
                &item["logo"]["id"],
                &item["file"]["id"],
                &item["attachments"][0]["id"],
            ];
            for file in files.into_iter().filter_map(Value::as_str) {
                known.held.push((entity.to_owned(), id.clone(), file.to_owned()));
            }
            let found = (entity.to_owned(), id);
            if !known.records.contains(&found) {
                known.records.push(found);
            }
        } else if item["type"].is_string() && item["createDate"].is_number() && !known.jobs.contains(&id) {
            known.jobs.push(id);
        } else if item["email"].is_string() && ask.method == "POST" && ask.path.ends_with("/users") {
            known.users.push(id);
        }
    }
}
