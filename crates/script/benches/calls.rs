//! What a call costs: `cargo bench -p stockyard-script`.

use std::time::Instant;

use jiff::tz::TimeZone;
use jsonb::{Jsonb, Limits};
use model::Timestamp;
use script::{Argument, Context, Field, FieldKind, Options, Program, Sandbox, Shape};

const CALLS: u32 = 10_000;

const SOURCE: &str = "
var RATES = {a: 1, b: 2};
function label(record) { return record.field('firstName').val() + ' ' + record.field('lastName').val(); }
function required(record) { return record.field('numberOfSkills').val() > 3; }
function score(record) { let sum = 0; record.field('skills').each(skill => { sum += skill.val().length; }); return sum * RATES.b; }
function nothing() {}
function check(record) { return record.field('email').isEmpty() ? [{path: 'email', code: 'required', message: 'no'}] : []; }
";

const CONTACT: &str = r#"{"id":"573cdb2f5bc2c4aee0c1e2a7","version":3,"label":"Ann Lee","firstName":"Ann","lastName":"Lee","email":"a@b.c",
    "company":{"id":"573cdb2f5bc2c4aee0c1e2a8","label":"Trudoo"},"numberOfSkills":2,"skills":["rust","sql"]}"#;

fn main() {
    let names = [
        "firstName",
        "lastName",
        "email",
        "company",
        "numberOfSkills",
        "skills",
    ];
    let fields = names.map(|name| Field {
        name: name.to_owned(),
        kind: FieldKind::Plain,
        many: name == "skills",
    });
    let shape = Shape::new("contacts", &fields);
    let body = Jsonb::parse(CONTACT.as_bytes(), &Limits::default()).expect("the record is JSON");
    let context = Context {
        now: Timestamp(0),
        zone: TimeZone::UTC,
        user: None,
    };
    let sandbox = Sandbox::new(Options::default()).expect("threads can be started");
    let started = Instant::now();
    let program = sandbox.load("contacts.js", SOURCE).expect("the file is sound");
    println!(
        "load            {:>8.1} us",
        started.elapsed().as_secs_f64() * 1e6
    );
    let call = |function: &str| {
        let record = Argument::Record {
            shape: &shape,
            body: &body,
            is_new: false,
        };
        program
            .call(function, &[record], &context)
            .result
            .expect("the function works");
    };
    for function in ["label", "nothing", "label", "required", "score", "check"] {
        let started = Instant::now();
        for _ in 0..CALLS {
            call(function);
        }
        println!(
            "{function:<15} {:>8.1} us",
            started.elapsed().as_secs_f64() * 1e6 / f64::from(CALLS)
        );
    }
    for function in ["nothing", "label", "required", "score", "check"] {
        let each = in_one_task(&sandbox, (&program, function), (&shape, &body));
        println!("{function:<10} task {each:>7.1} us");
    }
    let started = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..CALLS).for_each(|_| call("label")));
        }
    });
    let each = started.elapsed().as_secs_f64() * 1e6 / f64::from(4 * CALLS);
    println!("label, 4 threads {each:>7.1} us");
}

/// What a call costs in microseconds that need not wait for an interpreter.
fn in_one_task(
    sandbox: &Sandbox,
    (program, function): (&Program, &'static str),
    (shape, body): (&Shape, &Jsonb),
) -> f64 {
    let (program, shape, body) = (program.clone(), shape.clone(), body.clone());
    let work = move || {
        let context = Context {
            now: Timestamp(0),
            zone: TimeZone::UTC,
            user: None,
        };
        let started = Instant::now();
        for _ in 0..CALLS {
            let record = Argument::Record {
                shape: &shape,
                body: &body,
                is_new: false,
            };
            let called = program.call(function, &[record], &context);
            called.result.expect("the function works");
        }
        started.elapsed()
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .expect("a runtime can be made");
    let took = runtime.block_on(sandbox.run(work)).expect("the task ends");
    took.as_secs_f64() * 1e6 / f64::from(CALLS)
}
