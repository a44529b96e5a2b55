//! Conditions against stored records: paths, references, elements, sorts; what is refused.

mod types;

use jiff::tz::TimeZone;
use jsonb::Jsonb;

use super::path::plain;
use super::*;
use crate::FieldType;
use crate::language::parse;
use crate::testing::{self, User};

fn json(text: &str) -> Jsonb {
    Jsonb::parse(text.as_bytes(), &jsonb::Limits::default()).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// Whether each record matches a query, or why it is refused.
fn matching(app: &crate::App, query: &str, records: &[Jsonb]) -> Result<Vec<bool>, String> {
    let zone = TimeZone::UTC;
    let scope = Scope {
        app,
        entity: app.entity("things").expect("there"),
        zone: &zone,
        user: &User,
    };
    let request = parse(query).map_err(|error| error.to_string())?;
    let filter = filter(&scope, &request.condition).map_err(|error| error.to_string())?;
    Ok(records
        .iter()
        .map(|record| filter.matches(record.root()).expect("sound"))
        .collect())
}

/// Which of the three records of the test are found.
const FOUND: &[(&str, [bool; 3])] = &[
    ("addresses.state=CA", [true, true, false]),
    ("addresses.state=CA&addresses.city=Trenton", [true, true, false]),
    (
        r#"addresses={"state":"CA","city":"Trenton"}"#,
        [false, true, false],
    ),
    (
        r#"addresses={"state":"CA","city":"Oakland"}"#,
        [true, false, false],
    ),
    (r#"addresses={"state":null,"city":null}"#, [false, true, false]),
    (r#"contact={"email":"a@x.org"}"#, [true, false, false]),
    (
        r#"company={"id":"585a0b0c00000000000000c1","type":"a"}"#,
        [true, false, false],
    ),
    ("addresses.state=notEquals(NJ)", [false, true, true]),
    ("addresses.state=empty()", [false, true, true]),
    ("addresses.state=notEmpty()", [true, true, false]),
    ("addresses.rank=between(2,8)", [false, true, false]),
    (
        "addresses.rank=greater(2)&addresses.rank=less(8)",
        [true, true, false],
    ),
    ("addresses=empty()", [false, false, true]),
    ("addresses=notEmpty()", [true, true, false]),
    ("contact=empty()", [false, true, true]),
    ("contact.email=a@x.org", [true, false, false]),
    ("company.type=a", [true, false, false]),
    ("company.label=like(/blog)", [true, false, false]),
    ("company.id=585A0B0C00000000000000C1", [true, false, false]),
    (
        "company=notEquals(Blogpad,585a0b0c00000000000000c2)",
        [false, true, true],
    ),
    (
        "id=585a0b0c0000000000000001,585A0B0C0000000000000003",
        [true, false, true],
    ),
    ("id=notEquals(585a0b0c0000000000000001)", [false, true, true]),
    ("id=greater(585a0b0c0000000000000001)", [false, true, true]),
    ("label=like(/t)", [false, true, true]),
    ("label=like(e/)", [true, false, true]),
    ("label=like(/^t.*o$/)", [false, true, false]),
    ("label=like(.)", [false, false, false]),
    ("version=0,1", [false, true, true]),
    ("place=near(0,0)", [true, true, false]),
    ("place=near(0,0,10)", [false, true, false]),
    ("place=near(0,0,0,1000)", [true, false, false]),
    (
        "_query=or(filter('label','One'),and(filter('version','0'),filter('place','near(0,1,0,10)')))",
        [true, true, false],
    ),
    ("label=currentUser(firstName)", [false, true, false]),
    ("label=currentUserField(firstName)", [false, true, false]),
    ("label=currentUser(phone)", [false, false, false]),
    ("label=notEquals(currentUser(phone))", [true, true, true]),
    ("company=currentUser(phone)", [false, false, false]),
    (
        r#"addresses={"state":"CA"}&company=currentUser(phone)"#,
        [false, false, false],
    ),
    ("label=greater(currentUser(phone))", [false, false, false]),
    ("label=currentUser(groups)", [true, false, false]),
];

const REFUSED: &[(&str, &str)] = &[
    ("foo=1", "field `foo`: there is no field `foo`"),
    ("addresses.foo=1", "there is no field `foo`"),
    ("label.x=1", "has no fields in it"),
    ("addresses.state.x=1", "`state` has no fields in it"),
    ("addresses.version=1", "there is no field `version`"),
    ("company.name=1", "is not copied from `companies`"),
    (
        "addresses=notEquals(x)",
        "operator `notEquals`: fields of type nestedFields",
    ),
    ("addresses=x", "takes a JSON object"),
    ("place=1", "fields of type geoPoint"),
    ("place=near(91,0)", "latitude from -90 to 90"),
    ("place=near(0,0,5,1)", "greater than the most"),
    ("place=near(0,0,-5)", "must not be negative"),
    ("place=near(a,0)", "is not a number"),
    ("label=near(0,0)", "fields of type text"),
    ("id=abc", "value \"abc\": is not an id"),
    ("version=x", "is not a whole number"),
    (
        "addresses.rank=x",
        "field `addresses.rank`, operator `equals`, value \"x\"",
    ),
    ("addresses.rank=between(1,)", "takes two values"),
    ("label=like(/(/)", "value \"/(/\""),
    ("label=currentUser(shoes)", "users have no field `shoes`"),
    ("secret=greater(1)", "sensitive"),
    ("secret=notEquals(1)", "sensitive"),
    ("secret=empty()", "sensitive"),
    ("secret=like(1)", "sensitive"),
    (r#"label={"a":1}"#, "not compared with an object"),
    ("a..b=1", "there is no field `a`"),
    ("addresses.=1", "empty step"),
];

#[test]
fn nested_fields_places_and_what_they_refuse() {
    let app = testing::app(testing::nested_fields());
    let records = [
        r#"{"id":"585a0b0c0000000000000001","version":3,"label":"One","contact":{"id":"585a0b0c00000000000000a1","email":"a@x.org"},
            "addresses":[{"state":"CA","city":"Oakland","rank":1},{"state":"NJ","city":"Trenton","rank":9}],
            "place":{"latitude":0,"longitude":0},
            "company":{"id":"585a0b0c00000000000000c1","label":"Blogpad","type":"a"}}"#,
        r#"{"id":"585a0b0c0000000000000002","version":0,"label":"Two","addresses":[{"state":"CA","city":"Trenton","rank":5},{}],
            "place":{"latitude":0,"longitude":1}}"#,
        r#"{"id":"585a0b0c0000000000000003","version":1,"label":"Three"}"#,
    ];
    let records = records.map(json);
    for (query, wanted) in FOUND {
        assert_eq!(matching(&app, query, &records), Ok(wanted.to_vec()), "{query}");
    }
    for (query, why) in REFUSED {
        let found = matching(&app, query, &records).expect_err(query);
        assert!(found.contains(why), "{query}: {found}");
    }
    let secret = json(r#"{"secret":"x"}"#);
    assert_eq!(matching(&app, "secret=x", &[secret]), Ok(vec![true]));
}

#[test]
fn conditions_that_an_index_can_serve_stay_so() {
    let mut fields = testing::nested_fields();
    fields.push(plain("rating", FieldType::BigNumber(Default::default()), false));
    let app = testing::app(fields);
    let zone = TimeZone::UTC;
    let scope = Scope {
        app: &app,
        entity: app.entity("things").expect("there"),
        zone: &zone,
        user: &User,
    };
    let cases = [
        ("label=a,b", "label"),
        ("addresses.state=CA", "addresses.state"),
        ("addresses.rank=between(1,2)", "addresses.rank,addresses.rank"),
        (
            r#"addresses={"state":"CA","city":"B"}"#,
            "addresses.state,addresses.city",
        ),
        ("company=Blogpad", "company.label"),
        ("company=585a0b0c00000000000000c1", "company.id"),
        ("rating=greater(5)", "~.rating"),
        ("version=greater(5)&label=notEquals(x)", "version"),
    ];
    for (query, paths) in cases {
        let filter = filter(&scope, &parse(query).expect("readable").condition).expect("fits");
        let found: Vec<String> = filter.terms().into_iter().map(|term| term.path).collect();
        assert_eq!(found.join(","), paths, "{query}");
    }
}

#[test]
fn sorts_name_the_stored_path() {
    let mut fields = testing::nested_fields();
    fields.push(plain("rating", FieldType::BigNumber(Default::default()), false));
    fields.push(plain("logo", FieldType::File, false));
    fields.push(plain("tags", FieldType::Text(Default::default()), true));
    let app = testing::app(fields);
    let zone = TimeZone::UTC;
    let scope = Scope {
        app: &app,
        entity: app.entity("things").expect("there"),
        zone: &zone,
        user: &User,
    };
    let cases = [
        (None, "id"),
        (Some("label"), "label"),
        (Some("version"), "version"),
        (Some("contact.email"), "contact.email"),
        (Some("company"), "company.label"),
        (Some("company.type"), "company.type"),
        (Some("logo"), "logo.name"),
        (Some("rating"), "~.rating"),
    ];
    for (field, path) in cases {
        assert_eq!(sort(&scope, field).as_deref(), Ok(path));
    }
    let refused = [
        ("secret", "sensitive"),
        ("tags", "several values"),
        ("addresses.state", "several values"),
        ("contact", "no order"),
        ("place", "no order"),
        ("foo", "there is no field"),
    ];
    for (field, why) in refused {
        let found = sort(&scope, Some(field)).expect_err(field).to_string();
        assert!(found.contains(why) && found.contains(field), "{found}");
    }
}

#[test]
fn near_gives_the_order_and_paths_are_listed() {
    let app = testing::app(testing::nested_fields());
    let zone = TimeZone::UTC;
    let scope = Scope {
        app: &app,
        entity: app.entity("things").expect("there"),
        zone: &zone,
        user: &User,
    };
    let condition = parse("label=a&place=near(0,0)").expect("readable").condition;
    let order = near(&scope, &condition).expect("fits").expect("there");
    assert_eq!((order.path.as_str(), order.from.latitude), ("place", 0.0));
    let record = json(r#"{"place":{"latitude":0,"longitude":1}}"#);
    assert!(
        order
            .metres(record.root())
            .expect("sound")
            .is_some_and(|metres| (metres - 111_195.1).abs() < 1.0)
    );
    assert_eq!(order.metres(json("{}").root()), Ok(None));
    assert_eq!(
        near(&scope, &parse("label=a").expect("readable").condition),
        Ok(None)
    );
    let condition = parse(r#"b=1&a.c=2&b=3&_query=or(filter('d','1'))&e={"f":1}"#)
        .expect("readable")
        .condition;
    assert_eq!(fields_used(&condition), ["a.c", "b", "d", "e.f"]);
}

#[test]
fn groups_are_found_by_id_name_and_label() {
    let mut app = testing::app(vec![plain("team", FieldType::Group { allowed: vec![] }, false)]);
    let mut named = testing::group("sales2", "sales");
    named.name = "sales2".to_owned();
    app.groups.insert("sales2".to_owned(), named.into());
    let (sales, other) = (crate::group_id("sales"), crate::group_id("sales2"));
    let records = [
        json(&format!(
            r#"{{"team":{{"id":"{sales}","label":"Sales people"}}}}"#
        )),
        json(&format!(r#"{{"team":{{"id":"{other}","label":"sales"}}}}"#)),
        json("{}"),
    ];
    let rows = [
        // The name of one is the label of another: the name counts.
        ("team=sales".to_owned(), [true, false, false]),
        ("team=Sales people".to_owned(), [true, false, false]),
        (format!("team={other}"), [false, true, false]),
        ("team=notEquals(sales)".to_owned(), [false, true, true]),
        ("team.name=sales".to_owned(), [true, false, false]),
        ("team.name=sales,sales2".to_owned(), [true, true, false]),
        ("team.name=notEquals(sales2)".to_owned(), [true, false, true]),
        ("team.name=like(2/)".to_owned(), [false, true, false]),
        ("team.name=like(nobody)".to_owned(), [false, false, false]),
        ("team.name=empty()".to_owned(), [false, false, true]),
        ("team.name=nobody".to_owned(), [false, false, false]),
        ("team.label=sales".to_owned(), [false, true, false]),
        ("team=currentUser(groups)".to_owned(), [true, false, false]),
    ];
    for (query, wanted) in rows {
        assert_eq!(matching(&app, &query, &records), Ok(wanted.to_vec()), "{query}");
    }
    let refused = matching(&app, "team.name=greater(a)", &records).unwrap_err();
    assert!(refused.contains("fields of type group"), "{refused}");
}
