//! Notifications, from the request to a mail server that is played here, and into files.

#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod server;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use engine::Options;
use engine::exports::{Pause, Secret};
use engine::notifications::{MailOptions, MailTls, Notification};
use model::job::{ItemState, Status};
use model::{Actor, Code, Job, Page};
use server::{Reply, Server};
use testkit::{TestApp, TestOptions};

type Waits = Arc<Mutex<Vec<Duration>>>;

/// A server that sends to a mail server on this port, and what it waited between attempts.
async fn app(port: u16) -> (TestApp, Waits) {
    let waits = Waits::default();
    let noted = Arc::clone(&waits);
    let mail = MailOptions {
        from: Some("Stockyard <stockyard@example.com>".to_owned()),
        host: Some("127.0.0.1".to_owned()),
        port: Some(port),
        tls: MailTls::None,
        attempts: 3,
        pause: Pause::new(move |time, _| noted.lock().unwrap().push(time)),
        ..MailOptions::default()
    };
    (with(mail).await, waits)
}

async fn with(mail: MailOptions) -> TestApp {
    let engine = Options {
        mail,
        ..Options::default()
    };
    let options = TestOptions {
        engine,
        ..TestOptions::default()
    };
    TestApp::with(options, |edge, _| edge).await
}

async fn actor(app: &TestApp) -> Arc<Actor> {
    app.engine.authenticate(&app.user).await.unwrap()
}

fn mail() -> Notification {
    Notification {
        subject: "Läufe fertig".to_owned(),
        message: "All runs are done.\n.\nSee you".to_owned(),
        to: vec!["Ann <ann@example.com>".to_owned()],
        cc: vec!["bob@example.com".to_owned()],
        bcc: vec!["eve@example.com".to_owned(), "ann@example.com".to_owned()],
    }
}

/// Sends a mail and gives the job as it ended.
async fn sent(app: &TestApp, mail: Notification) -> Job {
    let actor = actor(app).await;
    let job = app.engine.notify(&actor, mail).await.unwrap();
    app.run_jobs().await;
    app.engine.job(&actor, job.seq).await.unwrap()
}

/// Who got it and who did not, and why.
async fn outcome(app: &TestApp, job: &Job) -> Vec<(String, ItemState, Option<String>)> {
    let seq = job.seq;
    let read = app
        .engine
        .store()
        .read(move |tx| Ok::<_, model::Error>(tx.items(seq, &[], Page::first(100))?.entries));
    let items = read.await.unwrap().into_iter();
    items.map(|item| (item.key, item.state, item.detail)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_recipient_gets_it_once() {
    let server = Server::start(|_, _| Reply::Take);
    let (app, waits) = app(server.port).await;
    let job = sent(&app, mail()).await;
    assert_eq!(
        (job.status, job.counts.processed, job.counts.failed),
        (Status::Finished, 3, 0)
    );
    let mails = server.mails();
    let recipients: Vec<_> = mails.iter().map(|mail| mail.recipient.as_str()).collect();
    assert_eq!(
        recipients,
        ["ann@example.com", "bob@example.com", "eve@example.com"]
    );
    let text = &mails[0].text;
    for expected in [
        "From: Stockyard <stockyard@example.com>\r\n",
        "To: Ann <ann@example.com>\r\n",
        "Cc: bob@example.com\r\n",
        "Date: Mon, 30 May 2016 04:55:57 +0000\r\n",
        "Content-Type: text/plain; charset=utf-8\r\n",
        &format!("Message-ID: <{}@example.com>\r\n", job.id),
        "\r\n\r\nAll runs are done.\r\n.\r\nSee you",
    ] {
        assert!(text.contains(expected), "{expected} in {text}");
    }
    assert!(!text.contains("eve"), "{text}");
    assert!(mails.iter().all(|mail| mail.text == *text));
    assert!(waits.lock().unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn one_who_is_refused_keeps_it_from_nobody_else() {
    let server = Server::start(|recipient, _| match recipient {
        "bob@example.com" => Reply::Refuse,
        _ => Reply::Take,
    });
    let (app, _) = app(server.port).await;
    let job = sent(&app, mail()).await;
    assert_eq!((job.status, job.counts.failed), (Status::Finished, 1));
    let outcome = outcome(&app, &job).await;
    let failed: Vec<_> = outcome
        .iter()
        .filter(|(_, state, _)| *state == ItemState::Failed)
        .collect();
    let [(key, _, Some(detail))] = failed[..] else {
        panic!("{outcome:?}")
    };
    assert!(key == "bob@example.com" && detail.contains("550"), "{detail}");
    assert_eq!(server.mails().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_who_is_put_off_is_tried_again_alone() {
    let server = Server::start(|recipient, attempt| match (recipient, attempt) {
        ("ann@example.com", 1) => Reply::PutOff,
        _ => Reply::Take,
    });
    let (app, waits) = app(server.port).await;
    let job = sent(&app, mail()).await;
    assert_eq!(job.counts.failed, 0);
    let recipients: Vec<_> = server.mails().into_iter().map(|mail| mail.recipient).collect();
    assert_eq!(
        recipients,
        ["bob@example.com", "eve@example.com", "ann@example.com"]
    );
    assert_eq!(*waits.lock().unwrap(), [Duration::from_secs(5)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_waits_for_ever() {
    let server = Server::start(|_, _| Reply::HangUp);
    let (app, waits) = app(server.port).await;
    let job = sent(&app, mail()).await;
    assert_eq!(
        (job.status, job.counts.processed, job.counts.failed),
        (Status::Finished, 3, 3)
    );
    let outcome = outcome(&app, &job).await;
    assert!(
        outcome
            .iter()
            .all(|(_, _, detail)| detail.as_deref().unwrap().contains("given up after 3 attempts"))
    );
    assert_eq!(*waits.lock().unwrap(), [5, 10].map(Duration::from_secs));
    // One attempt each round: nobody else is tried while the server cannot be reached.
    assert_eq!(server.connections(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_takes_the_place_of_a_server() {
    let folder = tempfile::tempdir().unwrap();
    let app = with(MailOptions {
        from: Some("stockyard@example.com".to_owned()),
        folder: Some(folder.path().join("mail")),
        ..MailOptions::default()
    })
    .await;
    let html = Notification {
        message: "<p>Done</p>".to_owned(),
        ..mail()
    };
    let job = sent(&app, html).await;
    assert_eq!((job.status, job.counts.failed), (Status::Finished, 0));
    let text = std::fs::read_to_string(folder.path().join(format!("mail/{}.eml", job.id))).unwrap();
    assert!(text.contains("Bcc: eve@example.com, ann@example.com"), "{text}");
    assert!(text.contains("Content-Type: text/html; charset=utf-8"), "{text}");
    assert_eq!(std::fs::read_dir(folder.path().join("mail")).unwrap().count(), 1);
}

#[tokio::test]
async fn nothing_is_accepted_that_cannot_be_sent() {
    for (mail_options, setting) in [
        (MailOptions::default(), "mail.from"),
        (
            MailOptions {
                from: Some("a@b.example".to_owned()),
                password: Some(Secret::new("s")),
                ..MailOptions::default()
            },
            "mail.host",
        ),
    ] {
        let app = with(mail_options).await;
        let error = app.engine.notify(&*actor(&app).await, mail()).await.unwrap_err();
        assert_eq!(error.code(), Code::Conflict);
        assert!(error.message().contains(setting), "{}", error.message());
    }
}
