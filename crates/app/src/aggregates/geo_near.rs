//! `{"geoNear": {"coordinates": {"longitude", "latitude"}, "distanceField", …}}`: records by distance, the nearest first.

use jsonb::Value;
use query::Place;

use crate::lower::document::{one, scalar};
use crate::lower::path::plain;
use crate::{FieldType, Fields};

use super::building::{Building, at, call};
use super::options::Options;

const KNOWN: [&str; 7] = [
    "coordinates",
    "distanceField",
    "minDistance",
    "maxDistance",
    "distanceMultiplier",
    "includeLocs",
    "key",
];

pub(super) fn geo_near(building: &mut Building<'_>, value: Value<'_>) -> Result<(), String> {
    if !building.is_first() {
        return Err("must be the first operation".to_owned());
    }
    let options = Options::read(value, &KNOWN)?;
    let from = place(&options)?;
    let key = key(building, &options)?;
    let target = building
        .frame()
        .resolve(&key)
        .map_err(|why| format!("`key`: {why}"))?;
    if !matches!(target.kind(), Some(FieldType::GeoPoint)) {
        return Err(format!("`key`: `{key}` is no place"));
    }
    let (stored, many) = (target.dotted(), target.is_many());
    let field = options.needs_text("distanceField")?;
    let here = jsonb::object()
        .field_f64("latitude", from.latitude)
        .field_f64("longitude", from.longitude);
    let mut within = here.clone();
    for (option, bound) in [("minDistance", "min"), ("maxDistance", "max")] {
        if let Some(metres) = options.number(option)? {
            if metres < 0.0 {
                return Err(format!("`{option}` must not be negative, found {metres}"));
            }
            within = within.field_f64(bound, metres);
        }
    }
    let mut distance = call("$distance", &[at(&stored), here.finish()]);
    if let Some(factor) = options.number("distanceMultiplier")? {
        distance = call("$multiply", &[distance, scalar(|items| items.item_f64(factor))]);
    }
    let mut added = jsonb::object().field_body(&field, &distance);
    building.uses(&key);
    building
        .make(plain(&field, FieldType::Decimal(Default::default()), false))
        .map_err(|why| format!("`distanceField`: {why}"))?;
    if let Some(places) = options.text("includeLocs")? {
        building
            .make(plain(&places, FieldType::GeoPoint, many))
            .map_err(|why| format!("`includeLocs`: {why}"))?;
        added = added.field_body(&places, &at(&stored));
    }
    building.add("$match", &one(&stored, &one("$distance", &within.finish())));
    building.add("$addFields", &added.finish());
    building.add("$sort", &jsonb::object().field_i64(&field, 1).finish());
    Ok(())
}

fn place(options: &Options<'_>) -> Result<Place, String> {
    let Some(value) = options.get("coordinates") else {
        return Err("needs `coordinates`".to_owned());
    };
    let degrees =
        Options::read(value, &["longitude", "latitude"]).map_err(|why| format!("`coordinates` {why}"))?;
    let (latitude, longitude) = (degrees.number("latitude")?, degrees.number("longitude")?);
    let place = latitude
        .zip(longitude)
        .and_then(|(latitude, longitude)| Place::new(latitude, longitude));
    place.ok_or_else(|| {
        "`coordinates` needs a latitude from -90 to 90 and a longitude from -180 to 180".to_owned()
    })
}

/// The path of the places; where there is but one field of them it need not be named.
fn key(building: &Building<'_>, options: &Options<'_>) -> Result<String, String> {
    if let Some(key) = options.text("key")? {
        return Ok(key);
    }
    let mut places = Vec::new();
    find(&building.fields, "", &mut places);
    match places.len() {
        1 => Ok(places.remove(0)),
        0 => Err("the entity has no places".to_owned()),
        _ => Err(format!("needs `key`, since there are {}", places.join(", "))),
    }
}

fn find(fields: &Fields, prefix: &str, places: &mut Vec<String>) {
    for field in fields {
        let path = format!("{prefix}{}", field.name);
        match &field.kind {
            FieldType::GeoPoint => places.push(path),
            FieldType::Nested { fields, .. } => find(fields, &format!("{path}."), places),
            _ => {}
        }
    }
}
