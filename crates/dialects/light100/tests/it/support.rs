//! A server with the dialect, the documented article, and requests with the documented headers.

use engine::{DeltaOptions, FailureMode, Options};
use fetch::FetchOptions;
use http::Method;
use stockyard_light100 as light100;
use testkit::{Answer, TestApp, TestOptions};

/// The fields of the documented article, in the documented order.
pub(crate) const FIELDS: &str = r#""F_3":"BH30-IP20-LG08-CRI90-6,1W-4K-BM45°-RFL-WHT-IDD350mADC(DALI)","F_5":"","F_80000":"BULLET HOLE 30 - IP20 - LED G08 - CRI 90 - 6,1 W - 4000K - BEAM 45°-REFLECTOR","F_80001":"MATT WHITE TEXTURED - INCL. DIM. DRIVER 350mA DC (DALI)","F_80002":"","F_80003":"","F_80007":"","C_75048":"BULLET HOLE","C_75027":"BULLET HOLE 30","C_75000":"INDOOR","C_75001":"CEILING","F_80006":"20/06/2022""#;

/// The file that the document's samples speak of.
pub(crate) const FILE: &str = "http://localhost/data/test.TestHandleSyncRequestMix.json";

pub(crate) const DELTA_UPDATE: &str = "/api/v1/articles/delta-update";

pub(crate) async fn app() -> TestApp {
    TestApp::new(light100::mount).await
}

pub(crate) async fn strict_app() -> TestApp {
    let delta = DeltaOptions {
        failure_mode: FailureMode::Strict,
        ..DeltaOptions::default()
    };
    let options = TestOptions {
        engine: Options {
            delta,
            ..Options::default()
        },
        ..TestOptions::default()
    };
    TestApp::with(options, light100::mount).await
}

/// A server that may fetch from these hosts.
pub(crate) async fn fetching_app(hosts: &[&str]) -> TestApp {
    let allowed_hosts = hosts.iter().map(|host| host.parse().unwrap()).collect();
    let fetch = FetchOptions {
        allowed_hosts,
        ..FetchOptions::default()
    };
    let options = TestOptions {
        fetch,
        ..TestOptions::default()
    };
    TestApp::with(options, light100::mount).await
}

/// A server with the documented article.
pub(crate) async fn app_with_article() -> TestApp {
    let app = app().await;
    let add = format!(r#"[{{"operation":"add-article","articleData":{{"F_1":"12411116",{FIELDS}}}}}]"#);
    send(&app, "seed.json", &add).await;
    app.run_jobs().await;
    app
}

/// Hands in a delta file under a name; it is not run yet.
pub(crate) async fn send(app: &TestApp, name: &str, content: &str) -> Answer {
    let request = app.request(Method::POST, DELTA_UPDATE).token(&app.user);
    let answer = request.header("x-file-name", name).json(content).send().await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer
}

/// A request with the headers of the document's samples.
pub(crate) async fn sample(app: &TestApp, method: Method, path: &str, body: &str) -> Answer {
    let request = app
        .request(method, path)
        .token(&app.user)
        .header("content-type", "application/json")
        .header("accept", "application/json")
        .header("accept-encoding", "gzip, deflate, br")
        .header("connection", "keep-alive");
    request.body(body.to_owned()).send().await
}

/// Status and body of a GET by the user.
pub(crate) async fn get(app: &TestApp, path: &str) -> (u16, String) {
    brief(&app.get(path).await)
}

pub(crate) async fn post(app: &TestApp, path: &str, json: &str) -> (u16, String) {
    brief(&app.post(path, json).await)
}

pub(crate) fn brief(answer: &Answer) -> (u16, String) {
    (answer.status.as_u16(), answer.text().to_owned())
}

/// The body of a success whose data is `data`.
pub(crate) fn success(message: &str, data: &str) -> (u16, String) {
    (
        200,
        format!(r#"{{"status":"success","message":"{message}","data":{data}}}"#),
    )
}

/// The body of a refusal.
pub(crate) fn refused(status: u16, message: &str) -> (u16, String) {
    (
        status,
        format!(r#"{{"status":"error","message":"{message}","data":null}}"#),
    )
}
