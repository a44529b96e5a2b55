//! A server with an app, and short words for what tests do with it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use app::{App, Group, PasswordPolicy, RestApi, SessionPolicy};
use engine::accounts::{Account, AccountRef, GroupChoice, LogIn, LoggedIn, NewAccount};
use engine::{Engine, Options, SlingrOptions};
use model::{Actor, Code, Error, Roles};
use testkit::{PASSWORD, TestApp, TestOptions};

/// A server with the groups `plain`, `strict`, `quick`, `local` and `masters`.
pub(crate) struct Bed {
    pub(crate) app: TestApp,
    /// An admin who is no developer.
    pub(crate) admin: Arc<Actor>,
    /// A developer who is no admin.
    pub(crate) dev: Arc<Actor>,
}

impl Bed {
    pub(crate) async fn new() -> Self {
        Self::with(SlingrOptions::default()).await
    }

    pub(crate) async fn with(slingr: SlingrOptions) -> Self {
        let options = TestOptions {
            engine: Options {
                slingr,
                ..Options::default()
            },
            ..TestOptions::default()
        };
        let app = TestApp::with(options, |edge, _| edge).await;
        app.engine.set_app(Arc::new(definition()));
        let admin = app.engine.authenticate(&app.admin).await.unwrap();
        let roles = Roles {
            admin: false,
            developer: true,
        };
        let dev = actor(&app.engine, "dev@example.com", roles, &[]).await;
        Self { app, admin, dev }
    }

    pub(crate) fn engine(&self) -> &Engine {
        &self.app.engine
    }

    /// A user in these groups, by his first token.
    pub(crate) async fn user(&self, email: &str, groups: &[&str]) -> Arc<Actor> {
        actor(self.engine(), email, Roles::default(), groups).await
    }

    pub(crate) async fn log_in(&self, email: &str, password: &str) -> Result<LoggedIn, Error> {
        self.engine().open_session(with(email, password)).await
    }

    /// Logs in with the usual password and gives the session.
    pub(crate) async fn session(&self, email: &str) -> String {
        self.log_in(email, PASSWORD).await.unwrap().token
    }

    pub(crate) async fn act_as(&self, email: &str, other: &str) -> Result<LoggedIn, Error> {
        let impersonated = Some(other.to_owned());
        let wanted = LogIn {
            impersonated,
            ..with(email, PASSWORD)
        };
        self.engine().open_session(wanted).await
    }

    /// Whether a secret is taken, looked up as a request does it.
    pub(crate) async fn known(&self, secret: &str) -> bool {
        if self.engine().known_caller(secret).is_some() {
            return true;
        }
        match self.engine().authenticate(secret).await {
            Ok(_) => true,
            Err(error) => {
                assert_eq!(error.code(), Code::Unauthenticated);
                false
            }
        }
    }

    pub(crate) async fn account(&self, email: &str) -> Account {
        self.engine().account(AccountRef::of(email)).await.unwrap()
    }

    pub(crate) fn pass(&self, millis: u64) {
        self.app.clock.advance(Duration::from_millis(millis));
    }
}

async fn actor(engine: &Engine, email: &str, roles: Roles, groups: &[&str]) -> Arc<Actor> {
    let new = engine::identity::NewUser {
        email: email.to_owned(),
        name: "Ann Bee".to_owned(),
        password: PASSWORD.to_owned(),
        roles,
        groups: groups.iter().map(|group| (*group).to_owned()).collect(),
        projects: vec![],
    };
    let token = engine.make_user(new).await.unwrap().token;
    engine.authenticate(&token).await.unwrap()
}

pub(crate) fn with(email: &str, password: &str) -> LogIn {
    LogIn {
        email: email.to_owned(),
        password: password.to_owned(),
        ..LogIn::default()
    }
}

pub(crate) fn new_account(email: &str) -> NewAccount {
    NewAccount {
        email: email.to_owned(),
        first_name: "Bob".to_owned(),
        last_name: "Cole".to_owned(),
        password: Some(PASSWORD.to_owned()),
        ..NewAccount::default()
    }
}

pub(crate) fn choice(name: &str, primary: bool) -> GroupChoice {
    GroupChoice {
        name: Some(name.to_owned()),
        primary,
        ..GroupChoice::default()
    }
}

pub(crate) fn code<T>(outcome: Result<T, Error>) -> Code {
    outcome.err().unwrap().code()
}

fn definition() -> App {
    let groups = [
        group("plain", |_| {}),
        group("strict", |group| {
            group.passwords = PasswordPolicy {
                minimum_length: Some(4),
                maximum_login_attempts: Some(3),
                number: true,
                ..PasswordPolicy::default()
            };
        }),
        group("quick", |group| group.sessions.idle_ms = Some(4_000)),
        group("local", |group| {
            group.allowed_ips = vec!["10.0.0.0/8".to_owned(), "192.168.1.7".to_owned()];
        }),
        group("masters", |group| group.impersonates = true),
    ];
    App {
        name: "crm".to_owned(),
        label: "CRM".to_owned(),
        environment: None,
        timezone: "America/New_York".to_owned(),
        dynamic_entities: false,
        entities: BTreeMap::new(),
        listeners: BTreeMap::new(),
        groups: groups.map(|group| (group.name.clone(), Arc::new(group))).into(),
    }
}

fn group(name: &str, change: impl FnOnce(&mut Group)) -> Group {
    let mut group = Group {
        name: name.to_owned(),
        label: format!("The {name} ones"),
        impersonates: false,
        entities: vec![],
        passwords: PasswordPolicy::default(),
        sessions: SessionPolicy::default(),
        rest: RestApi {
            data: true,
            files_read: true,
            files_upload: name == "plain",
            jobs: true,
        },
        allowed_ips: vec![],
    };
    change(&mut group);
    group
}
