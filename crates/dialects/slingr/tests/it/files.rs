//! Files: sent, fetched, shared, and gone when nothing holds them.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Who, crm, error, form, id, send, upload};

#[tokio::test]
async fn a_file_is_sent_and_fetched() {
    let crm = crm().await;
    let sent = send(
        &crm,
        Who::Seller,
        &form("file", "file.ext", "this is the content of the file"),
    )
    .await;
    let file = sent.json()["fileId"].as_str().unwrap().to_owned();
    assert!(model::is_record_id(&file), "{file}");
    assert_eq!(
        sent.json(),
        json!({ "fileId": file, "fileLink": format!("/files/{file}") })
    );
    let fetched = crm
        .call(Who::Developer, "GET", &format!("/files/{file}"), Value::Null)
        .await;
    assert_eq!(
        (fetched.status.as_u16(), fetched.text()),
        (200, "this is the content of the file")
    );
    for (name, value) in [
        ("content-type", "application/force-download"),
        ("content-disposition", "attachment; filename=file.ext"),
        ("content-length", "31"),
        ("x-content-type-options", "nosniff"),
    ] {
        assert_eq!(fetched.header(name), value, "{name}");
    }
    let forced = crm
        .call(
            Who::Developer,
            "GET",
            &format!("/files/{file}?forceDownload=true"),
            Value::Null,
        )
        .await;
    assert_eq!(forced.status.as_u16(), 200);
    for (who, status) in [
        (Who::Seller, 403),
        (Who::Reader, 403),
        (Who::Admin, 200),
        (Who::Nobody, 401),
    ] {
        let answer = crm.call(who, "GET", &format!("/files/{file}"), Value::Null).await;
        assert_eq!(answer.status.as_u16(), status, "{who:?}");
    }
}

#[tokio::test]
async fn forms_that_are_none_are_refused() {
    let crm = crm().await;
    for (body, needle) in [
        (form("other", "a.txt", "x"), "needs a part file"),
        (
            form("file", "a.txt", "x").replace("--b--\r\n", &form("file", "b.txt", "y")),
            "more than once",
        ),
        ("--b\r\nX: 1\r\n\r\nx".to_owned(), "ends before its last boundary"),
        (String::new(), "ends before its last boundary"),
    ] {
        let answer = send(&crm, Who::Seller, &body).await;
        assert_eq!(answer.status.as_u16(), 400, "{}", answer.text());
        let answer = answer.json();
        assert!(
            error(&answer).0 == "badRequest" && error(&answer).1.contains(needle),
            "{answer}"
        );
    }
    let json = crm
        .expect(Who::Seller, 400, "POST", "/files", json!({ "a": 1 }))
        .await;
    assert!(error(&json).1.contains("multipart/form-data"), "{json}");
    assert_eq!(
        send(&crm, Who::Reader, &form("file", "a.txt", "x"))
            .await
            .status
            .as_u16(),
        403
    );
}

#[tokio::test]
async fn a_shared_file_needs_no_token_until_its_link_ends() {
    let crm = crm().await;
    let file = upload(&crm, Who::Seller, "my \\\"own\\\" file.txt").await;
    let share = async |who: Who, query: &str, status: u16| {
        crm.expect(
            who,
            status,
            "PUT",
            &format!("/files/{file}/share{query}"),
            Value::Null,
        )
        .await
    };
    let shared = share(Who::Seller, "?ttl=60000", 200).await;
    let link = shared["sharedFileLink"].as_str().unwrap().to_owned();
    assert_eq!(
        link,
        format!("/files/shared/{}", shared["sharedFileId"].as_str().unwrap())
    );
    let usual = share(Who::Developer, "", 200).await["sharedFileLink"]
        .as_str()
        .unwrap()
        .to_owned();
    let forever = share(Who::Developer, "?ttl=0", 200).await["sharedFileLink"]
        .as_str()
        .unwrap()
        .to_owned();
    share(Who::Developer, "?ttl=-1", 400).await;
    share(Who::Developer, "?ttl=soon", 400).await;
    share(Who::Reader, "", 403).await;
    let fetch = async |link: &str| crm.call(Who::Nobody, "GET", link, Value::Null).await;
    let fetched = fetch(&link).await;
    assert_eq!(fetched.text(), "this is the content of the file");
    assert_eq!(
        fetched.header("content-disposition"),
        r#"attachment; filename="my \"own\" file.txt""#
    );
    crm.app.clock.advance(Duration::from_secs(61));
    assert_eq!(fetch(&link).await.json()["code"], "notFound");
    assert_eq!(fetch(&usual).await.status.as_u16(), 200);
    crm.app.clock.advance(Duration::from_secs(3600));
    assert_eq!(fetch(&usual).await.status.as_u16(), 404);
    assert_eq!(fetch(&forever).await.status.as_u16(), 200);
    assert_eq!(
        fetch("/files/shared/588fa383b45fc9000bc1c014")
            .await
            .status
            .as_u16(),
        404
    );
    crm.expect(
        Who::Developer,
        404,
        "PUT",
        "/files/588fa383b45fc9000bc1c014/share",
        Value::Null,
    )
    .await;
}

#[tokio::test]
async fn a_file_that_nothing_holds_is_gone_after_a_while() {
    let crm = crm().await;
    let file = upload(&crm, Who::Seller, "a.txt").await;
    crm.app.clock.advance(Duration::from_secs(12 * 3600 + 1));
    crm.expect(Who::Developer, 404, "GET", &format!("/files/{file}"), Value::Null)
        .await;
}

#[tokio::test]
async fn files_of_a_record_are_for_those_who_may_read_it() {
    let crm = crm().await;
    let file = upload(&crm, Who::Manager, "logo.png").await;
    let other = upload(&crm, Who::Manager, "other.png").await;
    let company = json!({ "name": "Test 1", "type": "a", "logo": { "id": file } });
    let company = id(&crm
        .expect(Who::Manager, 200, "POST", "/data/companies", company)
        .await);
    let status = async |who: Who, record: &str, file: &str| {
        let path = format!("/data/companies/{record}/files/{file}");
        crm.call(who, "GET", &path, Value::Null).await.status.as_u16()
    };
    for (who, expected) in [
        (Who::Manager, 200),
        (Who::Seller, 200),
        (Who::Developer, 200),
        (Who::Reader, 403),
        (Who::Stranger, 403),
        (Who::Nobody, 401),
    ] {
        assert_eq!(status(who, &company, &file).await, expected, "{who:?}");
    }
    assert_eq!(status(Who::Manager, &company, &other).await, 404);
    assert_eq!(status(Who::Manager, "588fa383b45fc9000bc1c014", &file).await, 404);
    crm.app.clock.advance(Duration::from_secs(24 * 3600));
    crm.expect(Who::Nobody, 401, "GET", &format!("/files/{file}"), Value::Null)
        .await;
}

/// What headers ask for, and what is answered: status, body and `Content-Range`.
type Part<'a> = (Vec<(&'a str, &'a str)>, u16, &'a str, &'a str);

#[tokio::test]
async fn parts_of_files_are_answered_as_the_standard_says() {
    let crm = crm().await;
    let file = upload(&crm, Who::Manager, "a.txt").await;
    let company = json!({ "name": "Test 1", "type": "a", "logo": file });
    let company = id(&crm
        .expect(Who::Manager, 200, "POST", "/data/companies", company)
        .await);
    let share = format!("/files/{file}/share");
    let shared = crm.expect(Who::Manager, 200, "PUT", &share, Value::Null).await;
    let addresses = [
        (Who::Developer, format!("/files/{file}")),
        (Who::Manager, format!("/data/companies/{company}/files/{file}")),
        (Who::Nobody, shared["sharedFileLink"].as_str().unwrap().to_owned()),
    ];
    let whole = "this is the content of the file";
    for (who, path) in addresses {
        let fetch = async |headers: &[(&str, &str)]| {
            let path = format!("/prod/runtime/api{path}");
            let request = crm.app.request("GET".parse().unwrap(), &path);
            let request = match who {
                Who::Nobody => request,
                who => request.header("token", crm.token(who)),
            };
            let request = headers
                .iter()
                .fold(request, |request, (name, value)| request.header(name, value));
            request.send().await
        };
        let plain = fetch(&[]).await;
        let tag = plain.header("etag").to_owned();
        assert!(
            tag.starts_with('"') && tag.ends_with('"') && tag.len() > 2,
            "{tag}"
        );
        assert_eq!(plain.header("accept-ranges"), "bytes");
        let parts: [Part<'_>; 13] = [
            (vec![("range", "bytes=5-6")], 206, "is", "bytes 5-6/31"),
            (vec![("range", "bytes=27-")], 206, "file", "bytes 27-30/31"),
            (vec![("range", "bytes=27-1000")], 206, "file", "bytes 27-30/31"),
            (vec![("range", "bytes=-4")], 206, "file", "bytes 27-30/31"),
            (vec![("range", "bytes=-1000")], 206, whole, "bytes 0-30/31"),
            (vec![("range", "bytes=0-0,3-4")], 200, whole, ""),
            (vec![("range", "bytes=6-5")], 200, whole, ""),
            (vec![("range", "lines=1-2")], 200, whole, ""),
            (
                vec![("range", "bytes=5-6"), ("if-range", &tag)],
                206,
                "is",
                "bytes 5-6/31",
            ),
            (
                vec![("range", "bytes=5-6"), ("if-range", "\"other\"")],
                200,
                whole,
                "",
            ),
            (
                vec![
                    ("range", "bytes=5-6"),
                    ("if-range", "Sun, 06 Nov 1994 08:49:37 GMT"),
                ],
                200,
                whole,
                "",
            ),
            (vec![("if-none-match", &tag)], 304, "", ""),
            (vec![("if-none-match", "\"other\"")], 200, whole, ""),
        ];
        for (headers, status, body, range) in parts {
            let answer = fetch(&headers).await;
            assert_eq!(
                (
                    answer.status.as_u16(),
                    answer.text(),
                    answer.header("content-range")
                ),
                (status, body, range),
                "{path} {headers:?}"
            );
            assert_eq!(answer.header("etag"), tag, "{headers:?}");
            if status != 304 {
                let length = body.len().to_string();
                assert_eq!(answer.header("content-length"), length, "{headers:?}");
                assert_eq!(answer.header("content-type"), "application/force-download");
            }
        }
        for range in ["bytes=31-", "bytes=31-40", "bytes=-0"] {
            let beyond = fetch(&[("range", range)]).await;
            assert_eq!(
                (beyond.status.as_u16(), beyond.header("content-range")),
                (416, "bytes */31"),
                "{range}"
            );
            assert_eq!(
                beyond.json(),
                json!({ "code": "badRequest", "message": "the file has 31 bytes, none of them is in the range" })
            );
        }
    }
}
