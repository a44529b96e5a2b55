//! `near`: places around a place, and the order by distance that comes with it.

use jsonb::Jsonb;
use query::Place;

use crate::{Condition, Operator};

use super::path::Target;
use super::{LowerError, Scope, document, operands};

/// What records are to be ordered by: how far their place is, the nearest first.
#[derive(Clone, Debug, PartialEq)]
pub struct Near {
    /// The stored path of the places.
    pub path: String,
    /// Where distances are counted from.
    pub from: Place,
}

impl Near {
    /// How many metres away a record is; none for one without a place.
    ///
    /// # Errors
    /// A [`query::Refusal`] when its bytes are damaged.
    pub fn metres(&self, record: jsonb::Value<'_>) -> Result<Option<f64>, query::Refusal> {
        self.from.nearest(record, &self.path)
    }
}

/// The order that a condition with `near` asks for; none without one. Of several the first counts.
///
/// # Errors
/// A [`LowerError`] as [`super::filter`] has it.
pub fn near(scope: &Scope<'_>, condition: &Condition) -> Result<Option<Near>, LowerError> {
    match condition {
        Condition::And(parts) | Condition::Or(parts) => {
            for part in parts {
                if let Some(found) = near(scope, part)? {
                    return Ok(Some(found));
                }
            }
            Ok(None)
        }
        Condition::Test {
            path,
            operator: Operator::Near,
            values,
        } => {
            let target = scope
                .frame()
                .resolve(path)
                .map_err(|why| LowerError::new(path, why))?;
            let degrees: Vec<f64> = values
                .iter()
                .take(2)
                .filter_map(|literal| operands::text(literal).trim().parse().ok())
                .collect();
            let place = match degrees.as_slice() {
                [latitude, longitude] => Place::new(*latitude, *longitude),
                _ => None,
            };
            let from = place.ok_or_else(|| LowerError::new(path, NO_PLACE).with(Operator::Near))?;
            Ok(Some(Near {
                path: target.dotted(),
                from,
            }))
        }
        _ => Ok(None),
    }
}

const NO_PLACE: &str = "needs a latitude from -90 to 90 and a longitude from -180 to 180";

/// Places within the distances.
pub(super) fn lowered(target: &Target<'_>, numbers: &[f64]) -> Result<Jsonb, String> {
    let [latitude, longitude, distances @ ..] = numbers else {
        return Err(NO_PLACE.to_owned());
    };
    if Place::new(*latitude, *longitude).is_none() {
        return Err(format!("{NO_PLACE}, found {latitude}, {longitude}"));
    }
    let mut operand = jsonb::object()
        .field_f64("latitude", *latitude)
        .field_f64("longitude", *longitude);
    for (name, metres) in ["min", "max"].iter().zip(distances) {
        if *metres < 0.0 {
            return Err(format!("a distance must not be negative, found {metres}"));
        }
        operand = operand.field_f64(name, *metres);
    }
    if let [least, most] = distances
        && least > most
    {
        return Err(format!(
            "the least distance, {least}, is greater than the most, {most}"
        ));
    }
    Ok(document::at(
        &target.dotted(),
        &document::one("$distance", &operand.finish()),
    ))
}
