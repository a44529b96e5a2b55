//! Requests of the import API.

use super::chance::{Chance, encoded, quoted};
use super::pair::{Ask, USERS};

/// What the requests before have made known: jobs, by their numbers and ids.
#[derive(Default)]
pub(super) struct Known {
    jobs: Vec<String>,
    requests: Vec<String>,
}

fn record(chance: &mut Chance) -> String {
    if chance.errs(8) {
        return chance.json(2);
    }
    let id = match chance.below(12) {
        0 if chance.errs(1) => chance.json(1),
        1 => quoted(chance.word()),
        _ => chance.below(30).to_string(),
    };
    let key = chance.of(&["id", "id", "id", "code", "F_1"]);
    let row = match chance.below(3) {
        0 => format!(",\"_request_data_id\":\"row-{}\"", chance.below(9)),
        _ => String::new(),
    };
    format!(
        "{{\"{key}\":{id}{row},\"name\":{},\"more\":{}}}",
        quoted(&chance.text()),
        chance.json(2)
    )
}

fn make(chance: &mut Chance, known: &Known) -> Ask {
    let ask = Ask::new("POST", "/api/v2/jobs");
    if chance.errs(5) {
        return ask.json(chance.broken());
    }
    let entity = chance.fit(
        &[
            "Category",
            "Category",
            "PriceItem",
            "Article",
            "kinds",
            "Nothing/Such",
            "",
        ],
        5,
    );
    let operation = chance.fit(
        &["insert", "update", "upsert", "upsert", "reset", "delete", "frob"],
        6,
    );
    let data: Vec<_> = (0..chance.below(8)).map(|_| record(chance)).collect();
    let options = chance.fit(
        &["", ",\"options\":{\"object_in_response\":true}", ",\"options\":7"],
        2,
    );
    let job = format!(
        "\"entity\":\"{entity}\",\"operation\":\"{operation}\",\"data\":[{}]{options}",
        data.join(",")
    );
    let request = match (chance.below(10), chance.any(&known.requests)) {
        (0, Some(request)) => format!("\"request_id\":\"{request}\","),
        (1, _) if chance.errs(1) => "\"request_id\":\"none\",".to_owned(),
        _ => String::new(),
    };
    if chance.once_in(5) {
        ask.json(format!("{{{request}{job}}}"))
    } else {
        ask.json(format!("{{{request}\"job\":{{{job}}}}}"))
    }
}

fn filters(chance: &mut Chance, known: &Known) -> String {
    let mut filters = Vec::new();
    for _ in 0..chance.below(4) {
        filters.push(match chance.below(9) {
            0 => format!("id={}", chance.any(&known.jobs).unwrap_or_default()),
            1 => format!("request_id={}", chance.any(&known.requests).unwrap_or_default()),
            2 => format!("created_by={}", encoded(USERS[chance.below(USERS.len())].0)),
            3 => "created_time_from=2001-01-01T00:00:00Z".to_owned(),
            4 => "updated_time_to=2001-01-01T00:00:00Z".to_owned(),
            5 => format!("page={}", chance.below(5)),
            6 => format!(
                "per_page={}",
                chance.fit(&["1", "3", "10", "0", "1001", "x", "-1"], 3)
            ),
            7 => format!("colour={}", encoded(chance.word())),
            _ => "created_time_to=2099-01-01".to_owned(),
        });
    }
    filters.join("&")
}

/// A request.
pub(super) fn ask(chance: &mut Chance, known: &mut Known) -> Ask {
    let job = match chance.errs(3) {
        true => chance
            .of(&[
                "0",
                "999999",
                "x",
                "-1",
                "18446744073709551616",
                "6b028654404ce86f55303eaa",
            ])
            .to_owned(),
        false => chance.any(&known.jobs).unwrap_or_else(|| "1".to_owned()),
    };
    let ask = match chance.weighted(&[16, 8, 8, 18, 3]) {
        0 => make(chance, known),
        1 => Ask::new("GET", format!("/api/v2/jobs?{}", filters(chance, known))),
        2 => Ask::new("GET", format!("/api/v2/jobs/{job}")),
        3 => {
            let what = chance.of(&["errors", "results", "errors.csv", "logs", "results", "nothing"]);
            let page = match chance.below(4) {
                0 => "?page=2&per_page=2",
                1 => "?per_page=3",
                2 => "?page=x",
                _ => "",
            };
            Ask::new("GET", format!("/api/v2/jobs/{job}/{what}{page}"))
        }
        _ => {
            let what = chance.of(&["cancel", "cancel", "stop", "resume", "force_stop"]);
            Ask::new("POST", format!("/api/v2/jobs/{job}/{what}"))
        }
    };
    let who = match chance.below(10) {
        0 => None,
        1 | 2 => Some(chance.below(USERS.len())),
        _ => Some(0),
    };
    ask.by(who)
}

/// Learns from an answer.
pub(super) fn learn(told: &serde_json::Value, known: &mut Known) {
    let entries = told["entries"].as_array().map(Vec::as_slice).unwrap_or_default();
    for job in entries.iter().chain([told]) {
        if let (Some(id), Some(request)) = (job["id"].as_u64(), job["request_id"].as_str()) {
            let id = id.to_string();
            if !known.jobs.contains(&id) {
                known.jobs.push(id);
                known.requests.push(request.to_owned());
            }
        }
    }
}
