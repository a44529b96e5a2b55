//! Jobs as the API shows and steers them.

use insta::assert_json_snapshot;
use model::job::{Level, NewJob, Status};
use model::{Error, Job, JobSeq};
use serde_json::{Value, json};
use stockyard_slingr::Options;
use testkit::TestOptions;

use crate::support::{Crm, Who, crm, crm_with, error, scrubbed};

/// A job of somebody's that nobody works on.
async fn job(crm: &Crm, who: Who, parent: Option<JobSeq>) -> Job {
    let engine = crm.app.engine.clone();
    let new = NewJob {
        id: engine.env().new_job_id(),
        request_id: engine.env().new_request_id(),
        kind: "import",
        label: "Importing companies".to_owned(),
        queue: "test",
        serial_key: None,
        priority: 0,
        low_priority: false,
        run_by: who.email().to_owned(),
        parent,
        status: Status::Pending,
        params: r#"{"entityName":"companies","secret":"x"}"#.to_owned(),
        error: None,
        now: engine.env().now(),
    };
    let runner = engine.runner().clone();
    let made = engine
        .store()
        .write(move |tx| Ok::<_, Error>(runner.submit(tx, &new)?.into_job()));
    made.await.unwrap()
}

async fn put(crm: &Crm, who: Who, job: &Job, verb: &str, status: u16) -> Value {
    crm.expect(
        who,
        status,
        "PUT",
        &format!("/status/jobs/{}/{verb}", job.id),
        Value::Null,
    )
    .await
}

#[tokio::test]
async fn a_job_is_shown_with_its_relatives() {
    let crm = crm().await;
    let root = job(&crm, Who::Seller, None).await;
    let part = job(&crm, Who::Seller, Some(root.seq)).await;
    let shown = crm
        .expect(
            Who::Seller,
            200,
            "GET",
            &format!("/status/jobs/{}", part.id),
            Value::Null,
        )
        .await;
    assert_eq!(shown["runBy"]["id"].as_str().unwrap().len(), 24);
    assert_json_snapshot!(scrubbed(&shown), @r#"
    {
      "id": "<id>",
      "label": "Importing companies",
      "type": "IMPORT_RECORDS",
      "runBy": {
        "id": "<id>",
        "fullName": "Seller Test"
      },
      "parentJob": {
        "id": "<id>",
        "label": "Importing companies"
      },
      "rootJob": {
        "id": "<id>",
        "label": "Importing companies"
      },
      "createDate": "<ms>",
      "startDate": null,
      "endDate": null,
      "status": "PENDING",
      "hasErrors": false,
      "progress": 0,
      "recordsCount": 0,
      "recordsProcessed": 0,
      "childrenJobsCount": 0,
      "childrenJobsProcessed": 0,
      "stoppable": false,
      "lowPriority": false,
      "data": {
        "entityName": "companies"
      }
    }
    "#);
    let shown = crm.get(&format!("/status/job/{}", root.id)).await;
    assert_eq!(
        (
            &shown["childrenJobsCount"],
            &shown["parentJob"],
            &shown["stoppable"]
        ),
        (&json!(1), &Value::Null, &json!(true))
    );
}

#[tokio::test]
async fn jobs_are_listed_newest_first_and_page_by_page() {
    let crm = crm().await;
    let mut ids = Vec::new();
    for _ in 0..5 {
        ids.push(job(&crm, Who::Seller, None).await.id.as_str().to_owned());
    }
    ids.reverse();
    let ids_of = |page: &Value| -> Vec<String> {
        page["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|job| job["id"].as_str().unwrap().to_owned())
            .collect()
    };
    let first = crm.get("/status/jobs?_size=2").await;
    assert_eq!(
        (ids_of(&first), &first["total"], first["offset"].as_str()),
        (ids[..2].to_vec(), &json!(5), Some(&*ids[1]))
    );
    let next = crm.get(&format!("/status/jobs?_size=2&_offset={}", ids[1])).await;
    assert_eq!((ids_of(&next), &next["total"]), (ids[2..4].to_vec(), &json!(5)));
    let end = crm.get(&format!("/status/jobs?_offset={}", ids[4])).await;
    assert_eq!(end, json!({ "total": 5, "items": [] }));
    for (filter, count) in [
        ("type=IMPORT_RECORDS,EXPORT_RECORDS", 5),
        ("type=EXPORT_RECORDS", 0),
        ("status=PENDING,RUNNING", 5),
        ("status=FINISHED", 0),
        ("status=CANCELING", 0),
        ("hasErrors=false", 5),
        ("hasErrors=true", 0),
        ("createFrom=1464584157316&createTo=1464584157316", 5),
        ("createFrom=1464584157317", 0),
        ("startFrom=0", 0),
        ("endTo=9999999999999", 0),
        ("_unknown=x", 5),
    ] {
        assert_eq!(
            crm.get(&format!("/status/jobs?{filter}")).await["total"],
            count,
            "{filter}"
        );
    }
    for bad in [
        "type=import",
        "status=done",
        "hasErrors=yes",
        "createFrom=x",
        "_size=0",
        "_offset=x",
        "colour=red",
    ] {
        let answer = crm
            .expect(
                Who::Developer,
                400,
                "GET",
                &format!("/status/jobs?{bad}"),
                Value::Null,
            )
            .await;
        assert_eq!(error(&answer).0, "badRequest", "{answer}");
    }
}

#[tokio::test]
async fn a_job_is_stopped_resumed_and_cancelled() {
    let crm = crm().await;
    let own = job(&crm, Who::Seller, None).await;
    assert_eq!(
        put(&crm, Who::Seller, &own, "stop", 200).await["status"],
        "STOPPED"
    );
    assert_eq!(
        put(&crm, Who::Seller, &own, "resume", 200).await["status"],
        "PENDING"
    );
    let refusal = put(&crm, Who::Seller, &own, "cancel", 400).await;
    let message = format!("job {} is PENDING, it cannot be cancelled", own.id);
    assert_eq!(error(&refusal), ("badRequest", &*message));
    put(&crm, Who::Seller, &own, "forceStop", 400).await;
    put(&crm, Who::Developer, &own, "stop", 200).await;
    assert_eq!(
        put(&crm, Who::Developer, &own, "cancel", 200).await["status"],
        "CANCELED"
    );
    for verb in ["stop", "resume", "cancel", "forceStop"] {
        put(&crm, Who::Developer, &own, verb, 400).await;
    }
}

#[tokio::test]
async fn only_root_jobs_and_only_ones_own_are_steered() {
    let crm = crm().await;
    let root = job(&crm, Who::Seller, None).await;
    let part = job(&crm, Who::Seller, Some(root.seq)).await;
    let refusal = put(&crm, Who::Seller, &part, "stop", 400).await;
    assert!(error(&refusal).1.contains("only root jobs"), "{refusal}");
    // Managers may use the API of jobs, and see their own.
    assert_eq!(
        put(&crm, Who::Manager, &root, "stop", 403).await["code"],
        "forbidden"
    );
    crm.expect(
        Who::Manager,
        404,
        "GET",
        &format!("/status/jobs/{}", root.id),
        Value::Null,
    )
    .await;
    assert_eq!(
        crm.expect(Who::Manager, 200, "GET", "/status/jobs", Value::Null)
            .await["total"],
        0
    );
    for id in ["588a02c13b063a0007605032", "x"] {
        for (method, rest) in [("GET", ""), ("GET", "/logs"), ("PUT", "/stop")] {
            let answer = crm
                .expect(
                    Who::Developer,
                    404,
                    method,
                    &format!("/status/jobs/{id}{rest}"),
                    Value::Null,
                )
                .await;
            assert_eq!(error(&answer).0, "notFound");
        }
    }
}

#[tokio::test]
async fn the_status_of_a_refused_action_can_be_that_of_the_documents() {
    let options = Options {
        bad_job_action_status: 404,
        ..Options::default()
    };
    let crm = crm_with(TestOptions::default(), options).await;
    let own = job(&crm, Who::Seller, None).await;
    assert_eq!(
        put(&crm, Who::Seller, &own, "cancel", 404).await["code"],
        "badRequest"
    );
}

#[tokio::test]
async fn logs_of_a_job_are_shown_in_their_order() {
    let crm = crm().await;
    let own = job(&crm, Who::Seller, None).await;
    let (seq, now) = (own.seq, crm.app.engine.env().now());
    let lines = [
        (Level::Info, "Starting processing".to_owned()),
        (Level::Warn, "Line 3 is odd".to_owned()),
        (Level::Info, "Process completed".to_owned()),
    ];
    let written = crm
        .app
        .engine
        .store()
        .write(move |tx| Ok::<_, Error>(tx.append_logs(seq, now, &lines)?));
    written.await.unwrap();
    let path = format!("/status/jobs/{}/logs", own.id);
    let all = crm.expect(Who::Seller, 200, "GET", &path, Value::Null).await;
    assert_json_snapshot!(scrubbed(&all), @r#"
    {
      "total": 3,
      "offset": "3",
      "items": [
        {
          "timestamp": "<ms>",
          "level": "INFO",
          "message": "Starting processing"
        },
        {
          "timestamp": "<ms>",
          "level": "WARN",
          "message": "Line 3 is odd"
        },
        {
          "timestamp": "<ms>",
          "level": "INFO",
          "message": "Process completed"
        }
      ]
    }
    "#);
    let messages = async |query: &str| -> Vec<String> {
        let found = crm.get(&format!("{path}?{query}")).await;
        let items = found["items"].as_array().unwrap();
        items
            .iter()
            .map(|line| line["message"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(messages("_size=2").await, ["Line 3 is odd", "Process completed"]);
    assert_eq!(
        messages("_size=2&_offset=0").await,
        ["Starting processing", "Line 3 is odd"]
    );
    assert_eq!(messages("_offset=3").await, [""; 0]);
    assert_eq!(messages("level=WARN,ERROR").await, ["Line 3 is odd"]);
    assert_eq!(messages("level=DEBUG").await, [""; 0]);
    assert_eq!(
        messages("message=PROCESS").await,
        ["Starting processing", "Process completed"]
    );
    assert_eq!(messages("period=5m").await.len(), 3);
    assert_eq!(messages("period=yesterday").await.len(), 0);
    assert_eq!(messages("from=1464584157317").await.len(), 0);
}
