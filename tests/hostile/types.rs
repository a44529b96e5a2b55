//! JSON of the wrong types: `bad-value` or `missing-field`, 422, naming the field and the value.

use super::answer::Form;
use super::row::{CREATE_USER, Call, DELTA, Row, UPDATE};

pub(crate) fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    for (body, says) in [
        ("[]", "body: expected an object"),
        ("7", "body: expected an object"),
        ("null", "body: expected an object"),
        ("true", "body: expected an object"),
        (r#""F_1""#, "body: expected an object"),
        ("{}", "F_1"),
        (r#"{"F_1":null}"#, "F_1"),
        (r#"{"F_1":""}"#, "F_1"),
        (r#"{"F_1":"\"\""}"#, "F_1"),
        (r#"{"F_1":true}"#, "F_1 must be an article number, got true"),
        (r#"{"F_1":1.5}"#, "F_1 must be an article number, got 1.5"),
        (
            r#"{"F_1":["100"]}"#,
            "F_1 must be an article number, got an array",
        ),
        (
            r#"{"F_1":{"$ne":null}}"#,
            "F_1 must be an article number, got an object",
        ),
        (
            r#"{"F_1":"100","F_3":{}}"#,
            "field F_3 must be a string, a number or null, got an object",
        ),
        (
            r#"{"F_1":"100","F_3":[]}"#,
            "field F_3 must be a string, a number or null, got an array",
        ),
        (
            r#"{"F_1":"100","C_1":false}"#,
            "field C_1 must be a string, a number or null, got false",
        ),
        (
            r#"{"F_1":"100","F_*":5}"#,
            "F_* must be the name of a field, got 5",
        ),
        (
            r#"{"F_1":"100","customNumber":[]}"#,
            "customNumber must be an article number",
        ),
    ] {
        rows.push(
            Call::user("POST", UPDATE)
                .json(body)
                .refused(format!("update {body}"), 422, Form::Article)
                .says(says),
        );
    }
    rows.extend(copies());
    rows.extend(users());
    rows.extend(addresses());
    rows
}

fn copies() -> Vec<Row> {
    let copy = |(body, says): (&str, &str)| {
        let call = Call::user("POST", "/api/v1/articles").json(body);
        call.refused(format!("copy {body}"), 422, Form::Article)
            .says(says)
    };
    [
        ("{}", "customNumber"),
        (r#"{"F_1":"100"}"#, "customNumber"),
        (r#"{"customNumber":"101"}"#, "F_1"),
        (
            r#"{"F_1":"100","customNumber":{}}"#,
            "customNumber must be an article number, got an object",
        ),
        (r#"{"F_1":"100","customNumber":"200"}"#, "already exists: 200"),
        (r#"{"F_1":"100","customNumber":"100"}"#, "already exists: 100"),
    ]
    .map(copy)
    .into()
}

fn users() -> Vec<Row> {
    let mut rows = Vec::new();
    for (body, says) in [
        ("", "name"),
        ("{}", "password"),
        ("[]", "expected an object"),
        ("5", "expected an object"),
        (
            r#"{"name":5,"email":"a@b.example","password":"long enough"}"#,
            "name must be a string, got 5",
        ),
        (
            r#"{"name":"A","email":{},"password":"long enough"}"#,
            "email must be a string, got an object",
        ),
        (
            r#"{"name":"A","email":["a@b.example"],"password":"long enough"}"#,
            "email must be a string, got an array",
        ),
        (
            r#"{"name":"A","email":"a@b.example","password":12345678}"#,
            "password must be a string",
        ),
        (
            r#"{"name":null,"email":null,"password":null}"#,
            "name field is required",
        ),
    ] {
        let call = Call::admin("POST", CREATE_USER).json(body);
        rows.push(
            call.refused(format!("create user {body}"), 422, Form::Admin)
                .says(says),
        );
    }
    for (method, path) in [
        ("DELETE", "/api/v1/admin/user"),
        ("POST", "/api/v1/admin/user/renew"),
    ] {
        for (body, says) in [
            ("", "email"),
            (r#"{"email":5}"#, "email must be a string, got 5"),
            (r#"{"email":[]}"#, "email must be a string, got an array"),
            (r#"{"email":"  "}"#, "email"),
        ] {
            let call = Call::admin(method, path).json(body);
            rows.push(
                call.refused(format!("{method} {path} {body}"), 422, Form::Admin)
                    .says(says),
            );
        }
    }
    rows
}

fn addresses() -> Vec<Row> {
    let delta = |(body, says): (&str, &str)| {
        let call = Call::user("POST", DELTA).json(body);
        call.refused(format!("delta {body}"), 422, Form::Article)
            .says(says)
    };
    [
        ("{}", "file"),
        ("7", "expected an object"),
        ("null", "expected an object"),
        (r#""http://files.example.com/""#, "expected an object"),
        (r#"{"file":5}"#, "file: expected a URL as text, got 5"),
        (
            r#"{"file":{"url":"http://files.example.com/"}}"#,
            "file: expected a URL as text, got an object",
        ),
        (
            r#"{"files":{}}"#,
            "files: expected an array of URLs, got an object",
        ),
        (r#"{"files":[]}"#, "file"),
        (
            r#"{"files":[["http://files.example.com/"]]}"#,
            "files[0]: expected a URL as text, got an array",
        ),
        (
            r#"{"files":["http://files.example.com/",null]}"#,
            "files[1]: expected a URL as text, got null",
        ),
        (r#"{"files":[""]}"#, "files[0]"),
        (r#"{"file":null,"files":null}"#, "file"),
        (
            r#"{"url":"http://files.example.com/"}"#,
            "the field url is not known",
        ),
        (
            r#"{"file":"http://files.example.com/","__proto__":{}}"#,
            "the field __proto__ is not known",
        ),
    ]
    .map(delta)
    .into()
}
