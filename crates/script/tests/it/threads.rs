//! Calls from many threads, and queues that are full.

use std::sync::Barrier;
use std::thread;
use std::time::Duration;

use script::{Argument, Kind, Options, Sandbox};

use crate::support::{context, json, text};

#[test]
fn calls_from_many_threads_keep_apart() {
    let sandbox = Sandbox::new(Options {
        workers: 3,
        ..Options::default()
    })
    .unwrap();
    let program = sandbox
        .load("x.js", "var seen = []; function f(n) { seen.push(n); last = n; let sum = 0; for (let at = 0; at < 500; at++) sum += at; return [n, seen.length, last, sum]; }")
        .unwrap();
    let start = Barrier::new(8);
    thread::scope(|scope| {
        for thread in 0..8 {
            let (program, start) = (program.clone(), &start);
            scope.spawn(move || {
                start.wait();
                for turn in 0..100 {
                    let n = thread * 1000 + turn;
                    let argument = json(&n.to_string());
                    let answer = text(program.call("f", &[Argument::Json(&argument)], &context()));
                    assert_eq!(answer, format!("[{n},1,{n},124750]"));
                }
            });
        }
    });
}

#[test]
fn a_full_queue_and_a_long_wait_are_refused() {
    let sandbox = Sandbox::new(Options {
        workers: 1,
        waiting: 1,
        time: Duration::from_millis(400),
        ..Options::default()
    })
    .unwrap();
    let program = sandbox.load("x.js", "function f() { while (true); }").unwrap();
    let start = Barrier::new(4);
    let kinds: Vec<Kind> = thread::scope(|scope| {
        let calls: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    start.wait();
                    program.call("f", &[], &context()).result.unwrap_err().kind
                })
            })
            .collect();
        calls.into_iter().map(|call| call.join().unwrap()).collect()
    });
    let busy = kinds.iter().filter(|kind| **kind == Kind::Busy).count();
    assert!((2..=3).contains(&busy), "{kinds:?}");
    assert!(kinds.contains(&Kind::Timeout), "{kinds:?}");
}
