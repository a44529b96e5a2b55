//! Work that calls many functions on an interpreter's thread.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use script::{Kind, Options, Sandbox};

use crate::support::{call, context, sandbox, text};

const SOURCE: &str = "
var calls = 0;
function f(record) { calls += 1; return [record.field('name').val(), calls]; }
function g(record) { record.field('name').val('Other'); return record.field('name').val(); }
function long() { while (true); }
";

#[tokio::test]
async fn calls_of_a_task_see_nothing_of_each_other() {
    let sandbox = sandbox();
    let program = sandbox.load("x.js", SOURCE).unwrap();
    let work = move || {
        assert_eq!(thread::current().name(), Some("script"));
        ["f", "g", "f", "f", "g", "g", "f"].map(|function| text(call(&program, function)))
    };
    let told = sandbox.run(work).await.unwrap();
    let (f, g) = (r#"["Blogpad",1]"#, r#""Other""#);
    assert_eq!(told, [f, g, f, f, g, g, f]);
}

#[tokio::test]
async fn a_call_without_end_ends_and_the_task_goes_on() {
    let options = Options {
        workers: 1,
        time: Duration::from_millis(50),
        ..Options::default()
    };
    let sandbox = Sandbox::new(options).unwrap();
    let program = sandbox.load("x.js", SOURCE).unwrap();
    let again = program.clone();
    let work = move || {
        let long = again.call("long", &[], &context()).result.unwrap_err().kind;
        (long, text(call(&again, "f")))
    };
    let told = sandbox.run(work).await.unwrap();
    assert_eq!(told, (Kind::Timeout, r#"["Blogpad",1]"#.to_owned()));
    // All calls of a task together have an end too.
    let count = Arc::new(AtomicU32::new(0));
    let (counted, endless) = (Arc::clone(&count), program.clone());
    let work = move || loop {
        let error = endless.call("long", &[], &context()).result.unwrap_err();
        counted.fetch_add(1, Ordering::Relaxed);
        if error.message.contains("one task") {
            return error.kind;
        }
    };
    assert_eq!(sandbox.run(work).await.unwrap(), Kind::Timeout);
    assert!((2..=22).contains(&count.load(Ordering::Relaxed)), "{count:?}");
    assert_eq!(text(call(&program, "f")), r#"["Blogpad",1]"#);
}

#[tokio::test]
async fn a_task_that_panics_is_told_and_harms_nobody() {
    let sandbox = sandbox();
    let program = sandbox.load("x.js", SOURCE).unwrap();
    let panicked = sandbox.run(|| -> () { panic!("on purpose") }).await;
    assert_eq!(panicked.unwrap_err().kind, Kind::Internal);
    assert_eq!(text(call(&program, "f")), r#"["Blogpad",1]"#);
}
