//! [`Place`]: places on earth and how far they are apart.
//!
//! A place is stored as `{"latitude": degrees, "longitude": degrees}`. Distances are those on a sphere of the earth's
//! mean radius (haversine), which is within half a percent of the truth.

use jsonb::{Kind, Value};

use crate::Refusal;

/// The earth's mean radius in metres.
const RADIUS: f64 = 6_371_008.8;

/// A place on earth, in degrees.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Place {
    /// North of the equator, from -90 to 90.
    pub latitude: f64,
    /// East of Greenwich, from -180 to 180.
    pub longitude: f64,
}

impl Place {
    /// A place whose degrees are in range; none for others.
    #[must_use]
    pub fn new(latitude: f64, longitude: f64) -> Option<Self> {
        let sound = (-90.0..=90.0).contains(&latitude) && (-180.0..=180.0).contains(&longitude);
        sound.then_some(Self { latitude, longitude })
    }

    /// The place that a stored value is; none for other values.
    ///
    /// # Errors
    /// A [`Refusal`] when its bytes are damaged.
    pub fn of(value: Value<'_>) -> Result<Option<Self>, Refusal> {
        if value.kind() != Kind::Object {
            return Ok(None);
        }
        let degrees = |name: &str| -> Result<Option<f64>, Refusal> {
            match value.get(name)? {
                Some(number) => Ok(number.as_f64()?),
                None => Ok(None),
            }
        };
        let (latitude, longitude) = (degrees("latitude")?, degrees("longitude")?);
        Ok(latitude
            .zip(longitude)
            .and_then(|(latitude, longitude)| Self::new(latitude, longitude)))
    }

    /// How many metres lie between two places.
    #[must_use]
    pub fn metres_to(self, other: Self) -> f64 {
        let half_chord = |degrees: f64| (degrees.to_radians() / 2.0).sin().powi(2);
        let (north, south) = (
            self.latitude.to_radians().cos(),
            other.latitude.to_radians().cos(),
        );
        let chord = half_chord(other.latitude - self.latitude)
            + north * south * half_chord(other.longitude - self.longitude);
        // Rounding may carry antipodes a little beyond 1.
        2.0 * RADIUS * chord.clamp(0.0, 1.0).sqrt().asin()
    }

    /// The distance to the nearest of the places that a path leads to, through arrays; none when there is none.
    ///
    /// # Errors
    /// A [`Refusal`] when bytes are damaged.
    pub fn nearest(self, document: Value<'_>, path: &str) -> Result<Option<f64>, Refusal> {
        let mut best = None;
        let steps: Vec<&str> = path.split('.').collect();
        self.visit(document, &steps, &mut best)?;
        Ok(best)
    }

    /// Goes one step deeper with each call, or into an array, whose elements are no arrays.
    fn visit(self, value: Value<'_>, steps: &[&str], best: &mut Option<f64>) -> Result<(), Refusal> {
        if value.kind() == Kind::Array {
            for element in value.elements() {
                let element = element?;
                if element.kind() == Kind::Object {
                    self.visit(element, steps, best)?;
                }
            }
            return Ok(());
        }
        match steps.split_first() {
            Some((step, rest)) => match value.get(step)? {
                Some(inner) => self.visit(inner, rest, best),
                None => Ok(()),
            },
            None => {
                if let Some(place) = Self::of(value)? {
                    let metres = self.metres_to(place);
                    *best = Some(best.map_or(metres, |least: f64| least.min(metres)));
                }
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(latitude: f64, longitude: f64) -> Place {
        Place::new(latitude, longitude).expect("in range")
    }

    #[test]
    fn distances_are_those_on_the_sphere() {
        let cases = [
            (place(0.0, 0.0), place(0.0, 0.0), 0.0),
            (place(0.0, 0.0), place(0.0, 1.0), 111_195.1),
            (place(90.0, 0.0), place(-90.0, 0.0), 20_015_115.0),
            (place(0.0, 179.5), place(0.0, -179.5), 111_195.1),
            // Berlin to Paris.
            (place(52.52, 13.405), place(48.8566, 2.3522), 877_464.6),
        ];
        for (from, to, metres) in cases {
            let found = from.metres_to(to);
            assert!((found - metres).abs() < 1.0, "{from:?} {to:?}: {found}");
            assert_eq!(found, to.metres_to(from));
        }
    }

    #[test]
    fn places_are_found_through_arrays_and_nothing_else_is_one() {
        let text = br#"{"a":[{"at":{"latitude":0,"longitude":2}},{"at":[{"latitude":0,"longitude":1}]},{}],
            "b":{"latitude":91,"longitude":0},"c":{"latitude":1},"d":[1,[{"latitude":0,"longitude":0}]]}"#;
        let document = jsonb::Jsonb::parse(text, &jsonb::Limits::default()).expect("json");
        let here = place(0.0, 0.0);
        let metres = here.nearest(document.root(), "a.at").expect("sound");
        assert!(
            metres.is_some_and(|metres| (metres - 111_195.1).abs() < 1.0),
            "{metres:?}"
        );
        for path in ["b", "c", "d", "x.y", "a"] {
            assert_eq!(here.nearest(document.root(), path), Ok(None), "{path}");
        }
    }
}
