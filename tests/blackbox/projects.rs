//! Projects on the command line, and what they decide.

use crate::support::{Client, Server, stockyard};

#[test]
fn projects_decide_who_sees_what() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().to_str().unwrap();
    let server = Server::start(dir.path(), &[]);
    let project = |arguments: &[&str]| stockyard(&[&["project"], arguments, &["--data-dir", path]].concat());
    let made = project(&["create", "bridge", "--tag", "code=B17", "--tag", "unit=marine"]).ok();
    assert_eq!(made, "made the project bridge\n");
    project(&["create", "tower"]).ok();
    let list = project(&["list"]).ok();
    assert_eq!(list, "PROJECT  TAGS\nbridge   code=b17, unit=marine\ntower\n");
    let user = |email: &str, more: &[&str]| {
        let base = [
            "user",
            "create",
            "--data-dir",
            path,
            "--name",
            "x",
            "--password",
            "long enough",
            "--email",
            email,
        ];
        let made = stockyard(&[&base[..], more].concat()).ok();
        let token = made.split("token: ").nth(1).unwrap().trim().to_owned();
        Client::new(server.url(), &token)
    };
    let (ann, bob) = (user("ann@x.de", &["--project", "bridge"]), user("bob@x.de", &[]));
    let body = r#"{"tags": [{"name": "code", "value": "b17"}]}"#;
    for (client, status) in [(&ann, 201), (&bob, 400)] {
        let request = client.request("POST", "/qalx/item");
        let answer = request
            .header("content-type", "application/json")
            .body(body)
            .send();
        assert_eq!(answer.status, status, "{}", answer.text());
    }
    for (client, count) in [(&ann, 1), (&bob, 0)] {
        assert_eq!(client.get("/qalx/item").json()["query"]["count"], count);
    }
    assert_eq!(project(&["delete", "tower"]).ok(), "deleted the project tower\n");
    let refusal = project(&["delete", "tower"]).refusal();
    assert_eq!(refusal, "error: project not found: tower\n");
    let wrong = project(&["create", "x", "--tag", "code"]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(wrong.stderr.contains("expected NAME=VALUE"), "{}", wrong.stderr);
}
