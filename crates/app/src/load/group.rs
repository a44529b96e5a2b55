//! Permission groups.

use std::net::IpAddr;

use super::desk::{At, Map, distinct};
use super::expression::rule;
use super::fits::Subject;
use super::relationship::texts;
use super::yaml::Value;
use crate::{
    ActionPermission, App, EntityPermission, FieldAccess, Group, PasswordPolicy, RestApi, Rule,
    SessionPolicy, USERS,
};

/// A group that may do nothing, for one that cannot be read.
pub(super) fn blank(name: &str) -> Group {
    Group {
        name: name.to_owned(),
        label: name.to_owned(),
        impersonates: false,
        entities: Vec::new(),
        passwords: PasswordPolicy::default(),
        sessions: SessionPolicy::default(),
        rest: rest(None),
        allowed_ips: Vec::new(),
    }
}

/// The group of a file.
pub(super) fn group(at: &At<'_>, name: &str) -> Option<Group> {
    let map = at.map(&[
        "name",
        "label",
        "userImpersonate",
        "entityPermissions",
        "security",
    ])?;
    super::same_name(&map, name);
    let items = map.list("entityPermissions");
    let read: Vec<_> = items
        .iter()
        .filter_map(|at| Some((at.clone(), entity(at)?)))
        .collect();
    distinct(
        read.iter()
            .map(|(at, permission)| (at.clone(), permission.entity.clone())),
    );
    let keys = [
        "passwordPolicies",
        "sessionPolicies",
        "restApiPermissions",
        "allowedIPs",
    ];
    let security = map.get("security").and_then(|at| at.map(&keys));
    let part = |key: &str| security.as_ref().and_then(|map| map.get(key));
    Some(Group {
        name: name.to_owned(),
        label: map.label(name),
        impersonates: map.flag("userImpersonate"),
        entities: read.into_iter().map(|(_, permission)| permission).collect(),
        passwords: part("passwordPolicies").and_then(passwords).unwrap_or_default(),
        sessions: part("sessionPolicies").and_then(sessions).unwrap_or_default(),
        rest: rest(part("restApiPermissions")),
        allowed_ips: part("allowedIPs").map(allowed_ips).unwrap_or_default(),
    })
}

const KEYS: &[&str] = &[
    "entity",
    "read",
    "create",
    "update",
    "delete",
    "auditLogs",
    "import",
    "export",
    "fields",
    "actions",
];

fn entity(at: &At<'_>) -> Option<EntityPermission> {
    let map = at.map(KEYS)?;
    let at = map.need("entity")?;
    let entity = at.text()?;
    let name = entity.to_owned();
    at.later("", move |app| {
        let found = name == USERS || app.entity(&name).is_some();
        if found {
            Ok(())
        } else {
            Err(format!("there is no entity `{name}`"))
        }
    });
    let word = |key: &str| {
        map.get(key)
            .and_then(|at| rule(at, None, &Subject::records(entity)))
            .unwrap_or(Rule::Never)
    };
    Some(EntityPermission {
        entity: entity.to_owned(),
        read: word("read"),
        create: word("create"),
        update: word("update"),
        delete: word("delete"),
        history: word("auditLogs"),
        import: map.flag("import"),
        export: map.flag("export"),
        fields: fields(&map, entity),
        actions: actions(&map, entity),
    })
}

/// Words for what may be done with a field or a parameter.
const ACCESS: [(&str, FieldAccess); 3] = [
    ("readWrite", FieldAccess::ReadWrite),
    ("readOnly", FieldAccess::ReadOnly),
    ("none", FieldAccess::None),
];

fn fields(map: &Map<'_>, entity: &str) -> Vec<(String, FieldAccess)> {
    let one = |at: &At<'_>| {
        let inner = at.map(&["field", "permission"])?;
        let permission = inner.need("permission").and_then(|at| at.word(&ACCESS));
        let at = inner.need("field")?;
        let path = at.text()?.to_owned();
        let (owner, name) = (entity.to_owned(), path.clone());
        at.later(entity, move |app| has_field(app, &owner, &name));
        Some((path, permission?))
    };
    let items = map.list("fields");
    let read: Vec<_> = items
        .iter()
        .filter_map(|at| Some((at.clone(), one(at)?)))
        .collect();
    distinct(read.iter().map(|(at, (path, _))| (at.clone(), path.clone())));
    read.into_iter().map(|(_, permission)| permission).collect()
}

fn has_field(app: &App, entity: &str, path: &str) -> Result<(), String> {
    match super::fits::fields_of(app, entity) {
        Some(fields) if fields.at(path).is_none() => Err(format!("{entity} has no field `{path}`")),
        _ => Ok(()),
    }
}

fn actions(map: &Map<'_>, entity: &str) -> Vec<ActionPermission> {
    let one = |at: &At<'_>| {
        let inner = at.map(&["action", "permission", "parameters"])?;
        let rule = inner
            .need("permission")
            .and_then(|at| rule(at, None, &Subject::records(entity)));
        let at = inner.need("action")?;
        let action = at.text()?.to_owned();
        let (owner, name) = (entity.to_owned(), action.clone());
        at.later(entity, move |app| super::has_action(app, &owner, &name));
        Some(ActionPermission {
            parameters: parameters(&inner, (entity, &action)),
            action,
            rule: rule?,
        })
    };
    let items = map.list("actions");
    let read: Vec<_> = items
        .iter()
        .filter_map(|at| Some((at.clone(), one(at)?)))
        .collect();
    distinct(
        read.iter()
            .map(|(at, permission)| (at.clone(), permission.action.clone())),
    );
    read.into_iter().map(|(_, permission)| permission).collect()
}

fn parameters(map: &Map<'_>, (entity, action): (&str, &str)) -> Vec<(String, FieldAccess)> {
    let one = |at: &At<'_>| {
        let inner = at.map(&["parameter", "permission"])?;
        let access = inner.need("permission").and_then(|at| at.word(&ACCESS));
        let at = inner.need("parameter")?;
        let name = at.text()?.to_owned();
        let (owner, of, wanted) = (entity.to_owned(), action.to_owned(), name.clone());
        at.later(entity, move |app| has_parameter(app, (&owner, &of), &wanted));
        Some((name, access?))
    };
    let items = map.list("parameters");
    let read: Vec<_> = items
        .iter()
        .filter_map(|at| Some((at.clone(), one(at)?)))
        .collect();
    distinct(read.iter().map(|(at, (name, _))| (at.clone(), name.clone())));
    read.into_iter().map(|(_, permission)| permission).collect()
}

fn has_parameter(app: &App, (entity, action): (&str, &str), name: &str) -> Result<(), String> {
    let known = app.entity(entity);
    let known = known.and_then(|entity| entity.actions.iter().find(|known| known.name == action));
    match known {
        Some(known) if known.parameters.get(name).is_none() => Err(format!(
            "the action {action} of {entity} has no parameter `{name}`"
        )),
        _ => Ok(()),
    }
}

fn passwords(at: &At<'_>) -> Option<PasswordPolicy> {
    let map = at.map(&[
        "minimumLength",
        "maximumLoginAttempts",
        "requireCapital",
        "requireLowerCase",
        "requireNumber",
        "requireSymbol",
    ])?;
    let count = |key: &str, most: i64| u32::try_from(map.get(key)?.integer(1, most)?).ok();
    Some(PasswordPolicy {
        minimum_length: count("minimumLength", 128),
        maximum_login_attempts: count("maximumLoginAttempts", 1000),
        capital: map.flag("requireCapital"),
        lower_case: map.flag("requireLowerCase"),
        number: map.flag("requireNumber"),
        symbol: map.flag("requireSymbol"),
    })
}

const MINUTE: i64 = 60_000;

/// Words for times, and their minutes. `never` leaves the server's own.
const TIMES: &[(&str, Option<i64>)] = &[
    ("fifteenMinutes", Some(15)),
    ("thirtyMinutes", Some(30)),
    ("oneHour", Some(60)),
    ("twoHours", Some(120)),
    ("fourHours", Some(240)),
    ("eightHours", Some(480)),
    ("twelveHours", Some(720)),
    ("oneDay", Some(1440)),
    ("never", None),
];

fn sessions(at: &At<'_>) -> Option<SessionPolicy> {
    let map = at.map(&["automaticLogoutTime"])?;
    let at = map.get("automaticLogoutTime")?;
    let minutes = match at.node().value {
        Value::Number(_) => Some(at.integer(1, 525_600)?),
        _ => at.word(TIMES)?,
    };
    Some(SessionPolicy {
        idle_ms: minutes.map(|minutes| minutes * MINUTE),
    })
}

fn rest(at: Option<&At<'_>>) -> RestApi {
    let keys = [
        "allowDataApi",
        "allowFilesReadApi",
        "allowFilesUploadApi",
        "allowJobsApi",
    ];
    let map = at.and_then(|at| at.map(&keys));
    let flag = |key: &str| {
        map.as_ref()
            .and_then(|map| map.get(key))
            .and_then(At::flag)
            .unwrap_or(true)
    };
    RestApi {
        data: flag("allowDataApi"),
        files_read: flag("allowFilesReadApi"),
        files_upload: flag("allowFilesUploadApi"),
        jobs: flag("allowJobsApi"),
    }
}

fn allowed_ips(at: &At<'_>) -> Vec<String> {
    let ips = texts(&at.list().unwrap_or_default());
    for (at, text) in &ips {
        if !is_network(text) {
            at.complain(format!(
                "`{}` is neither an address nor a network as in `10.0.0.0/8`",
                query::cut(text)
            ));
        }
    }
    ips.into_iter().map(|(_, text)| text).collect()
}

fn is_network(text: &str) -> bool {
    let (address, bits) = text
        .split_once('/')
        .map_or((text, None), |(address, bits)| (address, Some(bits)));
    let Ok(address) = address.parse::<IpAddr>() else {
        return false;
    };
    let most = if address.is_ipv4() { 32 } else { 128 };
    bits.is_none_or(|bits| bits.parse::<u8>().is_ok_and(|bits| bits <= most))
}
