//! The forms of a file, and files that cannot be read.

use model::job::Status;

use super::bed::{Bed, end, file, gzip, op};

fn add(id: u32) -> String {
    op("add-article", &format!(r#"{{"F_1":"{id}"}}"#))
}

#[tokio::test]
async fn every_form_gives_the_same() {
    let operations = [
        add(1),
        add(2),
        op("replace-article", r#"{"F_1":"2","F_3":"é\u00e9\"\n"}"#),
    ];
    let wrapped = file(&operations);
    let array = format!("[{}]", operations.join(" ,\n"));
    let lines = operations.join("\n");
    let forms: [Vec<u8>; 5] = [
        wrapped.clone().into(),
        array.into(),
        lines.clone().into(),
        gzip(&wrapped),
        gzip(&lines),
    ];
    for form in forms {
        let bed = Bed::new().await;
        let job = bed.run("f", form).await;
        assert_eq!((end(&job), job.progress), ((Status::Finished, 3, 0), 1.0));
        assert_eq!(job.results.as_deref(), Some(r#"{"operations":3}"#));
        assert_eq!(
            bed.article("2").await.as_deref(),
            Some(r#"{"F_1":"2","F_3":"é\u00e9\"\n"}"#)
        );
    }
}

#[tokio::test]
async fn an_empty_file_is_done_at_once() {
    for text in [r#"{"operations":[]}"#, "[]"] {
        let job = Bed::new().await.run("f", text).await;
        assert_eq!(end(&job), (Status::Finished, 0, 0));
    }
}

#[tokio::test]
async fn a_broken_file_keeps_what_came_before_and_says_where_it_breaks() {
    let cut = gzip(&file(&(0..5000).map(add).collect::<Vec<_>>()));
    let cases: [(Vec<u8>, &str); 7] = [
        (b"".to_vec(), "the file is empty at line 1, column 1"),
        (format!("[{},\n{{oops}}]", add(1)).into(), "at line 2, column 2"),
        (
            format!("[{},\n", add(1)).into(),
            "the file ends where a value was expected at line 2, column 1",
        ),
        (
            format!("[{}\n{}]", add(1), add(2)).into(),
            "expected , or ] at line 2, column 1",
        ),
        (
            format!("[{},\"\u{7f}\\x\"]", add(1)).into(),
            "at line 1, column 5",
        ),
        (
            r#"{"version":2,"operations":[]}"#.into(),
            "version 2 of delta files is not known here at line 1, column 1",
        ),
        (cut[..cut.len() / 2].to_vec(), "cannot read the file"),
    ];
    for (content, message) in cases {
        let bed = Bed::new().await;
        let job = bed.run("f", content).await;
        assert_eq!(job.status, Status::Failed, "{message}");
        let error = job.error.unwrap_or_default();
        assert!(error.contains(message), "{error:?} should say {message:?}");
        let failures = bed.failures().await;
        assert_eq!(failures.len(), 1, "{message}");
        assert!(
            failures[0].failed.whole_file && failures[0].failed.error.contains(message),
            "{failures:?}"
        );
        assert_eq!(job.counts.failed, 1, "{message}");
    }
}

#[tokio::test]
async fn what_json_allows_but_we_do_not_fails_its_operation_alone() {
    let deep = format!("{}1{}", "[".repeat(40), "]".repeat(40));
    let bad = [
        op("add-article", r#"{"F_1":"1","F_1":"2"}"#),
        op("add-article", r#"{"F_1":"1\u0000"}"#),
        op("add-article", r#"{"F_1":"\ud800"}"#),
        op("add-article", r#"{"F_1":"1","F_2":1e999}"#),
        op("add-article", r#"{"F_1":"1","F_2":9223372036854775808}"#),
        op("add-article", &format!(r#"{{"F_1":"1","F_2":{deep}}}"#)),
    ];
    let mut operations = bad.to_vec();
    operations.push(add(9));
    let bed = Bed::new().await;
    let job = bed.run("f", file(&operations)).await;
    assert_eq!(end(&job), (Status::Finished, 7, 6));
    assert!(bed.article("9").await.is_some());
    let errors = bed.errors().await;
    for (error, word) in errors.iter().zip([
        "duplicate",
        "U+0000",
        "surrogate",
        "1e999",
        "9223372036854775808",
        "deeper",
    ]) {
        assert!(
            error.contains(word) && error.contains("line 1"),
            "{error} should say {word}"
        );
    }
}

#[tokio::test]
async fn a_file_that_may_not_be_fetched_is_refused_at_once() {
    let bed = Bed::new().await;
    let refused = bed
        .app
        .engine
        .submit_deltas(&bed.actor, vec!["http://169.254.169.254/x".to_owned()])
        .await;
    let error = refused.unwrap_err();
    assert_eq!(
        (error.code(), error.field()),
        (model::Code::AddressRefused, Some("file"))
    );
    assert!(error.message().contains("169.254.169.254"), "{}", error.message());
}
