//! What is kept of changes: `auditLogs: true`, or a map that says what of whom.

use super::desk::At;
use super::yaml::Value;
use crate::{Audit, AuditEvents, Expiry, Period};

const ALL: AuditEvents = AuditEvents {
    created: true,
    changed: true,
    deleted: true,
    actions: true,
};

/// What is kept.
pub(super) fn audit(at: &At<'_>) -> Audit {
    if let Value::Bool(on) = at.node().value {
        return if on {
            Audit {
                users: ALL,
                scripts: ALL,
                system: true,
                expiry: None,
            }
        } else {
            Audit::default()
        };
    }
    let Some(map) = at.map(&["userContext", "scriptContext", "systemContext", "expiration"]) else {
        return Audit::default();
    };
    Audit {
        users: map.get("userContext").map(events).unwrap_or_default(),
        scripts: map.get("scriptContext").map(events).unwrap_or_default(),
        system: map.flag("systemContext"),
        expiry: map.get("expiration").and_then(expiry),
    }
}

fn events(at: &At<'_>) -> AuditEvents {
    match at.node().value {
        Value::Bool(true) => return ALL,
        Value::Bool(false) => return AuditEvents::default(),
        _ => {}
    }
    let Some(map) = at.map(&[
        "recordCreated",
        "recordChanged",
        "recordDeleted",
        "actionExecuted",
    ]) else {
        return AuditEvents::default();
    };
    AuditEvents {
        created: map.flag("recordCreated"),
        changed: map.flag("recordChanged"),
        deleted: map.flag("recordDeleted"),
        actions: map.flag("actionExecuted"),
    }
}

fn expiry(at: &At<'_>) -> Option<Expiry> {
    let map = at.map(&["policy", "value"])?;
    let periods = [
        ("days", Period::Days),
        ("weeks", Period::Weeks),
        ("months", Period::Months),
    ];
    let period = map.need("policy").and_then(|at| at.word(&periods));
    let value = map.need("value").and_then(|at| at.integer(1, 1200));
    Some(Expiry {
        value: u32::try_from(value?).ok()?,
        period: period?,
    })
}
