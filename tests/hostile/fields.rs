//! Fields with names and values that are not taken, and things that are not there.

use super::answer::Form;
use super::row::{CREATE_USER, Call, Row, UPDATE};

pub(crate) fn rows() -> Vec<Row> {
    let mut rows = articles();
    rows.extend(users());
    rows
}

fn update(name: &str, body: String, status: u16, says: &str) -> Row {
    Call::user("POST", UPDATE)
        .json(body)
        .refused(name, status, Form::Article)
        .says(says)
}

fn articles() -> Vec<Row> {
    let mut rows = Vec::new();
    for name in [
        "F_",
        "F_x",
        "f_1",
        "F_1234567890",
        "F_-1",
        "F_1 ",
        " F_1",
        "F_١",
        "",
        "__proto__",
        "$set",
        "F_1.F_2",
        "id",
    ] {
        let body = format!(r#"{{"F_1":"100","{name}":"x"}}"#);
        rows.push(update(
            &format!("field {name:?}"),
            body,
            422,
            &format!("unknown field {name:?}"),
        ));
    }
    let long = "n".repeat(500_000);
    rows.push(update(
        "a name of 500 kB",
        format!(r#"{{"F_1":"100","{long}":1}}"#),
        422,
        "unknown field",
    ));
    rows.push(update(
        "a number of 500 kB",
        format!(r#"{{"F_1":"{long}","F_3":"x"}}"#),
        404,
        "Article not found: nnn",
    ));
    rows.push(update(
        "no such article",
        r#"{"F_1":"300","F_3":"x"}"#.into(),
        404,
        "Article not found: 300",
    ));
    rows.push(update(
        "SQL",
        r#"{"F_1":"100' OR '1'='1","F_3":"x"}"#.into(),
        404,
        "Article not found: 100' OR '1'='1",
    ));
    for (name, number, says) in [
        ("a copy of 257 bytes", "n".repeat(257), "longer than 256 bytes"),
        ("a copy of 500 kB", long, "longer than 256 bytes"),
        (
            "a copy with a control character",
            r"1\u00072".into(),
            "control character",
        ),
        ("a copy with a line break", r"1\n2".into(), "control character"),
    ] {
        let body = format!(r#"{{"F_1":"100","customNumber":"{number}"}}"#);
        let call = Call::user("POST", "/api/v1/articles").json(body);
        rows.push(call.refused(name, 422, Form::Article).says(says));
    }
    let missing = Call::user("POST", "/api/v1/articles").json(r#"{"F_1":"300","customNumber":"301"}"#);
    rows.push(
        missing
            .refused("a copy of nothing", 404, Form::Article)
            .says("Article not found: 300"),
    );
    rows
}

fn users() -> Vec<Row> {
    let user = |name: &str, email: &str, password: &str| {
        format!(r#"{{"name":"{name}","email":"{email}","password":"{password}"}}"#)
    };
    let long = "x".repeat(400_000);
    let mut rows: Vec<Row> = [
        (
            user("A", "user@example.com", "long enough"),
            "already been taken: user@example.com",
        ),
        (
            user("A", "USER@example.com", "long enough"),
            "already been taken: user@example.com",
        ),
        (user("A", "a@b.example", "short"), "at least 8 characters, got 5"),
        (user("", "a@b.example", "long enough"), "name field is required"),
        (user(" ", "a@b.example", "long enough"), "name field is required"),
        (user("A", "nobody", "long enough"), r#"must be a mail address"#),
        (
            user("A", "a b@c.example", "long enough"),
            "must be a mail address",
        ),
        (user("A", "a@b@", "long enough"), "must be a mail address"),
        (
            user("A", r"a@b.example\r\nBcc: x@y.example", "long enough"),
            "email",
        ),
        (
            user(r"A\u0007", "a@b.example", "long enough"),
            "name must not have control characters",
        ),
        (
            user(&long, "a@b.example", "long enough"),
            "name must not be longer",
        ),
        (
            user("A", &format!("{long}@b.example"), "long enough"),
            "email must not be longer",
        ),
        (user("A", "a@b.example", &long), "password"),
    ]
    .into_iter()
    .map(|(body, says)| {
        let name = format!("user {}", &body[..body.len().min(80)]);
        Call::admin("POST", CREATE_USER)
            .json(body)
            .refused(name, 422, Form::Admin)
            .says(says)
    })
    .collect();
    for (method, path) in [
        ("DELETE", "/api/v1/admin/user"),
        ("POST", "/api/v1/admin/user/renew"),
    ] {
        let nobody = Call::admin(method, path).json(r#"{"email":"nobody@example.com"}"#);
        rows.push(
            nobody
                .refused(format!("{method} nobody"), 404, Form::Admin)
                .says("User not found: nobody@example.com"),
        );
        let long = Call::admin(method, path).json(format!(r#"{{"email":"{long}"}}"#));
        rows.push(
            long.refused(format!("{method} a long nobody"), 404, Form::Admin)
                .says("User not found: xxx"),
        );
    }
    let admin = Call::admin("DELETE", "/api/v1/admin/user").json(r#"{"email":"admin@example.com"}"#);
    rows.push(
        admin
            .refused("the admin deletes himself", 403, Form::Admin)
            .says("admin"),
    );
    for (method, path) in [
        ("POST", CREATE_USER),
        ("GET", "/api/v1/admin/users"),
        ("DELETE", "/api/v1/admin/user"),
        ("POST", "/api/v1/admin/user/renew"),
    ] {
        let call = Call::user(method, path).json("{ not even JSON");
        rows.push(
            call.refused(format!("{method} {path} by a user"), 403, Form::Admin)
                .says("administrators"),
        );
    }
    rows
}
