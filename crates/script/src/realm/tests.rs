//! What scripts can reach in the frozen world.

use super::Realm;
use crate::Options;

/// Setters keep their state in the object they are used on, or refuse; one that a new version of the interpreter adds must be looked
/// at before it is listed here.
#[test]
fn every_setter_is_known() {
    let realm = Realm::frozen(&Options::default()).unwrap();
    let found = realm.setters();
    let mut names: Vec<&str> = found.lines().filter_map(|path| path.rsplit('.').next()).collect();
    names.sort_unstable();
    names.dedup();
    let known = [
        "__proto__",
        "app",
        "arguments",
        "callee",
        "caller",
        "config",
        "constructor",
        "hasOwnProperty",
        "message",
        "name",
        "pkg",
        "q",
        "stack",
        "toLocaleString",
        "toString",
        "toStringTag)",
        "valueOf",
    ];
    assert_eq!(names, known, "{found}");
}
