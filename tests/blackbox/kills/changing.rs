//! A changed definition over 10,000 records: a field of another type, new indexes, a label and copies that follow.

use serde_json::{Value as Json, json};

use super::Case;
use super::folder::{Folder, id};

const PARTS: u64 = 10_000;
const USES: u64 = 1_000;

const PARTS_BEFORE: &str = "name: parts\nlabel: Parts\nrecordLabel: fields/name\nauditLogs: true\nfields:\n  \
     - {name: name, label: Name, type: text}\n  \
     - {name: amount, label: Amount, type: text}\n  \
     - {name: code, label: Code, type: text}\n  \
     - {name: serial, label: Serial, type: text}\n  \
     - {name: tag, label: Tag, type: text}\n";
const PARTS_AFTER: &str = "name: parts\nlabel: Parts\nrecordLabel: fields/amount\nauditLogs: true\n\
     indexes: [{fields: [name, amount]}]\nfields:\n  \
     - {name: name, label: Name, type: text}\n  \
     - {name: amount, label: Amount, type: integer, indexable: true}\n  \
     - {name: code, label: Code, type: text, indexable: true}\n  \
     - {name: serial, label: Serial, type: text, unique: true}\n  \
     - {name: tag, label: Tag, type: text, multiplicity: many}\n  \
     - {name: number, label: Number, type: autoIncrement}\n  \
     - {name: stocked, label: Stocked, type: boolean}\n";
const USES_BOTH: &str = "name: uses\nlabel: Uses\nauditLogs: true\nfields:\n  \
     - {name: part, label: Part, type: relationship, typeRules: {entity: parts, copiedFields: [amount]}}\n";

/// Two have the same serial number, so these cannot be unique.
fn part(number: u64) -> Json {
    let (name, amount) = (format!("part {}", number % 100), (number % 1000).to_string());
    let (code, serial) = (format!("c{}", number % 50), format!("s{}", number.max(1)));
    json!({
        "id": id(1, number), "version": 0, "label": name, "name": name, "amount": amount, "code": code, "serial": serial,
        "tag": "t"
    })
}

fn used(number: u64) -> Json {
    let part = part(number * (PARTS / USES));
    let (used, part) = (
        id(2, number),
        json!({"id": part["id"], "label": part["label"], "amount": part["amount"]}),
    );
    json!({"id": used, "version": 0, "label": used, "part": part})
}

#[test]
fn a_changed_app_killed_twenty_times_ends_as_if_never_disturbed() {
    let before = [
        ("entities/parts.yaml", PARTS_BEFORE),
        ("entities/uses.yaml", USES_BOTH),
    ];
    let records = vec![
        ("parts", (0..PARTS).map(part).collect()),
        ("uses", (0..USES).map(used).collect()),
    ];
    let folder = Folder::new(&before, records);
    let after = [
        ("entities/parts.yaml", PARTS_AFTER),
        ("entities/uses.yaml", USES_BOTH),
    ];
    let end = Case {
        base: &folder.data(),
        app: &folder.define("changed", &after),
        request: &|_| {},
        queries: &[
            ("parts?amount=7&_size=100", PARTS / 1000),
            ("parts?amount=less(100)&_size=100", PARTS / 10),
            ("parts?name=part%207&amount=107&_size=100", PARTS / 1000),
            ("parts?code=c7&_sortField=amount&_size=100", PARTS / 50),
            ("parts?serial=s1", 2),
            ("parts?stocked=false&_size=100", PARTS),
            ("parts?tag=t&number=less(101)&_sortField=number&_size=100", 100),
            ("uses?part.amount=110&_size=100", USES / 100),
            ("uses?part=110", USES / 100),
        ],
    }
    .holds();
    assert!(
        end.iter().any(|line| line.starts_with("kinds of jobs: 1 lines")),
        "{end:?}"
    );
    assert!(
        end.iter().any(|line| line.starts_with("items: 1 lines")),
        "{end:?}"
    );
}
