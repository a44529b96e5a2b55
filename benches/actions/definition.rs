//! The app of this part: records whose functions do nothing, a little, and harm.

use std::path::{Path, PathBuf};

use super::written;

const SETTINGS: &str = "name: bench\nlabel: Bench\nenvironment: prod\ntimezone: UTC\n";

const ITEMS: &str = "
name: items
label: Items
recordLabel: fields/name
auditLogs: {userContext: {recordChanged: true}, scriptContext: {recordChanged: true}}
fields:
  - {name: name, label: Name, type: text, indexable: true}
  - {name: count, label: Count, type: integer, indexable: true}
actions:
  - {name: nothing, type: oneRecord, actions: js/nothing}
  - {name: touch, type: oneRecord, actions: js/touch}
  - {name: endless, type: oneRecord, actions: js/endless}
  - {name: memory, type: oneRecord, actions: js/memory}
  - {name: deep, type: oneRecord, actions: js/deep}
  - {name: expression, type: oneRecord, actions: js/expression}
  - {name: saves, type: oneRecord, actions: js/saves}
";

const FUNCTIONS: &str = "
function nothing() {}
function touch(record) { record.field('count').val(record.field('count').val() + 1); sys.data.save(record); }
function endless() { for (;;) {} }
function memory() { var all = []; for (;;) all.push('x'.repeat(1000000) + all.length); }
function deep() { return deep() + 1; }
function expression() { return /^(a+)+$/.test('a'.repeat(40) + 'b'); }
function saves(record) { for (;;) touch(record); }
";

const TOLD: &str = "
name: told
label: Told
recordLabel: fields/name
auditLogs: true
fields:
  - {name: name, label: Name, type: text, indexable: true}
  - {name: count, label: Count, type: integer, indexable: true}
actions:
  - {name: nothing, type: oneRecord, actions: js/nothing}
";

/// Writes it below a folder; where it is.
///
/// # Errors
/// When it cannot be written.
pub(super) fn write(folder: &Path) -> anyhow::Result<PathBuf> {
    written(
        folder,
        &[
            ("app.yaml", SETTINGS),
            ("entities/items.yaml", ITEMS),
            ("entities/items.js", FUNCTIONS),
            ("entities/told.yaml", TOLD),
            ("entities/told.js", "function nothing() {}\n"),
        ],
    )
}
