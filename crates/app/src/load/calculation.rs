//! How values are computed: `js/name`, or `{aggregate: count|sum|avg, entity:, by:, field:, filter:}`.

use super::circle;
use super::desk::At;
use super::expression::condition;
use super::field::{Around, Place};
use super::fits::Subject;
use super::yaml::Value;
use crate::{App, Calculation, FieldType, Sum};

/// A calculation of a field of this type.
pub(super) fn calculation(
    at: &At<'_>,
    (name, kind): (&str, &FieldType),
    around: &Around<'_>,
) -> Option<Calculation> {
    match &at.node().value {
        Value::Text(_) => around.functions.name(at).map(Calculation::Script),
        Value::Map(_) => aggregate(at, (name, kind), around),
        _ => {
            at.complain("must be a function, as in `js/name`, or an aggregate");
            None
        }
    }
}

fn aggregate(at: &At<'_>, (name, kind): (&str, &FieldType), around: &Around<'_>) -> Option<Calculation> {
    let map = at.map(&["aggregate", "entity", "by", "field", "filter"])?;
    if around.place != Place::Entity {
        at.complain("an aggregate is for fields of entities only");
        return None;
    }
    if !is_number(kind) {
        at.complain(format!("an aggregate is a number, which {} is not", kind.name()));
    }
    let word = map
        .need("aggregate")
        .and_then(|at| at.word(&[("count", 0), ("sum", 1), ("avg", 2)]));
    let entity = map.need("entity").and_then(At::text);
    let by = map.need("by").and_then(At::text);
    let field = if word == Some(0) {
        map.refuse(&["field"], "a count has no field");
        None
    } else {
        map.need("field").and_then(At::text)
    };
    let (word, entity, by) = (word?, entity?.to_owned(), by?.to_owned());
    if let Some(at) = map.get("entity") {
        let entity = entity.clone();
        at.later(&entity.clone(), move |app| known(app, &entity));
    }
    if let Some(at) = map.get("by") {
        let (entity, by, here) = (entity.clone(), by.clone(), around.entity.to_owned());
        at.later(&entity.clone(), move |app| points_here(app, &entity, &by, &here));
    }
    if let (Some(at), Some(field)) = (map.get("field"), field) {
        let (entity, field) = (entity.clone(), field.to_owned());
        at.later(&entity.clone(), move |app| summable(app, &entity, &field));
    }
    let (here, name) = (around.entity.to_owned(), name.to_owned());
    at.later(around.entity, move |app| circle::check(app, &here, &name));
    let subject = Subject::records(&entity).without_user();
    let filter = match map.get("filter") {
        Some(at) => Some(condition(at, &subject)?),
        None => None,
    };
    let sum = match word {
        0 => Sum::Count,
        1 => Sum::Sum(field?.to_owned()),
        _ => Sum::Avg(field?.to_owned()),
    };
    Some(Calculation::Aggregate {
        sum,
        entity,
        by,
        filter,
    })
}

fn known(app: &App, entity: &str) -> Result<(), String> {
    app.entity(entity)
        .map(|_| ())
        .ok_or_else(|| format!("there is no entity `{entity}`"))
}

fn points_here(app: &App, entity: &str, by: &str, here: &str) -> Result<(), String> {
    let Some(entity) = app.entity(entity) else {
        return Ok(());
    };
    match entity.fields.at(by).map(|field| &field.kind) {
        Some(FieldType::Relationship(rules)) if rules.entity == here => Ok(()),
        Some(_) => Err(format!(
            "`{by}` of {} is not a relationship to {here}",
            entity.name
        )),
        None => Err(format!("{} has no field `{by}`", entity.name)),
    }
}

fn summable(app: &App, entity: &str, path: &str) -> Result<(), String> {
    let Some(entity) = app.entity(entity) else {
        return Ok(());
    };
    match entity.fields.at(path) {
        None => Err(format!("{} has no field `{path}`", entity.name)),
        Some(field) if field.transient => Err(format!("`{path}` of {} is never stored", entity.name)),
        Some(field) if field.sensitive => Err(format!("`{path}` of {} is sensitive", entity.name)),
        Some(field) if is_number(&field.kind) || matches!(field.kind, FieldType::AutoIncrement { .. }) => {
            Ok(())
        }
        Some(field) => Err(format!(
            "`{path}` of {} is {}, not a number",
            entity.name,
            field.kind.name()
        )),
    }
}

fn is_number(kind: &FieldType) -> bool {
    use FieldType as T;
    matches!(
        kind,
        T::Integer(_) | T::Decimal(_) | T::Money(_) | T::Percentage(_) | T::BigNumber(_) | T::Duration(_)
    )
}
