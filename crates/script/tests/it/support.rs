//! A sandbox, a record of companies, and calls in one line.

use jiff::tz::TimeZone;
use jsonb::{Jsonb, Limits};
use model::Timestamp;
use script::{
    Argument, Context, Field, FieldKind, Kind, Options, Outcome, Program, Sandbox, ScriptError, Shape,
};

/// 2016-05-30T04:55:57.316Z.
pub const NOW: i64 = 1_464_584_157_316;

pub const COMPANY: &str = r#"{"id":"573cdb2f5bc2c4aee0c1e2a7","version":3,"label":"Blogpad","name":"Blogpad","state":"pending",
    "numberOfEmployees":12,"isCustomer":true,"born":"2001-02-03","lastMeeting":1464584157316,"length":60000,"rating":"2.80",
    "contactInformation":{"id":"a1","label":"Contact Information","email":"a@b.c"},
    "addresses":[{"id":"b1","label":"CA - 1","state":"CA","zipCode":"1","tags":["x","y"]},{"id":"b2","label":"NJ - 2","state":"NJ","zipCode":"2"}],
    "tags":["red","blue"],"parent":{"id":"573cdb2f5bc2c4aee0c1e2a8","label":"Trudoo","type":"b"},
    "logo":{"id":"f1","name":"logo.png"},"size":{"options":[{"name":"s","label":"Small"}],"selectedValue":"s"},
    "owners":{"id":"g1","label":"Sales"},"place":{"latitude":1.5,"longitude":2},"~":{"rating":"x"}}"#;

fn field(name: &str, kind: FieldKind) -> Field {
    Field {
        name: name.to_owned(),
        kind,
        many: false,
    }
}

fn many(name: &str, kind: FieldKind) -> Field {
    Field {
        many: true,
        ..field(name, kind)
    }
}

pub fn shape() -> Shape {
    let states = [("pending", "Pending"), ("active", "Active")]
        .map(|(name, label)| (name.to_owned(), label.to_owned()));
    let email = field("email", FieldKind::Plain);
    let address = vec![
        field("state", FieldKind::Plain),
        field("zipCode", FieldKind::Plain),
        many("tags", FieldKind::Plain),
    ];
    let copied = vec![field("type", FieldKind::Plain)];
    let fields = [
        field("name", FieldKind::Plain),
        field("notes", FieldKind::Plain),
        field("state", FieldKind::Choice(states.to_vec())),
        field("numberOfEmployees", FieldKind::Plain),
        field("isCustomer", FieldKind::Boolean),
        field("isOpen", FieldKind::Boolean),
        field("born", FieldKind::Date),
        field("died", FieldKind::Date),
        field("lastMeeting", FieldKind::DateTime),
        field("length", FieldKind::Plain),
        field("rating", FieldKind::Plain),
        field("contactInformation", FieldKind::Nested(vec![email.clone()])),
        field("other", FieldKind::Nested(vec![email])),
        many("addresses", FieldKind::Nested(address)),
        many("tags", FieldKind::Plain),
        many("none", FieldKind::Plain),
        field(
            "parent",
            FieldKind::Relationship {
                entity: "companies".to_owned(),
                copied: copied.clone(),
            },
        ),
        field(
            "child",
            FieldKind::Relationship {
                entity: "companies".to_owned(),
                copied,
            },
        ),
        field("logo", FieldKind::File),
        field("size", FieldKind::DynamicChoice),
        field("owners", FieldKind::Group),
        field("place", FieldKind::Plain),
    ];
    Shape::new("companies", &fields)
}

pub fn json(text: &str) -> Jsonb {
    Jsonb::parse(text.as_bytes(), &Limits::default()).unwrap()
}

pub fn context() -> Context<'static> {
    Context {
        now: Timestamp(NOW),
        zone: TimeZone::UTC,
        user: None,
    }
}

/// One interpreter, so that every call of a test meets what the one before it left.
pub fn sandbox() -> Sandbox {
    Sandbox::new(Options {
        workers: 1,
        ..Options::default()
    })
    .unwrap()
}

pub fn load(text: &str) -> Program {
    sandbox().load("entities/companies.js", text).unwrap()
}

/// Calls `f` of the file `text` with a company.
pub fn call_in(text: &str) -> Outcome {
    call(&load(text), "f")
}

pub fn call(program: &Program, function: &str) -> Outcome {
    let shape = shape();
    let body = json(COMPANY);
    let record = Argument::Record {
        shape: &shape,
        body: &body,
        is_new: false,
    };
    program.call(function, &[record], &context())
}

/// The result of an expression over `record`, as text; `undefined` for none.
pub fn value(expression: &str) -> String {
    text(call_in(&format!("function f(record) {{ return {expression}; }}")))
}

pub fn text(outcome: Outcome) -> String {
    outcome.result.unwrap().map_or_else(
        || "undefined".to_owned(),
        |value| jsonb::Value::of(value.as_bytes()).to_text().unwrap(),
    )
}

/// The error of a function body over `record`.
pub fn error(body: &str) -> ScriptError {
    call_in(&format!("function f(record) {{ {body} }}"))
        .result
        .unwrap_err()
}

pub fn thrown(code: Option<&str>) -> Kind {
    Kind::Thrown {
        code: code.map(str::to_owned),
    }
}
