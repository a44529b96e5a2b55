//! Samples of the document that take more than one call to come about: jobs under way, lines of yesterday, impersonation.
//!
//! The others stand with what they are about: records in `data`, files in `files`, the rest in `logs` and `sessions`.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

use insta::assert_json_snapshot;
use jobs::{Hooks, Point, RunnerOptions, Verdict};
use model::Job;
use serde_json::{Value, json};
use stockyard_slingr::Options;
use testkit::{PASSWORD, TestOptions};

use crate::support::{Crm, Who, crm, crm_with, id, scrubbed};

/// Holds every job before its first chunk is committed, until it may go on.
struct Gate {
    reached: SyncSender<()>,
    go: Mutex<Receiver<()>>,
}

impl Hooks for Gate {
    fn at(&self, point: Point, _job: &Job) -> Verdict {
        if point == Point::BeforeCommit && self.reached.send(()).is_ok() {
            // A test that is over lets everything go.
            let _ = self.go.lock().unwrap().recv();
        }
        Verdict::Go
    }
}

/// A server whose jobs halt before they have done anything, and how to know of that and let them go on.
async fn halting() -> (Crm, Receiver<()>, SyncSender<()>) {
    let ((reached, halted), (go, gone)) = (sync_channel(1), sync_channel(1));
    let hooks = Arc::new(Gate {
        reached,
        go: Mutex::new(gone),
    });
    let test = TestOptions {
        runner: RunnerOptions {
            hooks,
            ..RunnerOptions::default()
        },
        ..TestOptions::default()
    };
    (crm_with(test, Options::default()).await, halted, go)
}

async fn company(crm: &Crm, name: &str) -> String {
    let body = json!({ "name": name, "type": "a" });
    id(&crm
        .expect(Who::Developer, 200, "POST", "/data/companies", body)
        .await)
}

/// Hands in a deletion of these companies; the id of its job.
async fn deletion(crm: &Crm, ids: &[String]) -> String {
    let path = format!("/data/companies/{}?_async=true", ids.join(","));
    let reference = crm
        .expect(Who::Developer, 200, "DELETE", &path, Value::Null)
        .await;
    let job = reference["jobId"].as_str().unwrap().to_owned();
    assert_eq!(
        reference,
        json!({ "jobLink": format!("/api/status/jobs/{job}"), "jobId": job })
    );
    job
}

#[tokio::test]
async fn deletes_two_companies_in_the_background() {
    let crm = crm().await;
    let ids = [company(&crm, "One").await, company(&crm, "Two").await];
    let job = deletion(&crm, &ids).await;
    crm.app.run_jobs().await;
    let done = crm.get(&format!("/status/jobs/{job}")).await;
    let ok = json!({ "status": "ok" });
    assert_eq!(
        done["results"],
        json!({ (&*ids[0]): ok, (&*ids[1]): ok }),
        "{done}"
    );
    assert_eq!(crm.get("/data/companies").await["total"], 0);
}

#[tokio::test]
async fn finds_up_to_three_finished_jobs_and_the_logs_of_one() {
    let crm = crm().await;
    let mut jobs = Vec::new();
    for name in ["One", "Two", "Three", "Four", "Five"] {
        let company = company(&crm, name).await;
        jobs.push(deletion(&crm, &[company]).await);
        // The last one is not finished.
        if name != "Five" {
            crm.app.run_jobs().await;
        }
    }
    let page = crm.get("/status/jobs?status=FINISHED&_size=3").await;
    let shown: Vec<String> = page["items"].as_array().unwrap().iter().map(id).collect();
    assert_eq!(shown, [&*jobs[3], &jobs[2], &jobs[1]]);
    assert_eq!((&page["total"], &page["offset"]), (&json!(4), &json!(jobs[1])));
    let logs = crm.get(&format!("/status/job/{}/logs", jobs[0])).await;
    assert_json_snapshot!(scrubbed(&logs), @r#"
    {
      "total": 2,
      "offset": "2",
      "items": [
        {
          "timestamp": "<ms>",
          "level": "INFO",
          "message": "Starting processing"
        },
        {
          "timestamp": "<ms>",
          "level": "INFO",
          "message": "Process completed"
        }
      ]
    }
    "#);
}

#[tokio::test]
async fn stops_a_job_and_resumes_it() {
    let (crm, halted, go) = halting().await;
    let ids = [company(&crm, "One").await];
    let job = deletion(&crm, &ids).await;
    crm.app.runner.claim().await.unwrap();
    halted.recv().unwrap();
    let put = async |verb: &str| {
        let path = format!("/status/jobs/{job}/{verb}");
        let steered = crm.expect(Who::Developer, 200, "PUT", &path, json!({})).await;
        (steered["id"].clone(), steered["status"].clone())
    };
    assert_eq!(put("stop").await, (json!(job), json!("STOPPING")));
    let running = crm.get("/status/jobs?status=STOPPING").await;
    assert_eq!(running["items"][0]["id"], json!(job));
    go.send(()).unwrap();
    crm.app.runner.idle().await;
    let stopped = crm.get(&format!("/status/jobs/{job}")).await;
    // Its only chunk was under way, so nothing is left to do, or it stands still before the rest.
    assert!(
        ["STOPPED", "FINISHED"].contains(&stopped["status"].as_str().unwrap()),
        "{stopped}"
    );
}

#[tokio::test]
async fn stops_a_job_by_force_and_cancels_or_resumes_it() {
    let (crm, halted, go) = halting().await;
    let mut steered = Vec::new();
    for (name, last) in [("One", "cancel"), ("Two", "resume")] {
        let ids = [company(&crm, name).await];
        let job = deletion(&crm, &ids).await;
        crm.app.runner.claim().await.unwrap();
        halted.recv().unwrap();
        for verb in ["stop", "forceStop", last] {
            let path = format!("/status/jobs/{job}/{verb}");
            let shown = crm.expect(Who::Developer, 200, "PUT", &path, Value::Null).await;
            assert_eq!(shown["id"], json!(job));
            steered.push(shown["status"].as_str().unwrap().to_owned());
        }
        go.send(()).unwrap();
        crm.app.runner.idle().await;
        let page = crm.get(&format!("/data/companies?name={name}")).await;
        assert_eq!(page["total"], 1, "what was stopped by force is not committed");
    }
    assert_eq!(
        steered,
        [
            "STOPPING", "STOPPED", "CANCELED", "STOPPING", "STOPPED", "PENDING"
        ]
    );
}

#[tokio::test]
async fn finds_two_logs_for_yesterday_for_one_specific_user() {
    let crm = crm().await;
    let session = json!({ "email": "seller@example.com", "password": PASSWORD });
    let session = crm.expect(Who::Nobody, 200, "POST", "/auth/login", session).await;
    let token = session["token"].as_str().unwrap();
    crm.call_with(token, "GET", "/users/current", Value::Null).await;
    crm.call(Who::Manager, "GET", "/users/current", Value::Null).await;
    crm.app.clock.advance(Duration::from_secs(24 * 3600));
    crm.call(Who::Seller, "GET", "/users/current", Value::Null).await;
    let lines = crm
        .get("/status/logs?period=yesterday&userEmail=seller@example.com&_size=2")
        .await;
    assert_json_snapshot!(scrubbed(&lines), @r#"
    {
      "total": 2,
      "offset": "<id>",
      "items": [
        {
          "id": "<id>",
          "type": "APP",
          "subType": "LOGIN",
          "level": "INFO",
          "message": "POST /login",
          "userEmail": "seller@example.com",
          "adminUserEmail": null,
          "timestamp": "<ms>",
          "ip": "127.0.0.1"
        },
        {
          "id": "<id>",
          "type": "APP",
          "subType": null,
          "level": "INFO",
          "message": "GET /api/users/current",
          "userEmail": "seller@example.com",
          "adminUserEmail": null,
          "timestamp": "<ms>",
          "ip": "127.0.0.1"
        }
      ]
    }
    "#);
}
