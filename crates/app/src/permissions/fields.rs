//! Fields: what may be read and written of a record, and what a query may look at.
//!
//! A rule for a field holds for what lies in it too; of a field and those around it the strictest rule counts. A query may
//! look at a field only if no record could be told by it that does not show it: some group that reads every record shows
//! the field, or each group that reads any record does. A field whose own access rule depends on the record, or never
//! holds, is not for queries, whoever asks. Copies of other entities' fields have rules of their own (`copies`).

use crate::{EntityPermission, Field, FieldAccess, FieldType, Fields, Rule};

use super::{Granting, Rights, copies};

impl<'a> Rights<'a> {
    /// What may be done with a field of a record that these groups grant.
    #[must_use]
    pub fn access(&self, granting: &Granting, path: &str) -> FieldAccess {
        if granting.everything {
            return FieldAccess::ReadWrite;
        }
        let each = self.granting(granting).map(|group| access(group, path));
        each.max().unwrap_or(FieldAccess::None)
    }

    /// Whether a field of a record that these groups grant the update of may be written.
    #[must_use]
    pub fn writable(&self, granting: &Granting, path: &str) -> bool {
        self.access(granting, path) == FieldAccess::ReadWrite
    }

    /// The paths of all fields that may be read of a record that these groups grant, in order; of nested fields the outer
    /// one and each inner one.
    #[must_use]
    pub fn readable_paths(&self, granting: &Granting) -> Vec<String> {
        let mut paths = all_paths(&self.entity.fields);
        paths.retain(|path| self.access(granting, path) != FieldAccess::None);
        paths
    }

    /// The outermost paths of the fields, and of the copies in references, that may not be read of such a record; empty
    /// when all may. Of a record that no group grants that is every field.
    #[must_use]
    pub fn hidden_paths(&self, granting: &Granting) -> Vec<String> {
        if !granting.is_any() {
            let names = self.entity.fields.iter().map(|field| field.name.clone());
            return names.collect();
        }
        let mut hidden: Vec<String> = Vec::new();
        for path in self.ruled(granting) {
            let within = hidden.iter().any(|outer| is_within(&path, outer));
            if !within && self.access(granting, &path) == FieldAccess::None {
                hidden.retain(|inner| !is_within(inner, &path));
                hidden.push(path);
            }
        }
        let copies = self.copies().iter();
        hidden.extend(copies.map(|(relationship, copy)| format!("{relationship}.{copy}")));
        hidden
    }

    /// Whether a query, sort or aggregate may look at a path. The empty path is all fields.
    #[must_use]
    pub fn may_use_in_query(&self, path: &str) -> bool {
        if matches!(path, "id" | "label" | "version") && self.entity.fields.get(path).is_none() {
            return true;
        }
        let copies = match path {
            "" => !self.copies().is_empty(),
            path => copies::leads_to(self.copies(), path),
        };
        if copies || !is_open(&self.entity.fields, path) {
            return false;
        }
        if self.developer {
            return true;
        }
        let shows = |group: &&&EntityPermission| shows(group, path);
        if self
            .groups
            .iter()
            .filter(|group| group.read == Rule::Always)
            .any(|group| shows(&group))
        {
            return true;
        }
        let mut reading = self
            .groups
            .iter()
            .filter(|group| group.read != Rule::Never)
            .peekable();
        reading.peek().is_some() && reading.all(|group| shows(&group))
    }

    fn granting(&self, granting: &Granting) -> impl Iterator<Item = &'a EntityPermission> {
        granting
            .groups
            .iter()
            .filter_map(|group| self.groups.get(*group).copied())
    }

    /// The paths that the granting groups have rules for, each once.
    fn ruled(&self, granting: &Granting) -> Vec<String> {
        let mut paths: Vec<String> = self
            .granting(granting)
            .flat_map(|group| &group.fields)
            .map(|(path, _)| path.clone())
            .collect();
        paths.sort_unstable();
        paths.dedup();
        paths
    }
}

/// Whether `inner` is `outer` or lies in it; everything lies in the empty path.
pub(super) fn is_within(inner: &str, outer: &str) -> bool {
    let rest = inner.strip_prefix(outer);
    outer.is_empty() || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// What a group allows with a field: the strictest of its rules on the way there.
fn access(group: &EntityPermission, path: &str) -> FieldAccess {
    let on_the_way = group.fields.iter().filter(|(ruled, _)| is_within(path, ruled));
    on_the_way
        .map(|(_, access)| *access)
        .min()
        .unwrap_or(FieldAccess::ReadWrite)
}

/// Whether a group shows a field with all that lies in it.
pub(super) fn shows(group: &EntityPermission, path: &str) -> bool {
    let hides = |(ruled, access): &(String, FieldAccess)| {
        *access == FieldAccess::None && (is_within(path, ruled) || is_within(ruled, path))
    };
    !group.fields.iter().any(hides)
}

/// Whether everybody may read the fields on the way to a path, and those in it.
pub(super) fn is_open(fields: &Fields, path: &str) -> bool {
    if path.is_empty() {
        return fields.iter().all(is_open_within);
    }
    let (first, rest) = path.split_once('.').unwrap_or((path, ""));
    let Some(field) = fields.get(first) else {
        return true;
    };
    match &field.kind {
        FieldType::Nested { fields, .. } if !rest.is_empty() => {
            field.read_access == Rule::Always && is_open(fields, rest)
        }
        _ => is_open_within(field),
    }
}

fn is_open_within(field: &Field) -> bool {
    let inner = match &field.kind {
        FieldType::Nested { fields, .. } => fields.iter().all(is_open_within),
        _ => true,
    };
    inner && field.read_access == Rule::Always
}

fn all_paths(fields: &Fields) -> Vec<String> {
    let mut paths = Vec::new();
    for field in fields {
        paths.push(field.name.clone());
        if let FieldType::Nested { fields, .. } = &field.kind {
            paths.extend(
                all_paths(fields)
                    .into_iter()
                    .map(|inner| format!("{}.{inner}", field.name)),
            );
        }
    }
    paths
}
