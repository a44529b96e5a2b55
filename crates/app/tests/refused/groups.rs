//! Groups and listeners.

use app::{Source, load_source};

use super::{APP, Row, SCRIPT, THINGS, table};

const GROUPS: &[Row] = &[
    (
        "entityPermissions: [{entity: nothing}]",
        &["2: entityPermissions.nothing.entity: there is no entity `nothing`"],
    ),
    (
        "entityPermissions: [{read: always}]",
        &["2: entityPermissions[0].entity: is missing"],
    ),
    (
        "entityPermissions:\n  - {entity: things}\n  - {entity: things}",
        &["4: entityPermissions.things: `things` is there twice"],
    ),
    (
        "entityPermissions: [{entity: things, fields: [{field: x, permission: none}]}]",
        &["2: entityPermissions.things.fields.x.field: things has no field `x`"],
    ),
    (
        "entityPermissions: [{entity: things, fields: [{field: title, permission: write}]}]",
        &[
            "2: entityPermissions.things.fields.title.permission: `write` is none of readWrite, readOnly, none",
        ],
    ),
    (
        "entityPermissions: [{entity: things, actions: [{action: go, permission: always}]}]",
        &["2: entityPermissions.things.actions.go.action: things has no action `go`"],
    ),
    (
        "security: {sessionPolicies: {automaticLogoutTime: aWhile}}",
        &[
            "2: security.sessionPolicies.automaticLogoutTime: `aWhile` is none of fifteenMinutes, thirtyMinutes, oneHour, twoHours, fourHours, eightHours, twelveHours, oneDay, never",
        ],
    ),
    (
        "security: {passwordPolicies: {minimumLength: 0}}",
        &["2: security.passwordPolicies.minimumLength: must be a whole number from 1 to 128, not 0"],
    ),
    (
        "security: {passwordPolicies: {require2FA: true}}",
        &[
            "2: security.passwordPolicies.require2FA: there is no such key here; there are minimumLength, maximumLoginAttempts, requireCapital, requireLowerCase, requireNumber, requireSymbol",
        ],
    ),
    (
        "security: {allowedIPs: [10.0.0.0/33, localhost]}",
        &[
            "2: security.allowedIPs[0]: `10.0.0.0/33` is neither an address nor a network as in `10.0.0.0/8`",
            "2: security.allowedIPs[1]: `localhost` is neither an address nor a network as in `10.0.0.0/8`",
        ],
    ),
];

#[test]
fn groups() {
    table("groups/g.yaml", "name: g\n", GROUPS);
}

const LISTENERS: &[Row] = &[
    ("type: time\ncron: 0 0 3 * * *\naction: js/f", &[]),
    ("type: custom\nevent: won\naction: js/f", &[]),
    (
        "type: job\nevents: [{type: jobFinished, jobs: [IMPORT_RECORDS]}]\naction: js/f",
        &[],
    ),
    ("type: time\naction: js/f", &["1: cron: is missing"]),
    (
        "type: time\ncron: 0 3 * * *\naction: js/f",
        &["3: cron: must have 6 parts (second, minute, hour, day, month, weekday), not 5"],
    ),
    (
        "type: time\ncron: 0 0 25 * * *\naction: js/f",
        &["3: cron: `25` is no hour from 0 to 23"],
    ),
    (
        "type: time\ncron: 0 0 3 * * *\ntimezone: here\naction: js/g",
        &[
            "4: timezone: there is no time zone `here`",
            "5: action: listeners/l.js has no `function g(`",
        ],
    ),
    (
        "type: web\naction: js/f",
        &["2: type: `web` is none of data, job, time, custom"],
    ),
    (
        "type: data\naction: js/f",
        &["1: entity: is missing", "1: events: is missing"],
    ),
    (
        "type: data\nentity: nothing\nevents: [{type: recordCreated}]\naction: js/f",
        &["3: entity: there is no entity `nothing`"],
    ),
    (
        "type: data\nentity: things\nevents: [{type: conditionMet}]\naction: js/f",
        &["4: events[0].condition: is missing"],
    ),
    (
        "type: data\nentity: things\nevents: [{type: recordMade}]\naction: js/f",
        &[
            "4: events[0].type: `recordMade` is none of recordCreated, recordChanged, recordDeleted, conditionMet, actionPerformed",
        ],
    ),
    (
        "type: data\nentity: things\nevents: [{type: actionPerformed, action: go}]\naction: js/f",
        &["4: events.go.action: things has no action `go`"],
    ),
    (
        "type: data\nentity: things\nevents: [{type: recordCreated, condition: {owner: currentUser(id)}}]\naction: js/f",
        &["4: events[0].condition.owner: there is no current user where this is tested"],
    ),
    (
        "type: data\nentity: things\ncron: x\nevents: [{type: recordCreated, sources: []}]\naction: js/f",
        &[
            "4: cron: is for listeners of type time only",
            "5: events[0].sources: names no source",
        ],
    ),
    (
        "type: job\nevents: [{type: jobFinished, jobs: [SWEEP]}]\naction: js/f",
        &[
            "3: events[0].jobs[0]: `SWEEP` is none of IMPORT_RECORDS, EXPORT_RECORDS, EXECUTE_ACTION, DELETE_RECORDS, EXECUTE_LISTENER, IMPORT_USERS, EXPORT_USERS",
        ],
    ),
];

#[test]
fn listeners() {
    for (text, expected) in LISTENERS {
        let head = "name: l\n";
        let files = [
            ("app.yaml", APP),
            ("entities/things.yaml", THINGS),
            ("entities/things.js", SCRIPT),
        ];
        let mut source = Source::default();
        let own = [
            ("listeners/l.js", "function f() {}"),
            ("listeners/l.yaml", &format!("{head}{text}\n")),
        ];
        for (path, text) in files.into_iter().chain(own) {
            source.files.insert(path.to_owned(), text.to_owned());
        }
        let found = load_source(&source).err().unwrap_or_default();
        let found: Vec<String> = found.iter().map(ToString::to_string).collect();
        let expected: Vec<String> = expected
            .iter()
            .map(|line| format!("listeners/l.yaml:{line}"))
            .collect();
        assert_eq!(found, expected, "{text}");
    }
}
