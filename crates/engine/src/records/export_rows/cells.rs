//! The cells of a record.

use app::values::to_csv;
use app::{Field, FieldType, Fields};
use jsonb::{Damaged, Kind as Sort, Value};

use super::Widths;
use super::columns::{Kind, Node};
use super::related::Related;
use crate::records::rights::Access;

/// Makes rows.
pub(super) struct Writing<'a> {
    pub(super) widths: &'a Widths,
    pub(super) related: &'a Related,
    /// Whether cells that a spreadsheet would compute are made harmless.
    pub(super) neutralise: bool,
}

impl Writing<'_> {
    /// Appends the cells of a record; an empty one for each column without a value.
    pub(super) fn cells(
        &self,
        nodes: &[Node],
        fields: &Fields,
        of: Option<(Value<'_>, &Access)>,
        row: &mut Vec<String>,
    ) -> Result<(), Damaged> {
        for node in nodes {
            let field = &fields.0[node.field];
            let shown = of.filter(|(_, access)| access.shows(&node.path));
            let value = match shown {
                Some((record, _)) => record.get(&field.name)?,
                None => None,
            };
            let access = of.map(|(_, access)| access);
            let Some(list) = node.list else {
                self.one(node, field, value.zip(access), row)?;
                continue;
            };
            let mut elements = elements(value);
            for _ in 0..self.widths.0[list] {
                let element = elements.next().transpose()?;
                self.one(node, field, element.zip(access), row)?;
            }
        }
        Ok(())
    }

    fn one(
        &self,
        node: &Node,
        field: &Field,
        of: Option<(Value<'_>, &Access)>,
        row: &mut Vec<String>,
    ) -> Result<(), Damaged> {
        match (&node.kind, &field.kind) {
            (Kind::Nested(inner), FieldType::Nested { fields, .. }) => self.cells(inner, fields, of, row),
            (Kind::Related { label, target, inner }, _) => {
                if *label {
                    row.push(self.text(field, of.map(|(value, _)| value))?);
                }
                if inner.is_empty() {
                    return Ok(());
                }
                let found = match of {
                    Some((reference, _)) => self.related.get(target.collection(), reference)?,
                    None => None,
                };
                let found = found.map(|(body, access)| (body.root(), access));
                self.cells(inner, &target.fields, found, row)
            }
            _ => {
                row.push(self.text(field, of.map(|(value, _)| value))?);
                Ok(())
            }
        }
    }

    fn text(&self, field: &Field, value: Option<Value<'_>>) -> Result<String, Damaged> {
        let Some(value) = value else {
            return Ok(String::new());
        };
        let text = to_csv(field, value)?;
        match self.neutralise && text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
            true => Ok(format!("'{text}")),
            false => Ok(text),
        }
    }
}

/// The values of a list.
pub(super) fn elements(value: Option<Value<'_>>) -> impl Iterator<Item = Result<Value<'_>, Damaged>> {
    value
        .filter(|value| value.kind() == Sort::Array)
        .into_iter()
        .flat_map(|list| list.elements())
}

/// Widens what a record needs more columns for; whether anything was.
pub(super) fn measure(
    nodes: &[Node],
    fields: &Fields,
    record: Value<'_>,
    related: &Related,
    widths: &mut Widths,
) -> Result<bool, Damaged> {
    let mut widened = false;
    for node in nodes {
        let field = &fields.0[node.field];
        let Some(value) = record.get(&field.name)? else {
            continue;
        };
        let each: Vec<Value<'_>> = match node.list {
            Some(_) => elements(Some(value)).collect::<Result<_, _>>()?,
            None => vec![value],
        };
        if let Some(list) = node.list
            && widths.0[list] < each.len()
        {
            widths.0[list] = each.len();
            widened = true;
        }
        for one in each {
            widened |= match (&node.kind, &field.kind) {
                (Kind::Nested(inner), FieldType::Nested { fields, .. }) => {
                    measure(inner, fields, one, related, widths)?
                }
                (Kind::Related { target, inner, .. }, _) if !inner.is_empty() => {
                    match related.get(target.collection(), one)? {
                        Some((body, _)) => measure(inner, &target.fields, body.root(), related, widths)?,
                        None => false,
                    }
                }
                _ => false,
            };
        }
    }
    Ok(widened)
}
