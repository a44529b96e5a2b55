//! Every route by every kind of caller.

use serde_json::{Value, json};
use testkit::TestApp;

use crate::support::{KINDS, Messages, app, bot, call, guid, project, sample, user};

/// What a caller may do with an entity of the ordinary user that has a tag of a project, verb by verb. Statuses of: its
/// maker, who is in the project; another one of the project; one who is not; an admin; a bot of the maker.
const ON_ENTITIES: [(&str, &str, [u16; 5]); 7] = [
    ("GET", "", [200, 200, 404, 200, 200]),
    ("PATCH", "", [200, 200, 404, 200, 200]),
    ("PUT", "", [200, 200, 404, 200, 200]),
    ("PATCH", "/archive", [200, 200, 404, 200, 200]),
    ("PATCH", "/unarchive", [200, 200, 404, 200, 200]),
    ("DELETE", "", [204, 204, 404, 204, 204]),
    ("GET", "/nothing", [404, 404, 404, 404, 404]),
];

/// The other routes: statuses for a user, a bot and an admin.
const OTHERS: [(&str, &str, [u16; 3]); 8] = [
    ("POST", "tags/validate", [200, 200, 200]),
    ("POST", "factory/validate", [400, 400, 400]),
    ("POST", "notification", [400, 400, 400]),
    ("GET", "project", [403, 403, 200]),
    ("POST", "project", [403, 403, 400]),
    ("PATCH", "project/none", [403, 403, 400]),
    ("DELETE", "project/none", [403, 403, 404]),
    ("GET", "nothing", [404, 404, 404]),
];

struct Callers {
    app: TestApp,
    /// The token of each, in the order of [`ON_ENTITIES`].
    tokens: [String; 5],
}

async fn callers() -> Callers {
    let app = app().await;
    project(&app, "secret", ("code", "x")).await;
    let maker = user(&app, "maker@example.com", &["secret"]).await;
    let mate = user(&app, "mate@example.com", &["secret"]).await;
    let other = user(&app, "other@example.com", &[]).await;
    let made = call(&app, &maker, "POST", "bot", &sample("bot")).await.json();
    let robot = made["info"]["credentials"]["token"].as_str().unwrap().to_owned();
    let tokens = [maker, mate, other, app.admin.clone(), robot];
    Callers { app, tokens }
}

/// The sample of a kind with the tag.
fn tagged(kind: &str) -> Value {
    let mut body = sample(kind);
    body["tags"] = json!([{ "name": "code", "value": "x" }]);
    body
}

#[tokio::test]
async fn every_entity_route_by_every_caller() {
    let Callers { app, tokens } = callers().await;
    let mut number = 0;
    for kind in KINDS {
        for (method, rest, expected) in ON_ENTITIES {
            for (token, expected) in tokens.iter().zip(expected) {
                let mut body = tagged(kind);
                if kind == "blueprint" {
                    number += 1;
                    body["name"] = json!(format!("p{number}"));
                }
                let made = call(&app, &tokens[0], "POST", kind, &body).await;
                assert_eq!(made.status.as_u16(), 201, "{kind}: {}", made.text());
                let id = guid(&made.json());
                let body = match method {
                    "PATCH" | "PUT" if rest.is_empty() => body,
                    _ => Value::Null,
                };
                let path = format!("{kind}/{id}{rest}");
                let answer = call(&app, token, method, &path, &body).await;
                assert_eq!(
                    answer.status.as_u16(),
                    expected,
                    "{method} {path}: {}",
                    answer.text()
                );
                call(&app, &app.admin, "DELETE", &format!("{kind}/{id}"), &Value::Null).await;
            }
        }
    }
}

#[tokio::test]
async fn everyone_makes_and_lists_what_he_may() {
    let Callers { app, tokens } = callers().await;
    for (place, kind) in KINDS.iter().enumerate() {
        for (number, token) in tokens.iter().enumerate() {
            let mut body = sample(kind);
            if *kind == "blueprint" {
                body["name"] = json!(format!("p{place}{number}"));
            }
            let expected = if (*kind, number) == ("bot", 4) { 403 } else { 201 };
            let answer = call(&app, token, "POST", kind, &body).await;
            assert_eq!(
                answer.status.as_u16(),
                expected,
                "{kind} {number}: {}",
                answer.text()
            );
            for (method, path, body) in [
                ("GET", (*kind).to_owned(), Value::Null),
                ("POST", format!("{kind}/aggregate"), json!({ "aggregate": "[]" })),
            ] {
                let answer = call(&app, token, method, &path, &body).await;
                assert_eq!(answer.status.as_u16(), 200, "{method} {path}: {}", answer.text());
            }
        }
        // A tag of a project that he is not in is refused, and nothing is made.
        let answer = call(&app, &tokens[2], "POST", kind, &tagged(kind)).await;
        assert_eq!(answer.status.as_u16(), 400, "{}", answer.text());
        assert!(answer.json()["tags.0"].is_array(), "{}", answer.text());
    }
}

#[tokio::test]
async fn what_is_hidden_is_not_listed() {
    let Callers { app, tokens } = callers().await;
    for kind in KINDS {
        let before = call(&app, &tokens[2], "GET", kind, &Value::Null).await.json()["query"]["count"].clone();
        call(&app, &tokens[0], "POST", kind, &tagged(kind)).await;
        for (token, sees) in tokens.iter().zip([true, true, false, true, true]) {
            let list = call(&app, token, "GET", kind, &Value::Null).await.json();
            let tagged = |entity: &Value| entity["tags"] != json!([]);
            let found = list["data"].as_array().unwrap().iter().any(tagged);
            assert_eq!(found, sees, "{kind}: {list}");
            assert!(sees || list["query"]["count"] == before, "{kind}: {list}");
            let counted = json!({ "aggregate": r#"[{"$match": {"tags.name": "code"}}]"# });
            let rows = call(&app, token, "POST", &format!("{kind}/aggregate"), &counted)
                .await
                .json();
            assert_eq!(
                rows["data"].as_array().unwrap().len(),
                usize::from(sees),
                "{kind}: {rows}"
            );
        }
    }
}

#[tokio::test]
async fn the_other_routes_by_every_caller() {
    let app = app().await;
    let (_, robot) = bot(&app).await;
    for (method, path, expected) in OTHERS {
        for (token, expected) in [&app.user, &robot, &app.admin].into_iter().zip(expected) {
            let body = match path {
                _ if method == "GET" || method == "DELETE" => Value::Null,
                "tags/validate" => json!({ "tags": [] }),
                _ => json!({}),
            };
            let answer = call(&app, token, method, path, &body).await;
            assert_eq!(
                answer.status.as_u16(),
                expected,
                "{method} {path}: {}",
                answer.text()
            );
        }
    }
}

#[tokio::test]
async fn workers_by_every_caller() {
    let app = app().await;
    let (own, robot) = bot(&app).await;
    let (_, stranger) = bot(&app).await;
    let path = format!("bot/{own}/replace-workers");
    let two = json!({ "workers": 2 });
    for (token, expected) in [
        (&app.user, 403),
        (&app.admin, 403),
        (&stranger, 403),
        (&robot, 200),
    ] {
        let answer = call(&app, token, "PATCH", &path, &two).await;
        assert_eq!(answer.status.as_u16(), expected, "{}", answer.text());
    }
    let found = call(&app, &app.user, "GET", &format!("bot/{own}"), &Value::Null)
        .await
        .json();
    let worker = guid(&found["workers"][0]);
    let path = format!("bot/{own}/worker/{worker}");
    for token in [&app.user, &app.admin, &stranger, &robot] {
        for (method, body) in [("GET", Value::Null), ("PATCH", json!({ "state": "active" }))] {
            let answer = call(&app, token, method, &path, &body).await;
            assert_eq!(answer.status.as_u16(), 200, "{method}: {}", answer.text());
        }
    }
}

/// A job is finished by whoever sees its queue.
#[tokio::test]
async fn completion_by_every_caller() {
    let Callers { app, tokens } = callers().await;
    for (token, expected) in tokens.iter().zip([201, 201, 404, 201, 201]) {
        let made = call(&app, &tokens[0], "POST", "queue", &tagged("queue")).await;
        let queue = Messages::of(&app, &made.json()).await;
        queue.send("job").await;
        let receipt = queue.receive().await.pop().unwrap().receipt.to_string();
        let body = json!({ "receipt_handle": receipt, "item": {} });
        let path = format!("queue/{}/complete", queue.guid);
        let answer = call(&app, token, "POST", &path, &body).await;
        assert_eq!(answer.status.as_u16(), expected, "{}", answer.text());
    }
}

#[tokio::test]
async fn nobody_comes_in_without_a_valid_token() {
    let app = app().await;
    let id = "00000000-0000-4000-8000-000000000000";
    let mut routes = Vec::new();
    for kind in KINDS {
        routes.extend([
            ("GET", kind.to_owned()),
            ("POST", kind.to_owned()),
            ("POST", format!("{kind}/aggregate")),
        ]);
        routes.extend(ON_ENTITIES.map(|(method, rest, _)| (method, format!("{kind}/{id}{rest}"))));
    }
    routes.extend(OTHERS.map(|(method, path, _)| (method, path.to_owned())));
    routes.push(("PATCH", format!("bot/{id}/replace-workers")));
    routes.push(("POST", format!("queue/{id}/complete")));
    routes.push(("GET", format!("bot/{id}/worker/{id}")));
    routes.push(("PATCH", format!("bot/{id}/worker/{id}")));
    for (method, path) in routes.iter().filter(|(_, path)| !path.ends_with("nothing")) {
        for header in ["", "Token wrong", "Basic dXNlcjpwYXNz", "Token", "Token a b"] {
            let mut request = app.request(method.parse().unwrap(), &format!("/qalx/{path}"));
            if !header.is_empty() {
                request = request.header("authorization", header);
            }
            let answer = request.send().await;
            assert_eq!(answer.status.as_u16(), 401, "{method} {path} {header}");
            assert_eq!(answer.header("www-authenticate"), r#"Token realm="stockyard""#);
            assert!(answer.json()["detail"].is_string(), "{}", answer.text());
        }
    }
}
