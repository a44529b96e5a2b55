//! The calls of `docs/light100.md`, run one after another; each answer must be the one on the page.

use std::collections::BTreeSet;

use http::Method;
use testkit::{Answer, TestApp};

use crate::support::app;

const PAGE: &str = include_str!("../../../../../docs/light100.md");

/// The words of a command line: blanks separate, single and double quotes keep together.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    for letter in line.chars() {
        match (quote, letter) {
            (Some(open), letter) if letter == open => quote = None,
            (None, '"' | '\'') => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            (None, blank) if blank.is_whitespace() => words.extend(word.take()),
            (_, letter) => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    words
}

/// Runs one `curl`; says also which route pattern it was.
async fn run(app: &TestApp, command: &str) -> (String, Answer) {
    let all = words(&command.replace("$T", &app.admin));
    let mut words = all.iter().skip(1);
    let (mut method, mut path, mut headers, mut body) = (None, "", Vec::new(), None);
    while let Some(word) = words.next() {
        match word.as_str() {
            "-X" => method = words.next().map(|name| name.parse::<Method>().unwrap()),
            "-H" => headers.extend(words.next().and_then(|header| header.split_once(": "))),
            "-d" | "--data-binary" => body = words.next(),
            url => {
                path = url
                    .strip_prefix("$S")
                    .unwrap_or_else(|| panic!("what is {url} in {command}"))
            }
        }
    }
    let usual = if body.is_some() { Method::POST } else { Method::GET };
    let method = method.unwrap_or(usual);
    let route = path
        .split('?')
        .next()
        .unwrap()
        .replace("12411116-copy", "{id}")
        .replace("12411116", "{id}")
        .replace("export/2", "export/{id}");
    let request = app.request(method.clone(), path);
    let request = headers
        .into_iter()
        .fold(request, |request, (name, value)| request.header(name, value));
    let request = body
        .into_iter()
        .fold(request, |request, body| request.body(body.clone()));
    (format!("{method} {route}"), request.send().await)
}

/// The answer with new tokens put out of sight.
fn shown(answer: &Answer) -> String {
    let text = answer.text();
    match text.split_once("sy_") {
        Some((before, after)) => format!("{before}sy_…{}", &after[after.find('"').unwrap()..]),
        None => text.to_owned(),
    }
}

#[tokio::test]
async fn every_call_of_the_page_answers_as_it_says() {
    let app = app().await;
    let blocks: Vec<&str> = PAGE.split("```").skip(1).step_by(2).collect();
    let mut seen = BTreeSet::new();
    for pair in blocks.windows(2) {
        let [command, answer] = pair else { continue };
        let (Some(command), Some(expected)) = (command.strip_prefix("sh\n"), answer.strip_prefix("json\n"))
        else {
            continue;
        };
        let (route, answer) = run(&app, command).await;
        assert_eq!(shown(&answer).trim(), expected.trim(), "{command}");
        seen.insert(route);
        if command.contains("/jobs/files") || command.contains("\"format\"") {
            app.run_jobs().await;
        }
    }
    let document = app
        .request(Method::GET, "/openapi/light100.json")
        .send()
        .await
        .json();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in item.as_object().unwrap().keys() {
            let route = format!("{} {path}", method.to_uppercase());
            let twin = seen.contains(&format!("POST {path}")) && method == "get";
            assert!(seen.contains(&route) || twin, "{route} is not on the page");
        }
    }
}
