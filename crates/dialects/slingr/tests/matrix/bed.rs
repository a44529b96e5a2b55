//! A server with tasks and teams, its callers, and short words for asking it.

use std::collections::BTreeMap;
use std::sync::Arc;

use engine::identity::NewUser;
use model::Roles;
use serde_json::Value;
use stockyard_slingr::mount;
use testkit::{PASSWORD, TestApp, definition};

use crate::groups::Group;

const APP: &str = "name: test\nlabel: Test\nenvironment: dev\ntimezone: UTC\n";

const TASKS: &str = r"
name: tasks
label: Tasks
type: data
recordLabel: fields/title
auditLogs: true
fields:
  - {name: title, label: Title, type: text}
  - {name: state, label: State, type: choice, defaultValue: open,
     typeRules: {possibleValues: [{name: open, label: Open}, {name: closed, label: Closed}]}}
  - {name: score, label: Score, type: integer, indexable: true}
  - {name: code, label: Code, type: text, unique: true}
  - {name: mail, label: Mail, type: text}
  - {name: salary, label: Salary, type: integer, readAccess: {state: open}}
  - {name: team, label: Team, type: relationship, typeRules: {entity: teams, copiedFields: [level]}}
  - {name: doc, label: Document, type: fileUpload}
  - name: steps
    label: Steps
    type: nestedFields
    multiplicity: many
    nestedFields:
      - {name: what, label: What, type: text}
      - {name: hours, label: Hours, type: integer}
";

const TEAMS: &str = r"
name: teams
label: Teams
type: data
recordLabel: fields/name
auditLogs: true
lookupFields: [badge]
fields:
  - {name: name, label: Name, type: text}
  - {name: state, label: State, type: text}
  - {name: mail, label: Mail, type: text}
  - {name: level, label: Level, type: integer}
  - {name: badge, label: Badge, type: text, unique: true}
";

/// Who calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    /// In the group `a`.
    A,
    /// In the group `b`.
    B,
    /// In both.
    Both,
    /// In no group.
    Stranger,
    Developer,
    /// An admin in no group, and no developer.
    Admin,
    /// Somebody without a token.
    Nobody,
}

impl Who {
    pub(crate) const ALL: [Self; 7] = [
        Self::A,
        Self::B,
        Self::Both,
        Self::Stranger,
        Self::Developer,
        Self::Admin,
        Self::Nobody,
    ];

    pub(crate) fn email(self) -> String {
        format!("{}@example.com", format!("{self:?}").to_lowercase())
    }

    /// His groups, by their places.
    pub(crate) fn groups(self) -> &'static [usize] {
        match self {
            Self::A => &[0],
            Self::B => &[1],
            Self::Both => &[0, 1],
            _ => &[],
        }
    }
}

/// The names of the groups.
pub(crate) const GROUPS: [&str; 2] = ["a", "b"];

/// See the module.
pub(crate) struct Bed {
    pub(crate) app: TestApp,
    tokens: Vec<String>,
}

impl Bed {
    pub(crate) async fn new() -> Self {
        let app = TestApp::new(mount).await;
        let mut tokens = Vec::new();
        for who in Who::ALL {
            let (email, groups) = (
                who.email(),
                who.groups().iter().map(|place| GROUPS[*place].to_owned()),
            );
            let user = NewUser {
                name: email.replace('@', " "),
                email: if who == Who::Admin {
                    "boss@example.com".to_owned()
                } else {
                    email
                },
                password: PASSWORD.to_owned(),
                roles: Roles {
                    admin: who == Who::Admin,
                    developer: who == Who::Developer,
                },
                groups: groups.collect(),
                ..NewUser::default()
            };
            tokens.push(match who {
                Who::Nobody => String::new(),
                _ => app.engine.make_user(user).await.unwrap().token,
            });
        }
        let bed = Self { app, tokens };
        bed.use_groups(&[Group::all(), Group::all()]).await;
        bed
    }

    /// Puts other groups in the place of those that there are.
    pub(crate) async fn use_groups(&self, groups: &[Group; 2]) {
        let (a, b) = (groups[0].yaml("a"), groups[1].yaml("b"));
        let loaded = definition(&[
            ("app.yaml", APP),
            ("entities/tasks.yaml", TASKS),
            ("entities/teams.yaml", TEAMS),
            ("groups/a.yaml", &a),
            ("groups/b.yaml", &b),
        ]);
        let definition = Arc::new(loaded.app);
        let ids = [("tasks", "1"), ("teams", "2")].map(|(name, digit)| (name.to_owned(), digit.repeat(24)));
        self.app
            .engine
            .open_records(&definition, &BTreeMap::from(ids))
            .await
            .unwrap();
    }

    pub(crate) fn token(&self, who: Who) -> &str {
        &self.tokens[Who::ALL.iter().position(|known| *known == who).unwrap()]
    }

    /// Asks; a body of null is none. The status and the body of the answer.
    pub(crate) async fn ask(&self, who: Who, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let mut request = self.app.request(method.parse().unwrap(), &format!("/api{path}"));
        if who != Who::Nobody {
            request = request.header("token", self.token(who));
        }
        if !body.is_null() {
            request = request.json(&body.to_string());
        }
        let answer = request.send().await;
        (answer.status.as_u16(), answer.json())
    }

    /// The status and the text of a download.
    pub(crate) async fn download(&self, who: Who, path: &str) -> (u16, String) {
        let request = self.app.request(http::Method::GET, &format!("/api{path}"));
        let answer = request.header("token", self.token(who)).send().await;
        (answer.status.as_u16(), answer.text().to_owned())
    }

    /// Asks as a developer what must go well.
    pub(crate) async fn must(&self, method: &str, path: &str, body: &Value) -> Value {
        let (status, answer) = self.ask(Who::Developer, method, path, body).await;
        assert_eq!(status, 200, "{method} {path} {body}: {answer}");
        answer
    }
}

/// A value of a query, safe in an address.
pub(crate) fn quoted(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'_' | b'-' | b'=' | b'&' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect()
}
