//! The contract's table: each operation on an article that is there and on one that is not.

use model::job::Status;

use super::bed::{Bed, end, file, op};

const HERE: &str = r#"{"F_1":"1","F_3":"old","C_75000":"INDOOR"}"#;

/// The article after an operation, or the sentence it is refused with.
type Outcome = Result<Option<&'static str>, &'static str>;

/// Operation, data, and the outcome when the article is there and when it is missing.
const TABLE: &[(&str, &str, Outcome, Outcome)] = &[
    (
        "add-article",
        r#"{"F_1":"1","F_3":"new"}"#,
        Err("Trying to add an article that already exists: 1"),
        Ok(Some(r#"{"F_1":"1","F_3":"new"}"#)),
    ),
    (
        "replace-article",
        r#"{"F_1":"1","F_5":1e2}"#,
        Ok(Some(r#"{"F_1":"1","F_5":1e2}"#)),
        Ok(Some(r#"{"F_1":"1","F_5":1e2}"#)),
    ),
    (
        "delete-article",
        r#"{"F_1":"1"}"#,
        Ok(None),
        Err("Trying to delete an article that does not exist: 1"),
    ),
    (
        "add-article-feature",
        r#"{"F_1":"1","F_80004":"248,28"}"#,
        Ok(Some(
            r#"{"F_1":"1","F_3":"old","C_75000":"INDOOR","F_80004":"248,28"}"#,
        )),
        Err("Trying to add feature to an existing article, but the article does not exist: 1"),
    ),
    (
        "add-article-feature",
        r#"{"F_1":"1","F_3":"old","F_9":null}"#,
        Ok(Some(r#"{"F_1":"1","F_3":"old","C_75000":"INDOOR","F_9":null}"#)),
        Err("Trying to add feature to an existing article, but the article does not exist: 1"),
    ),
    (
        "add-article-feature",
        r#"{"F_1":"1","F_3":"other"}"#,
        Err("Trying to add feature F_3 that the article already has with another value: 1"),
        Err("Trying to add feature to an existing article, but the article does not exist: 1"),
    ),
    (
        "replace-article-feature",
        r#"{"F_1":1,"F_3":"new","F_4":0.10}"#,
        Ok(Some(r#"{"F_1":"1","F_3":"new","C_75000":"INDOOR","F_4":0.10}"#)),
        Err("Trying to add feature to an existing article, but the article does not exist: 1"),
    ),
    (
        "delete-article-feature",
        r#"{"F_1":"1","F_3":null,"F_99":null}"#,
        Ok(Some(r#"{"F_1":"1","C_75000":"INDOOR"}"#)),
        Err("Trying to delete feature of an existing article, but the article does not exist: 1"),
    ),
];

async fn check(before: Option<&str>, operation: &str, data: &str, expected: Result<Option<&str>, &str>) {
    let bed = Bed::new().await;
    if let Some(before) = before {
        bed.run("before", file(&[op("add-article", before)])).await;
    }
    let job = bed.run("now", file(&[op(operation, data)])).await;
    let failed = u64::from(expected.is_err());
    assert_eq!(end(&job), (Status::Finished, 1, failed), "{operation} {data}");
    match expected {
        Ok(after) => {
            assert_eq!(bed.article("1").await.as_deref(), after, "{operation} {data}");
            assert_eq!(bed.errors().await, [""; 0], "{operation} {data}");
        }
        Err(sentence) => {
            assert_eq!(bed.article("1").await.as_deref(), before, "{operation} {data}");
            assert_eq!(bed.errors().await, [sentence], "{operation} {data}");
        }
    }
}

#[tokio::test]
async fn each_operation_does_what_the_table_says() {
    for (operation, data, here, missing) in TABLE {
        check(Some(HERE), operation, data, *here).await;
        check(None, operation, data, *missing).await;
    }
}

#[tokio::test]
async fn a_failure_keeps_what_is_needed_to_send_it_again() {
    let bed = Bed::new().await;
    let data = r#"{"F_1":"12411112","F_80004":"248,28"}"#;
    bed.run(
        "http://localhost/data/test.json",
        file(&[op("replace-article-feature", data)]),
    )
    .await;
    let failures = bed.failures().await;
    assert_eq!(failures[0].file, "http://localhost/data/test.json");
    assert_eq!(
        failures[0].failed.operation.as_deref(),
        Some("replace-article-feature")
    );
    assert_eq!(
        failures[0].failed.article_data.as_ref().map(|data| data.get()),
        Some(data)
    );
}

#[tokio::test]
async fn versions_and_history_follow_each_operation() {
    let bed = Bed::new().await;
    let operations = [
        op("add-article", r#"{"F_1":"1"}"#),
        op("replace-article-feature", r#"{"F_1":"1","F_2":"x"}"#),
        op("delete-article", r#"{"F_1":"1"}"#),
    ];
    bed.run("f", file(&operations)).await;
    let picture = bed.picture().await;
    let history: Vec<_> = picture.lines().filter(|line| line.starts_with('#')).collect();
    assert_eq!(
        history,
        [
            r##"#1 1 v1 created {"F_1":"1"}"##,
            r##"#2 1 v2 updated {"F_1":"1","F_2":"x"}"##,
            r##"#3 1 v3 deleted {"F_1":"1","F_2":"x"}"##
        ]
    );
}
