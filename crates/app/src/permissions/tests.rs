//! The algebra against a small model that tries everything.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::tz::TimeZone;
use jsonb::Jsonb;
use proptest::prelude::*;

use super::*;
use crate::language::parse;
use crate::testing::{self, User, integer, text};
use crate::{ActionPermission, Field, FieldAccess, FunctionName, Group};

/// A rule, which the model evaluates by itself.
#[derive(Clone, Copy, Debug)]
enum Model {
    Always,
    Never,
    /// `a` equals 1.
    One,
    /// `b` equals 1.
    Other,
    /// A function that says whether `a` is 0.
    Script,
}

impl Model {
    fn rule(self) -> Rule {
        let when = |query: &str| Rule::When(parse(query).expect("readable").condition);
        match self {
            Self::Always => Rule::Always,
            Self::Never => Rule::Never,
            Self::One => when("a=1"),
            Self::Other => when("b=1"),
            Self::Script => Rule::Script(FunctionName("isZero".to_owned())),
        }
    }

    fn holds(self, a: i64, b: i64) -> bool {
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::One => a == 1,
            Self::Other => b == 1,
            Self::Script => a == 0,
        }
    }
}

#[derive(Clone, Debug)]
struct ModelGroup {
    read: Model,
    update: Model,
    fields: Vec<(&'static str, FieldAccess)>,
}

impl ModelGroup {
    fn permission(&self) -> EntityPermission {
        EntityPermission {
            entity: "things".to_owned(),
            read: self.read.rule(),
            create: Rule::Never,
            update: self.update.rule(),
            delete: Rule::Never,
            history: Rule::Always,
            import: false,
            export: true,
            fields: self
                .fields
                .iter()
                .map(|(path, access)| ((*path).to_owned(), *access))
                .collect(),
            actions: vec![ActionPermission {
                action: "go".to_owned(),
                rule: Rule::Always,
                parameters: Vec::new(),
            }],
        }
    }

    /// By walking the path outwards.
    fn access(&self, path: &str) -> FieldAccess {
        let own = self
            .fields
            .iter()
            .find(|(ruled, _)| *ruled == path)
            .map(|(_, access)| *access);
        let outer = path.rsplit_once('.').map(|(outer, _)| self.access(outer));
        own.into_iter()
            .chain(outer)
            .min()
            .unwrap_or(FieldAccess::ReadWrite)
    }
}

const PATHS: [&str; 5] = ["a", "b", "contact", "contact.email", "contact.name"];

fn fields() -> Vec<Field> {
    let contact = testing::nested(vec![text("email"), text("name")]);
    vec![
        integer("a"),
        integer("b"),
        crate::lower::path::plain("contact", contact, false),
    ]
}

fn app(groups: &[ModelGroup]) -> App {
    let named = |(at, model): (usize, &ModelGroup)| {
        let name = format!("g{at}");
        let group = Group {
            entities: vec![model.permission()],
            ..testing::group(&name, &name)
        };
        (name, Arc::new(group))
    };
    let groups: BTreeMap<_, _> = groups.iter().enumerate().map(named).collect();
    App {
        groups,
        ..testing::app(fields())
    }
}

fn record(a: i64, b: i64) -> Jsonb {
    jsonb::object().field_i64("a", a).field_i64("b", b).finish()
}

fn names(app: &App) -> Vec<String> {
    app.groups.keys().cloned().collect()
}

fn with_rights(groups: &[ModelGroup], developer: bool, check: impl FnOnce(&Rights<'_>, &Scope<'_>)) {
    let app = app(groups);
    let zone = TimeZone::UTC;
    let scope = Scope {
        app: &app,
        entity: app.entity("things").expect("there"),
        zone: &zone,
        user: &User,
    };
    let names = names(&app);
    check(&Rights::new(&app, scope.entity, &names, developer), &scope);
}

fn granting(reach: &Reach<'_>, a: i64, b: i64) -> Granting {
    let mut script = |function: &FunctionName| {
        assert_eq!(function.0, "isZero");
        Ok::<_, query::Refusal>(a == 0)
    };
    reach.on(record(a, b).root(), &mut script).expect("sound")
}

fn a_rule() -> impl Strategy<Value = Model> {
    proptest::sample::select(vec![
        Model::Always,
        Model::Never,
        Model::One,
        Model::Other,
        Model::Script,
    ])
}

fn a_group() -> impl Strategy<Value = ModelGroup> {
    let access = proptest::sample::select(vec![
        FieldAccess::None,
        FieldAccess::ReadOnly,
        FieldAccess::ReadWrite,
    ]);
    let field = (proptest::sample::select(PATHS.to_vec()), access);
    let fields = proptest::collection::btree_map(
        field.clone().prop_map(|(path, _)| path),
        field.prop_map(|(_, access)| access),
        0..4,
    );
    (a_rule(), a_rule(), fields).prop_map(|(read, update, fields)| ModelGroup {
        read,
        update,
        fields: fields.into_iter().collect(),
    })
}

proptest! {
    #[test]
    fn groups_unite_record_by_record(groups in proptest::collection::vec(a_group(), 0..4)) {
        with_rights(&groups, false, |rights, scope| {
            let read = rights.reach(Right::Read, scope).expect("fits");
            let update = rights.reach(Right::Update, scope).expect("fits");
            for (a, b) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
                let readers: Vec<_> = groups.iter().filter(|group| group.read.holds(a, b)).collect();
                let writers: Vec<_> = readers.iter().filter(|group| group.update.holds(a, b)).collect();
                let (reading, writing) = (granting(&read, a, b), granting(&update, a, b));
                assert_eq!((reading.is_any(), writing.is_any()), (!readers.is_empty(), !writers.is_empty()));
                let listed = read.filter().matches(record(a, b).root()).expect("sound");
                assert!(listed || readers.is_empty(), "the filter leaves nobody's record out");
                assert!(!read.is_exact() || listed != readers.is_empty(), "an exact one lets no other in");
                assert!(!read.is_all() || !readers.is_empty());
                assert!(!read.is_none() || readers.is_empty());
                for path in PATHS {
                    let best = readers.iter().map(|group| group.access(path)).max().unwrap_or(FieldAccess::None);
                    assert_eq!(rights.access(&reading, path), best, "{path}");
                    let writes = writers.iter().any(|group| group.access(path) == FieldAccess::ReadWrite);
                    assert_eq!(rights.writable(&writing, path), writes, "{path}");
                    assert_eq!(rights.readable_paths(&reading).contains(&path.to_owned()), best != FieldAccess::None);
                    let hidden = rights.hidden_paths(&reading);
                    let covered = hidden.iter().any(|outer| path == outer || path.starts_with(&format!("{outer}.")));
                    assert!(readers.is_empty() || covered == (best == FieldAccess::None), "{path} {hidden:?}");
                    // What a query may look at shows on every record that is seen.
                    assert!(!rights.may_use_in_query(path) || readers.is_empty() || best != FieldAccess::None, "{path}");
                }
            }
        });
    }
}

fn group(read: Model, fields: &[(&'static str, FieldAccess)]) -> ModelGroup {
    ModelGroup {
        read,
        update: Model::Always,
        fields: fields.to_vec(),
    }
}

#[test]
fn queries_look_at_what_shows_everywhere() {
    use FieldAccess::{None, ReadOnly};
    let cases: Vec<(Vec<ModelGroup>, &str, bool)> = vec![
        (vec![], "a", false),
        (vec![], "id", true),
        (vec![group(Model::Always, &[])], "a", true),
        (vec![group(Model::Always, &[])], "", true),
        (vec![group(Model::Always, &[("a", None)])], "a", false),
        (vec![group(Model::Always, &[("a", None)])], "", false),
        (vec![group(Model::Always, &[("a", ReadOnly)])], "a", true),
        (
            vec![group(Model::Always, &[("a", None)]), group(Model::One, &[])],
            "a",
            false,
        ),
        (
            vec![group(Model::Always, &[]), group(Model::One, &[("a", None)])],
            "a",
            true,
        ),
        (
            vec![group(Model::One, &[]), group(Model::Other, &[("a", None)])],
            "a",
            false,
        ),
        (vec![group(Model::One, &[]), group(Model::Other, &[])], "a", true),
        (vec![group(Model::Never, &[])], "a", false),
        (
            vec![group(Model::One, &[]), group(Model::Never, &[("a", None)])],
            "a",
            true,
        ),
        (
            vec![group(Model::Always, &[("contact.email", None)])],
            "contact",
            false,
        ),
        (
            vec![group(Model::Always, &[("contact.email", None)])],
            "contact.name",
            true,
        ),
        (
            vec![group(Model::Always, &[("contact", None)])],
            "contact.name",
            false,
        ),
    ];
    for (groups, path, allowed) in cases {
        with_rights(&groups, false, |rights, _| {
            assert_eq!(rights.may_use_in_query(path), allowed, "{groups:?} {path}");
        });
    }
}

#[test]
fn access_rules_of_fields_hold_for_everybody() {
    let mut fields = fields();
    for field in &mut fields {
        if field.name == "b" {
            field.read_access = Model::One.rule();
        }
    }
    let app = testing::app(fields);
    let rights = Rights::new(&app, app.entity("things").expect("there"), &[], true);
    assert!(rights.may_use_in_query("a") && rights.may_use_in_query("contact.email"));
    assert!(!rights.may_use_in_query("b") && !rights.may_use_in_query(""));
}

#[test]
fn rights_depend_on_reading_and_developers_have_all() {
    with_rights(&[group(Model::Never, &[])], false, |rights, scope| {
        for right in [
            Right::Read,
            Right::Create,
            Right::Update,
            Right::Delete,
            Right::History,
            Right::Action("go"),
        ] {
            assert!(rights.reach(right, scope).expect("fits").is_none(), "{right:?}");
        }
        assert!(!rights.may_export() && !rights.may_import());
    });
    with_rights(&[group(Model::One, &[])], false, |rights, scope| {
        let history = rights.reach(Right::History, scope).expect("fits");
        assert!(!history.is_all() && history.is_exact() && history.grants().len() == 1);
        assert!(!rights.reach(Right::Action("go"), scope).expect("fits").is_none());
        assert!(
            rights
                .reach(Right::Action("stop"), scope)
                .expect("fits")
                .is_none()
        );
        assert!(rights.may_export() && !rights.may_import());
    });
    with_rights(&[], true, |rights, scope| {
        let delete = rights.reach(Right::Delete, scope).expect("fits");
        assert!(delete.is_all() && delete.is_exact() && delete.filter().is_all());
        let granting = granting(&delete, 0, 0);
        assert!(rights.writable(&granting, "contact.email") && rights.hidden_paths(&granting).is_empty());
        assert!(rights.may_use_in_query("") && rights.may_export() && rights.may_import());
    });
}

#[test]
fn a_rule_that_does_not_fit_is_told() {
    let mut bad = app(&[group(Model::Always, &[])]);
    let mut permission = group(Model::Always, &[]).permission();
    permission.read = Rule::When(parse("foo=1").expect("readable").condition);
    let broken = Group {
        entities: vec![permission],
        ..testing::group("g0", "g0")
    };
    bad.groups.insert("g0".to_owned(), Arc::new(broken));
    let zone = TimeZone::UTC;
    let scope = Scope {
        app: &bad,
        entity: bad.entity("things").expect("there"),
        zone: &zone,
        user: &User,
    };
    let groups = ["g0".to_owned(), "unknown".to_owned()];
    let rights = Rights::new(&bad, scope.entity, &groups, false);
    let error = rights.reach(Right::Read, &scope).expect_err("does not fit");
    assert!(error.to_string().contains("`foo`"), "{error}");
}
