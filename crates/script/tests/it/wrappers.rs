//! Records and fields as the documents describe them.

use script::{Argument, Context, Field, FieldKind, Shape, User};

use crate::support::{COMPANY, context, error, json, load, shape, text, thrown, value};

/// Expressions over the company, and what they give.
const TABLE: &[(&str, &str)] = &[
    ("record.id()", r#""573cdb2f5bc2c4aee0c1e2a7""#),
    ("record.label()", r#""Blogpad""#),
    ("record.version()", "3"),
    ("record.entityName()", r#""companies""#),
    ("record.isNew()", "false"),
    ("record.field('id').val()", r#""573cdb2f5bc2c4aee0c1e2a7""#),
    ("record.field('name').val()", r#""Blogpad""#),
    ("record.field('name').name()", r#""name""#),
    ("record.field('name').equals('Blogpad')", "true"),
    ("record.field('name').equals(null)", "false"),
    ("record.field('name').isEmpty()", "false"),
    ("record.field('notes').val()", "null"),
    ("record.field('notes').isEmpty()", "true"),
    ("record.field('notes').equals(null)", "true"),
    ("record.field('notes').equals('')", "true"),
    ("record.field('numberOfEmployees').val() + 1", "13"),
    ("typeof record.field('numberOfEmployees').val()", r#""number""#),
    ("record.field('rating').val()", r#""2.80""#),
    ("record.field('length').val()", "60000"),
    ("record.field('isCustomer').val() === true", "true"),
    ("record.field('isOpen').val() === false", "true"),
    ("record.field('isOpen').isEmpty()", "false"),
    ("record.field('isOpen').equals(false)", "true"),
    ("record.field('born').val() instanceof Date", "true"),
    ("record.field('born').val()", "981158400000"),
    ("record.field('born').equals(new Date(981158400000))", "true"),
    ("record.field('died').val()", "null"),
    ("record.field('lastMeeting').val() instanceof Date", "true"),
    ("record.field('lastMeeting').val().getTime()", "1464584157316"),
    (
        "record.field('lastMeeting').equals(new Date(1464584157316))",
        "true",
    ),
    ("record.field('state').val()", r#""pending""#),
    ("record.field('state').label()", r#""Pending""#),
    ("record.field('state').equals('pending')", "true"),
    ("record.field('size').label()", r#""Small""#),
    ("record.field('size').val().selectedValue", r#""s""#),
    ("record.field('parent').id()", r#""573cdb2f5bc2c4aee0c1e2a8""#),
    ("record.field('parent').label()", r#""Trudoo""#),
    ("record.field('parent').field('type').val()", r#""b""#),
    ("record.field('parent.type').val()", r#""b""#),
    (
        "record.field('parent').equals('573cdb2f5bc2c4aee0c1e2a8')",
        "true",
    ),
    ("record.field('parent').equals(record)", "false"),
    (
        "record.field('parent').val()",
        r#"{"id":"573cdb2f5bc2c4aee0c1e2a8","label":"Trudoo","type":"b","link":"/data/companies/573cdb2f5bc2c4aee0c1e2a8"}"#,
    ),
    ("record.field('child').id()", "null"),
    ("record.field('child').val()", "null"),
    ("record.field('child').field('type').val()", "null"),
    (
        "record.field('logo').id() + record.field('logo').name()",
        r#""f1logo.png""#,
    ),
    ("record.field('owners').label()", r#""Sales""#),
    ("record.field('place').val()", r#"{"latitude":1.5,"longitude":2}"#),
    (
        "record.field('contactInformation').field('email').val()",
        r#""a@b.c""#,
    ),
    ("record.field('contactInformation.email').val()", r#""a@b.c""#),
    (
        "record.field('contactInformation').id() + record.field('contactInformation').label()",
        r#""a1Contact Information""#,
    ),
    ("record.field('other').isEmpty()", "true"),
    ("record.field('other.email').val()", "null"),
    ("record.field('addresses').size()", "2"),
    ("record.field('addresses').get(1).field('state').val()", r#""NJ""#),
    ("record.field('addresses').get(2)", "null"),
    ("record.field('addresses').first().id()", r#""b1""#),
    ("record.field('addresses').last().label()", r#""NJ - 2""#),
    ("record.field('addresses[1].state').val()", r#""NJ""#),
    ("record.field('addresses[7].state').val()", "null"),
    ("record.field('addresses.state').val()", r#"["CA","NJ"]"#),
    ("record.field('addresses.tags').val()", r#"["x","y"]"#),
    ("record.field('addresses.state').contains('NJ')", "true"),
    (
        "(() => { let all = ''; record.field('addresses').each((each, at) => { all += at + each.field('state').val(); }); return all; })()",
        r#""0CA1NJ""#,
    ),
    ("record.field('tags').val()", r#"["red","blue"]"#),
    ("record.field('tags').get(1).val()", r#""blue""#),
    ("record.field('tags[0]').val()", r#""red""#),
    ("record.field('tags').contains('blue')", "true"),
    ("record.field('tags').contains('green')", "false"),
    ("record.field('none').isEmpty()", "true"),
    ("record.field('none').val()", "[]"),
    ("record.field('none').first()", "null"),
    ("record.toJson()['~']", "undefined"),
    (
        "record.field('addresses[0]')",
        r#"{"id":"b1","label":"CA - 1","state":"CA","zipCode":"1","tags":["x","y"]}"#,
    ),
];

#[test]
fn the_table_of_what_wrappers_answer() {
    for (expression, expected) in TABLE {
        assert_eq!(value(expression), *expected, "{expression}");
    }
}

#[test]
fn writes_change_the_copy_of_the_call_only() {
    let program = load(
        "function f(record) {
            record.field('name').val('Other');
            record.field('born').val(new Date(981158400000 + 86400000));
            record.field('addresses[3].state').val('TX');
            record.field('other.email').val('x@y.z');
            record.field('tags').val(['a']);
            record.field('parent').val('abc');
            record.field('notes').val(null);
            return [record.field('name').val(), record.field('born').val(), record.field('addresses.state').val(), record.field('addresses').size(),
                record.field('other.email').val(), record.field('tags').val(), record.field('parent').id()];
        }
        function g(record) { return record.field('name').val() + record.field('addresses').size(); }",
    );
    let shape = shape();
    let body = json(COMPANY);
    let record = Argument::Record {
        shape: &shape,
        body: &body,
        is_new: true,
    };
    let changed = text(program.call("f", std::slice::from_ref(&record), &context()));
    assert_eq!(
        changed,
        r#"["Other",981244800000,["CA","NJ",null,"TX"],4,"x@y.z",["a"],"abc"]"#
    );
    assert_eq!(text(program.call("g", &[record], &context())), r#""Blogpad2""#);
}

#[test]
fn parts_of_a_record_and_parameters_are_arguments() {
    let program = load(
        "function label(record, address) { return address.field('state').val() + record.label(); }
         function rule(record, parentField, field, action) {
             field.val('ZZ');
             return [parentField.field('state').val(), action.name(), action.field('count').val(), action.field('when').val().getTime()];
         }
         function any(data, nothing) { return [data.a, nothing]; }",
    );
    let shape = shape();
    let body = json(COMPANY);
    let record = Argument::Record {
        shape: &shape,
        body: &body,
        is_new: false,
    };
    let labelled = program.call(
        "label",
        &[record.clone(), Argument::At("addresses[1]")],
        &context(),
    );
    assert_eq!(text(labelled), r#""NJBlogpad""#);
    let parameters = Shape::new(
        "doIt",
        &[
            Field {
                name: "count".to_owned(),
                kind: FieldKind::Plain,
                many: false,
            },
            Field {
                name: "when".to_owned(),
                kind: FieldKind::DateTime,
                many: false,
            },
        ],
    );
    let values = json(r#"{"count":2,"when":5}"#);
    let arguments = [
        record,
        Argument::At("addresses[0]"),
        Argument::At("addresses[0].state"),
        Argument::Action {
            name: "doIt",
            shape: &parameters,
            values: &values,
        },
    ];
    assert_eq!(
        text(program.call("rule", &arguments, &context())),
        r#"["ZZ","doIt",2,5]"#
    );
    let data = json(r#"{"a":[1]}"#);
    assert_eq!(
        text(program.call("any", &[Argument::Json(&data), Argument::None], &context())),
        "[[1],null]"
    );
}

#[test]
fn days_begin_at_midnight_of_the_zone() {
    let program = load(
        "function f(record) { const day = record.field('born').val(); record.field('died').val(day); return [day, record.field('died').equals(day), sys.utils.time.format(day, 'yyyy-MM-dd HH')]; }",
    );
    let shape = shape();
    let body = json(COMPANY);
    let record = Argument::Record {
        shape: &shape,
        body: &body,
        is_new: false,
    };
    let zone = jiff::tz::TimeZone::get("Asia/Tokyo").unwrap();
    let outcome = program.call("f", &[record], &Context { zone, ..context() });
    assert_eq!(text(outcome), r#"[981126000000,true,"2001-02-03 00"]"#);
}

#[test]
fn the_current_user_is_who_the_call_is_for() {
    let program = load(
        "function f() { const user = sys.context.getCurrentUserRecord(); return [sys.context.getCurrentUserId(), user && user.field('email').val()]; }",
    );
    assert_eq!(text(program.call("f", &[], &context())), "[null,null]");
    let shape = Shape::new(
        "sys.users",
        &[Field {
            name: "email".to_owned(),
            kind: FieldKind::Plain,
            many: false,
        }],
    );
    let body = json(r#"{"id":"u1","email":"a@b.c"}"#);
    let user = Some(User {
        id: "u1",
        record: Some((&shape, &body)),
    });
    assert_eq!(
        text(program.call("f", &[], &Context { user, ..context() })),
        r#"["u1","a@b.c"]"#
    );
    let user = Some(User {
        id: "u2",
        record: None,
    });
    assert_eq!(
        text(program.call("f", &[], &Context { user, ..context() })),
        r#"["u2",null]"#
    );
}

#[test]
fn wrong_paths_are_named() {
    for (path, part) in [
        ("'nope'", "there is no field nope in companies"),
        (
            "'addresses[0].nope'",
            "there is no field addresses[0].nope in addresses",
        ),
        ("'addresses.nope'", "there is no field nope in addresses"),
        ("'none.nope'", "there is no field nope"),
        ("'name[0]'", "name is not a list"),
        ("'name.x'", "there is no field name.x"),
        ("'parent.name'", "there is no field parent.name"),
        ("'a..b'", "there is no field a..b"),
        ("'constructor'", "there is no field constructor"),
        ("'__proto__'", "there is no field __proto__"),
        ("''", "the path of a field is a text"),
        ("null", "the path of a field is a text"),
    ] {
        let error = error(&format!("return record.field({path}).val();"));
        assert_eq!(error.kind, thrown(None), "{path}");
        assert!(error.message.contains(part), "{path}: {}", error.message);
    }
}
