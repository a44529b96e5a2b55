//! The demo: the tour, and the calls that it tells to make.

use std::process::Command;

use rustix::process::Signal;

use crate::support::{Server, Start, stockyard};

#[test]
fn the_tour_shows_what_happened() {
    let output = stockyard(&["demo", "--listen", "127.0.0.1:0", "--exit"]);
    let text = output.ok();
    for needle in [
        "Loading 3322 aeroplanes",
        "100 %  complete, 0 failed",
        "100 %  complete, 7 failed",
        "7 operations failed, all others were applied",
        "Trying to add an article that already exists: N10156",
        "Trying to delete an article that does not exist: N00000",
        "Trying to add feature to an existing article, but the article does not exist: N00001",
        "Blocked by an earlier failed operation on article N103US",
        "rename-article",
        "seats",
        r#"before  {"id":"N102UW","F_1":"N102UW","F_3":"A320-214","F_80000":"AIRBUS INDUSTRIE""#,
        r#"after   {"id":"N102UW","F_1":"N102UW","F_3":"A320-214","F_80000":"AIRBUS""#,
    ] {
        assert!(text.contains(needle), "{needle} is not in\n{text}");
    }
}

#[test]
fn the_calls_work_as_they_are_printed() {
    let dir = tempfile::tempdir().unwrap();
    let start = Start {
        dir: dir.path(),
        command: "demo",
        args: &[],
        env: &[],
    };
    let mut server = Server::with(&start);
    let (mut token, mut calls) = (String::new(), Vec::new());
    loop {
        let line = server.line();
        let text = line.trim();
        match text {
            "Serving until ^C." => break,
            _ if text.starts_with("TOKEN=") => token = text.to_owned(),
            _ if text.starts_with("curl ") => calls.push(text.to_owned()),
            _ => {}
        }
    }
    assert_eq!(calls.len(), 6, "{calls:?}");
    for call in calls {
        let script = format!("{token}\n{call} --fail");
        let output = Command::new("sh").arg("-c").arg(&script).output().unwrap();
        assert!(output.status.success(), "{script}: {output:?}");
        let _: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    }
    server.signal(Signal::INT);
    assert_eq!(server.wait().0.code(), Some(0));
    let mut again = Server::with(&start);
    let said = std::iter::from_fn(|| Some(again.line())).find(|line| !line.is_empty());
    assert_eq!(
        said.unwrap(),
        "The aeroplanes are here already, so there is no tour."
    );
}
