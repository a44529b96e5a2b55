//! The documented samples of job calls, paging, and listings with nothing in them.

use http::Method;

use crate::support::{DELTA_UPDATE, FILE, app, brief, fetching_app, get, refused, sample, send, success};

/// The documented failure.
const FAILED: &str = r#"{"errors":["Trying to add feature to an existing article, but the article does not exist: 12411112"],"payload":{"articleData":{"F_1":"12411112","F_80004":"248,28"},"file":"http://localhost/data/test.TestHandleSyncRequestMix.json","operation":"replace-article-feature","tries":1,"timeout":60,"failOnTimeout":true,"queue":"delta-article","middleware":[],"chained":[]}}"#;

fn waiting(file: &str) -> String {
    format!(
        r#"{{"payload":{{"file":"{file}","tries":1,"timeout":300,"failOnTimeout":true,"queue":"delta-file","middleware":[],"chained":[]}}}}"#
    )
}

/// An operation on an article that does not exist.
fn failing(number: &str) -> String {
    format!(
        r#"{{"operation":"replace-article-feature","articleData":{{"F_1":"{number}","F_80004":"248,28"}}}}"#
    )
}

fn with_meta((status, body): (u16, String), page: u64, per_page: u64, total: u64) -> (u16, String) {
    let meta = format!(r#","meta":{{"page":{page},"per_page":{per_page},"total":{total}}}}}"#);
    (status, format!("{}{meta}", &body[..body.len() - 1]))
}

const DELTA: &str = r#"{
"file": "\"http:\/\/localhost\/data\/test.TestHandleSyncRequestMix.json\"",
"files": "\"[http:\/\/localhost\/data\/test.TestHandleSyncRequestMix.json, http:\/\/localhost\/data\/test.TestHandleSyncRequestMix2.json]\""
}"#;

#[tokio::test]
async fn sample_delta_update() {
    let app = fetching_app(&["localhost"]).await;
    let answer = sample(&app, Method::POST, DELTA_UPDATE, DELTA).await;
    assert_eq!(
        brief(&answer),
        success("Delta file accepted and added to the job queue", "null")
    );
    assert_eq!(answer.header("x-job-ids"), "1,2");
    let second = "http://localhost/data/test.TestHandleSyncRequestMix2.json";
    let files = format!(r#"["{FILE}","{second}"]"#);
    assert_eq!(
        get(&app, "/api/v1/jobs/files").await,
        success("files found (2)", &files)
    );
}

#[tokio::test]
async fn sample_job_and_jobs() {
    let app = app().await;
    send(&app, FILE, "[]").await;
    let list = format!("[{}]", waiting(FILE));
    let answer = sample(&app, Method::GET, "/api/v1/jobs/job", "").await;
    assert_eq!(brief(&answer), success("Jobs found [job]", &list));
    let answer = sample(&app, Method::GET, "/api/v1/jobs/jobs", "").await;
    assert_eq!(
        brief(&answer),
        with_meta(success("Jobs found [jobs]", &list), 1, 50, 1)
    );
}

#[tokio::test]
async fn sample_files_and_successful_files() {
    let app = app().await;
    let file = format!("{FILE}.gz");
    send(&app, &file, "[]").await;
    let list = format!(r#"["{file}"]"#);
    assert_eq!(
        get(&app, "/api/v1/jobs/files").await,
        success("files found (1)", &list)
    );
    assert_eq!(
        get(&app, "/api/v1/jobs/successfulfiles").await,
        success("successful files found (0)", "[]")
    );
    app.run_jobs().await;
    assert_eq!(
        get(&app, "/api/v1/jobs/files").await,
        success("files found (0)", "[]")
    );
    let answer = sample(&app, Method::GET, "/api/v1/jobs/successfulfiles", "").await;
    assert_eq!(brief(&answer), success("successful files found (1)", &list));
    let answer = sample(&app, Method::GET, "/api/v1/jobs/clearsuccessful", "").await;
    assert_eq!(
        brief(&answer),
        success("Clear of finished jobs successful", "null")
    );
    assert_eq!(
        get(&app, "/api/v1/jobs/successfulfiles").await,
        success("successful files found (0)", "[]")
    );
}

#[tokio::test]
async fn sample_failed_job_and_failed_jobs() {
    let app = app().await;
    send(&app, FILE, &format!("[{}]", failing("12411112"))).await;
    app.run_jobs().await;
    let answer = sample(&app, Method::GET, "/api/v1/jobs/failedjob", "").await;
    assert_eq!(brief(&answer), success("Failed job found", FAILED));
    let answer = sample(&app, Method::GET, "/api/v1/jobs/failedjobs", "").await;
    assert_eq!(brief(&answer), success("Failed jobs found", FAILED));
    let list = success("Failed jobs found", &format!("[{FAILED}]"));
    assert_eq!(
        get(&app, "/api/v1/jobs/failedjobs?page=1").await,
        with_meta(list, 1, 50, 1)
    );
    let answer = sample(&app, Method::GET, "/api/v1/jobs/flush", "").await;
    assert_eq!(
        brief(&answer),
        success("Flush of failed jobs queue successful", "null")
    );
    assert_eq!(
        get(&app, "/api/v1/jobs/failedjob").await,
        success("No failed job found", "null")
    );
    assert_eq!(
        get(&app, "/api/v1/jobs/failedjobs").await,
        with_meta(success("Failed jobs found", "[]"), 1, 50, 0)
    );
}

#[tokio::test]
async fn sample_failed_articles_and_failed_files() {
    let app = app().await;
    let numbers = [
        "12411112", "12411122", "12411132", "12411142", "12411152", "12411162", "12411172", "12411182",
        "12411212", "12411222",
    ];
    let operations: Vec<_> = numbers.iter().map(|number| failing(number)).collect();
    let file = format!("{FILE}.gz");
    send(&app, &file, &format!("[{}]", operations.join(","))).await;
    app.run_jobs().await;
    let expected = format!(r#"["{}"]"#, numbers.join(r#"",""#));
    let answer = sample(&app, Method::GET, "/api/v1/jobs/failedarticles", "").await;
    assert_eq!(brief(&answer), success("Failed articles found (10)", &expected));
    let answer = sample(&app, Method::GET, "/api/v1/jobs/failedfiles", "").await;
    assert_eq!(
        brief(&answer),
        success("Failed files found (1)", &format!(r#"["{file}"]"#))
    );

    let page = get(&app, "/api/v1/jobs/failedarticles?page=4&per_page=3").await;
    assert_eq!(page, success("Failed articles found (10)", r#"["12411222"]"#));
    let page = app.get("/api/v1/jobs/failedjobs?per_page=4&page=2").await.json();
    assert_eq!(page["data"].as_array().unwrap().len(), 4);
    assert_eq!(page["data"][0]["payload"]["articleData"]["F_1"], "12411152");
    assert_eq!(page["meta"].to_string(), r#"{"page":2,"per_page":4,"total":10}"#);
}

#[tokio::test]
async fn sample_clear() {
    let app = app().await;
    send(&app, "one", "[]").await;
    send(&app, "two", "[]").await;
    let answer = sample(&app, Method::GET, "/api/v1/jobs/clear", "").await;
    assert_eq!(brief(&answer), success("Clear of jobs queue successful", "null"));
    assert_eq!(
        get(&app, "/api/v1/jobs/files").await,
        success("files found (0)", "[]")
    );
    app.run_jobs().await;
    assert_eq!(
        get(&app, "/api/v1/jobs/successfulfiles").await,
        success("successful files found (0)", "[]")
    );
    assert_eq!(
        get(&app, "/api/v1/jobs/failedfiles").await,
        success("Failed files found (0)", "[]")
    );
}

#[tokio::test]
async fn jobs_are_paged_in_their_order() {
    let app = app().await;
    for name in ["a", "b", "c"] {
        send(&app, name, "[]").await;
    }
    let expected = |names: &[&str], page, per_page| {
        let list: Vec<_> = names.iter().map(|name| waiting(name)).collect();
        with_meta(
            success("Jobs found [jobs]", &format!("[{}]", list.join(","))),
            page,
            per_page,
            3,
        )
    };
    assert_eq!(
        get(&app, "/api/v1/jobs/jobs?per_page=2").await,
        expected(&["a", "b"], 1, 2)
    );
    assert_eq!(
        get(&app, "/api/v1/jobs/jobs?per_page=2&page=2").await,
        expected(&["c"], 2, 2)
    );
    assert_eq!(
        get(&app, "/api/v1/jobs/jobs?page=1000000000&per_page=1000").await,
        expected(&[], 1_000_000_000, 1000)
    );
    assert_eq!(
        get(&app, "/api/v1/jobs/jobs?other=1").await,
        expected(&["a", "b", "c"], 1, 50)
    );
    assert_eq!(
        get(&app, "/api/v1/jobs/job").await,
        success("Jobs found [job]", &format!("[{}]", waiting("a")))
    );
    assert_eq!(
        get(&app, "/api/v1/jobs/files?page=2&per_page=2").await,
        success("files found (3)", r#"["c"]"#)
    );
}

#[tokio::test]
async fn pages_out_of_range_are_refused() {
    let app = app().await;
    let page =
        |given: &str| format!(r#"page: expected a whole number from 1 to 1000000000, got \"{given}\""#);
    let size = |most: &str, given: &str| {
        format!(r#"per_page: expected a whole number from 1 to {most}, got \"{given}\""#)
    };
    for (path, query, message) in [
        ("jobs", "page=0", page("0")),
        ("jobs", "page=abc", page("abc")),
        ("jobs", "page=", page("")),
        ("jobs", "page=%2B1", page("+1")),
        ("jobs", "page=18446744073709551616", page("18446744073709551616")),
        ("failedjobs", "per_page=1001", size("1000", "1001")),
        ("failedjobs", "per_page=-1", size("1000", "-1")),
        ("failedarticles", "per_page=10001", size("10000", "10001")),
        ("files", "per_page=0", size("10000", "0")),
        (
            "jobs",
            "page=1&page=2",
            "page: given 2 times, once is allowed".to_owned(),
        ),
    ] {
        assert_eq!(
            get(&app, &format!("/api/v1/jobs/{path}?{query}")).await,
            refused(422, &message),
            "{query}"
        );
    }
}

#[tokio::test]
async fn empty_listings_are_lists() {
    let app = app().await;
    assert_eq!(
        get(&app, "/api/v1/jobs/job").await,
        success("Jobs found [job]", "[]")
    );
    assert_eq!(
        get(&app, "/api/v1/jobs/failedarticles").await,
        success("Failed articles found (0)", "[]")
    );
    assert_eq!(
        get(&app, "/api/v1/jobs/failedfiles").await,
        success("Failed files found (0)", "[]")
    );
}
