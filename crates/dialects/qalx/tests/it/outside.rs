//! Queues that another service keeps.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use engine::exports::Pause;
use engine::queues::Credentials;
use engine::queues::outside::{Asked, Place, Service};
use model::{Code, Error, Timestamp};
use serde_json::{Value, json};
use stockyard_qalx::mount;
use testkit::{TestApp, TestOptions};

use crate::support::{expect, get, guid, make, sample};

/// A service that notes what it is asked for.
#[derive(Default)]
struct Noted {
    queues: Mutex<BTreeMap<String, BTreeMap<String, String>>>,
    calls: Mutex<Vec<String>>,
    /// Refusals to come.
    failing: Mutex<u32>,
}

impl Noted {
    fn note(&self, call: String) -> Result<(), Error> {
        self.calls.lock().unwrap().push(call);
        let mut failing = self.failing.lock().unwrap();
        if *failing > 0 {
            *failing -= 1;
            return Err(Error::new(Code::Unavailable, "the service is away"));
        }
        Ok(())
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.calls.lock().unwrap())
    }
}

impl Service for Noted {
    fn keep<'a>(&'a self, name: &'a str, attributes: BTreeMap<String, String>) -> Asked<'a, Place> {
        Box::pin(async move {
            self.note(format!("keep {}", kind(name)))?;
            self.queues.lock().unwrap().insert(name.to_owned(), attributes);
            Ok(Place {
                url: format!("https://there.example/1/{name}"),
                arn: format!("arn:aws:sqs:r:1:{name}"),
            })
        })
    }

    fn remove<'a>(&'a self, name: &'a str) -> Asked<'a, ()> {
        Box::pin(async move {
            self.note(format!("remove {}", kind(name)))?;
            self.queues.lock().unwrap().remove(name);
            Ok(())
        })
    }

    fn credentials<'a>(
        &'a self,
        arns: &'a [String],
        session: &'a str,
        life: Duration,
    ) -> Asked<'a, Credentials> {
        Box::pin(async move {
            self.note(format!("credentials for {} queues of {session}", arns.len()))?;
            Ok(Credentials {
                access_key: "ASIATHERE".to_owned(),
                secret: "secret".to_owned(),
                session_token: "token".to_owned(),
                expires: Timestamp(i64::try_from(life.as_millis()).unwrap()),
            })
        })
    }
}

fn kind(name: &str) -> &'static str {
    if name.ends_with("-dead.fifo") {
        "dead letters"
    } else {
        "queue"
    }
}

async fn app(service: &Arc<Noted>) -> TestApp {
    let mut engine = engine::Options::default();
    engine.mail.pause = Pause::new(|_, _| {});
    let options = TestOptions {
        engine,
        queues: Some(Arc::clone(service) as Arc<dyn Service>),
        ..TestOptions::default()
    };
    TestApp::with(options, mount).await
}

const MAKING: [&str; 3] = [
    "keep dead letters",
    "keep queue",
    "credentials for 2 queues of user@example.com",
];

#[tokio::test]
async fn clients_get_the_addresses_and_credentials_of_the_service() {
    let service = Arc::new(Noted::default());
    let app = app(&service).await;
    let body = json!({ "name": "q", "parameters": { "VisibilityTimeout": 77, "maxReceiveCount": 3 } });
    let made = make(&app, "queue", body).await;
    let name = format!("{}.fifo", guid(&made).replace('-', ""));
    let info = &made["info"];
    assert_eq!(info["queue_url"], format!("https://there.example/1/{name}"));
    assert_eq!(info["credentials"]["ACCESS_KEY_ID"], "ASIATHERE");
    assert_eq!(info["credentials"]["SESSION_TOKEN"], "token");
    assert_eq!(service.take(), MAKING);
    let set = service.queues.lock().unwrap()[&name].clone();
    let word = |name: &str| set.get(name).map(String::as_str);
    assert_eq!(
        (word("FifoQueue"), word("VisibilityTimeout")),
        (Some("true"), Some("77"))
    );
    let redrive: Value = serde_json::from_str(word("RedrivePolicy").unwrap()).unwrap();
    let dead = format!("arn:aws:sqs:r:1:{}-dead.fifo", name.trim_end_matches(".fifo"));
    assert_eq!(
        redrive,
        json!({ "deadLetterTargetArn": dead, "maxReceiveCount": 3 })
    );
    // For a while the same are given out again, in lists too.
    let list = get(&app, "queue").await;
    assert_eq!(list["data"][0]["info"]["queue_url"], info["queue_url"]);
    assert_eq!(service.take(), [""; 0]);
    app.clock.advance(Duration::from_secs(3600));
    let path = format!("queue/{}", guid(&made));
    get(&app, &path).await;
    assert_eq!(service.take(), MAKING);
    // What changes it is told.
    expect(
        &app,
        200,
        "PATCH",
        &path,
        json!({ "parameters": { "VisibilityTimeout": 5 } }),
    )
    .await;
    assert_eq!(service.take(), MAKING);
    assert_eq!(service.queues.lock().unwrap()[&name]["VisibilityTimeout"], "5");
}

#[tokio::test]
async fn a_service_that_is_away_is_asked_again() {
    let service = Arc::new(Noted::default());
    let app = app(&service).await;
    *service.failing.lock().unwrap() = 1;
    let told = expect(&app, 503, "POST", "queue", sample("queue")).await;
    assert_eq!(told["detail"], "the service is away");
    // The entity is there, and its queue as soon as somebody asks for it.
    let list = get(&app, "queue").await;
    let path = format!("queue/{}", guid(&list["data"][0]));
    assert_eq!(service.queues.lock().unwrap().len(), 2);
    expect(&app, 204, "DELETE", &path, Value::Null).await;
    service.take();
    *service.failing.lock().unwrap() = 2;
    app.run_jobs().await;
    assert_eq!(
        service.take(),
        [
            "remove queue",
            "remove queue",
            "remove queue",
            "remove dead letters"
        ]
    );
    assert_eq!(service.queues.lock().unwrap().len(), 0);
}

#[tokio::test]
async fn what_needs_the_messages_here_is_refused() {
    let service = Arc::new(Noted::default());
    let app = app(&service).await;
    let made = make(&app, "queue", sample("queue")).await;
    let path = format!("queue/{}/complete", guid(&made));
    let body = json!({ "receipt_handle": "x", "item": {} });
    let told = expect(&app, 400, "POST", &path, body).await;
    assert!(
        told["detail"].as_str().unwrap().contains("another service"),
        "{told}"
    );
    assert_eq!(get(&app, "item").await["query"]["count"], 0);
}
