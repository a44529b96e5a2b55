//! The fields of users as conditions and relationships see them: what `currentUser(path)` and paths into `sys.users`
//! may name.

use std::sync::LazyLock;

use crate::{Choice, Field, FieldType, Fields, Rule, TextRules};

/// The fields of users.
pub(super) fn fields() -> &'static Fields {
    static FIELDS: LazyLock<Fields> = LazyLock::new(|| {
        let text = || FieldType::Text(TextRules::default());
        let statuses = ["ACTIVE", "INACTIVE", "BLOCKED"];
        let status = statuses.map(|name| Choice {
            name: name.to_owned(),
            label: name.to_owned(),
        });
        Fields(vec![
            field("email", FieldType::Email),
            field("firstName", text()),
            field("lastName", text()),
            field("fullName", text()),
            field("status", FieldType::Choice(status.to_vec())),
            Field {
                many: true,
                ..field("groups", FieldType::Group { allowed: Vec::new() })
            },
        ])
    });
    &FIELDS
}

fn field(name: &str, kind: FieldType) -> Field {
    let unique = matches!(kind, FieldType::Email);
    Field {
        name: name.to_owned(),
        label: name.to_owned(),
        kind,
        many: false,
        required: Rule::Never,
        unique,
        indexable: unique,
        transient: false,
        sensitive: false,
        default: None,
        calculation: None,
        read_access: Rule::Always,
        write_access: Rule::Never,
        validation: None,
    }
}
