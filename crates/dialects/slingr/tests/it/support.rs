//! A server with the example app and its users, and the few things that tests do with it over and over.

use std::path::Path;

use engine::Engine;
use engine::identity::NewUser;
use model::Roles;
use serde_json::Value;
use stockyard_slingr::{Options, mount_with};
use testkit::{Answer, PASSWORD, TestApp, TestOptions, definition};

/// Who calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    /// Nobody: no token at all.
    Nobody,
    /// A user of no group.
    Stranger,
    /// May read some companies and contacts.
    Reader,
    /// May read, make and change companies.
    Seller,
    /// May do everything with records.
    Manager,
    /// A developer.
    Developer,
    /// An admin, who is no developer and in no group.
    Admin,
}

impl Who {
    /// All of them.
    pub(crate) const ALL: [Self; 7] = [
        Self::Nobody,
        Self::Stranger,
        Self::Reader,
        Self::Seller,
        Self::Manager,
        Self::Developer,
        Self::Admin,
    ];

    /// The mail address.
    pub(crate) fn email(self) -> &'static str {
        match self {
            Self::Nobody => "",
            Self::Stranger => "stranger@example.com",
            Self::Reader => "reader@example.com",
            Self::Seller => "seller@example.com",
            Self::Manager => "manager@example.com",
            Self::Developer => "developer@example.com",
            Self::Admin => "boss@example.com",
        }
    }

    fn groups(self) -> Vec<String> {
        let name = match self {
            Self::Reader => "readers",
            Self::Seller => "sales",
            Self::Manager => "managers",
            _ => return Vec::new(),
        };
        vec![name.to_owned()]
    }
}

/// A server with the example app.
pub(crate) struct Crm {
    pub(crate) app: TestApp,
    tokens: Vec<(Who, String)>,
}

/// A server with the usual settings.
pub(crate) async fn crm() -> Crm {
    crm_with(TestOptions::default(), Options::default()).await
}

/// A server with settings of its own.
pub(crate) async fn crm_with(test: TestOptions, options: Options) -> Crm {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../examples/crm");
    let loaded = app::load(&folder).unwrap_or_else(|complaints| panic!("{complaints:?}"));
    serve(&loaded, test, options).await
}

/// A server with the app of these files.
pub(crate) async fn app_of(files: &[(&str, &str)]) -> Crm {
    let app = (
        "app.yaml",
        "name: test\nlabel: Test\nenvironment: prod\ntimezone: UTC\n",
    );
    let loaded = definition(&[&[app], files].concat());
    serve(&loaded, TestOptions::default(), Options::default()).await
}

/// A server with this app.
pub(crate) async fn serve(loaded: &app::Loaded, test: TestOptions, options: Options) -> Crm {
    let app = TestApp::with(test, move |edge, engine| mount_with(edge, engine, options)).await;
    let actor = model::Actor::default();
    app.engine.apply_app(&actor, loaded, false).await.unwrap();
    let mut tokens = Vec::new();
    for who in Who::ALL {
        let token = match who {
            Who::Nobody => String::new(),
            who => user(&app.engine, who).await,
        };
        tokens.push((who, token));
    }
    Crm { app, tokens }
}

async fn user(engine: &Engine, who: Who) -> String {
    let name = who.email().split('@').next().unwrap_or_default();
    let user = NewUser {
        email: who.email().to_owned(),
        name: format!("{}{} Test", name[..1].to_uppercase(), &name[1..]),
        password: PASSWORD.to_owned(),
        roles: Roles {
            admin: who == Who::Admin,
            developer: who == Who::Developer,
        },
        groups: who.groups(),
        ..NewUser::default()
    };
    engine.make_user(user).await.unwrap().token
}

impl Crm {
    /// The token of a caller.
    pub(crate) fn token(&self, who: Who) -> &str {
        let mut tokens = self.tokens.iter();
        tokens
            .find_map(|(known, token)| (*known == who).then_some(token.as_str()))
            .unwrap()
    }

    /// A request under `/prod/runtime/api`; a body of null is none.
    pub(crate) async fn call(&self, who: Who, method: &str, path: &str, body: Value) -> Answer {
        self.call_with(self.token(who), method, path, body).await
    }

    /// A request with a token of the caller's own.
    pub(crate) async fn call_with(&self, token: &str, method: &str, path: &str, body: Value) -> Answer {
        let mut request = self
            .app
            .request(method.parse().unwrap(), &format!("/prod/runtime/api{path}"));
        if !token.is_empty() {
            request = request.header("token", token);
        }
        if !body.is_null() {
            request = request.json(&body.to_string());
        }
        request.send().await
    }

    /// A request that must be answered with this status; its body.
    pub(crate) async fn expect(&self, who: Who, status: u16, method: &str, path: &str, body: Value) -> Value {
        let answer = self.call(who, method, path, body).await;
        assert_eq!(
            answer.status.as_u16(),
            status,
            "{method} {path} by {who:?}: {}",
            answer.text()
        );
        answer.json()
    }

    /// A GET by a developer.
    pub(crate) async fn get(&self, path: &str) -> Value {
        self.expect(Who::Developer, 200, "GET", path, Value::Null).await
    }
}

/// A body without what differs from run to run: ids and times.
pub(crate) fn scrubbed(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::String(scrubbed_text(text)),
        Value::Number(number) if number.as_i64().is_some_and(|n| n > 1_460_000_000_000) => "<ms>".into(),
        Value::Array(items) => items.iter().map(scrubbed).collect(),
        Value::Object(fields) => {
            let fields = fields
                .iter()
                .map(|(key, value)| (scrubbed_text(key), scrubbed(value)));
            Value::Object(fields.collect())
        }
        other => other.clone(),
    }
}

fn scrubbed_text(text: &str) -> String {
    let parts = text.split('/').map(|part| match model::is_record_id(part) {
        true => "<id>",
        false => part,
    });
    parts.collect::<Vec<_>>().join("/")
}

/// The id of what was answered.
pub(crate) fn id(value: &Value) -> String {
    value["id"]
        .as_str()
        .unwrap_or_else(|| panic!("{value}"))
        .to_owned()
}

/// The code and the message of an error.
pub(crate) fn error(value: &Value) -> (&str, &str) {
    let text = |key: &str| value[key].as_str().unwrap_or_default();
    (text("code"), text("message"))
}

/// A form with one part.
pub(crate) fn form(part: &str, name: &str, content: &str) -> String {
    format!(
        "--b\r\nContent-Disposition: form-data; name=\"{part}\"; filename=\"{name}\"\r\nContent-Type: text/plain\r\n\r\n\
         {content}\r\n--b--\r\n"
    )
}

/// Sends a form of files.
pub(crate) async fn send(crm: &Crm, who: Who, body: &str) -> Answer {
    let request = crm
        .app
        .request("POST".parse().unwrap(), "/prod/runtime/api/files");
    request
        .header("token", crm.token(who))
        .header("content-type", "multipart/form-data; boundary=b")
        .body(body.to_owned())
        .send()
        .await
}

/// Sends a file of this name; its id.
pub(crate) async fn upload(crm: &Crm, who: Who, name: &str) -> String {
    let sent = send(crm, who, &form("file", name, "this is the content of the file")).await;
    assert_eq!(sent.status.as_u16(), 200, "{}", sent.text());
    sent.json()["fileId"].as_str().unwrap().to_owned()
}
