//! `$distance`: places within a distance. Not MongoDB's: it takes places as Slingr's apps store them.

use jsonb::{Kind, Value};

use super::called;
use crate::{Place, Refusal, cut};

/// A place and the distances from it, in metres.
#[derive(Debug)]
pub(crate) struct Distance {
    from: Place,
    least: f64,
    most: f64,
}

impl Distance {
    /// Reads `{"latitude", "longitude", "min", "max"}`, of which the last two may be absent.
    pub(crate) fn parse(value: Value<'_>) -> Result<Self, Refusal> {
        if value.kind() != Kind::Object {
            let found = called(value);
            return Err(Refusal::new(format!(
                "needs an object with a place, found {found}"
            )));
        }
        let known = ["latitude", "longitude", "min", "max"];
        for entry in value.entries() {
            let (name, number) = entry?;
            if !known.contains(&&*name) {
                return Err(Refusal::new(format!("has no argument `{}`", cut(&name))));
            }
            if number.as_f64()?.is_none_or(|number| !number.is_finite()) {
                let found = called(number);
                return Err(Refusal::new(format!("must be a number, found {found}")).under(name));
            }
        }
        let Some(from) = Place::of(value)? else {
            return Err(Refusal::new(
                "needs a latitude from -90 to 90 and a longitude from -180 to 180",
            ));
        };
        let bound = |name: &str, absent: f64| -> Result<f64, Refusal> {
            let given = value.get(name)?.map(Value::as_f64).transpose()?.flatten();
            Ok(given.unwrap_or(absent))
        };
        Ok(Self {
            from,
            least: bound("min", 0.0)?,
            most: bound("max", f64::INFINITY)?,
        })
    }

    pub(super) fn matches(&self, value: Option<Value<'_>>) -> Result<bool, Refusal> {
        let place = value.map(Place::of).transpose()?.flatten();
        Ok(place.is_some_and(|place| (self.least..=self.most).contains(&self.from.metres_to(place))))
    }
}

#[cfg(test)]
mod tests {
    use jsonb::Jsonb;

    use crate::{Filter, Limits};

    fn json(text: &str) -> Jsonb {
        Jsonb::parse(text.as_bytes(), &jsonb::Limits::default()).expect("json")
    }

    fn filter(operand: &str) -> Result<Filter, String> {
        let query = json(&format!(r#"{{"at":{{"$distance":{operand}}}}}"#));
        Filter::parse(&query.root(), &Limits::default()).map_err(|refusal| refusal.to_string())
    }

    #[test]
    fn places_within_the_bounds_match() {
        let documents = [
            r#"{"at":{"latitude":0,"longitude":1}}"#,
            r#"{"at":[{"latitude":50,"longitude":0},{"latitude":0,"longitude":0}]}"#,
            r#"{"at":"0,0"}"#,
            r#"{"at":{"latitude":95,"longitude":0}}"#,
            r#"{}"#,
        ]
        .map(json);
        let cases = [
            (r#"{"latitude":0,"longitude":0}"#, "11000"),
            (r#"{"latitude":0,"longitude":0,"min":1}"#, "11000"),
            (r#"{"latitude":0,"longitude":0,"max":0}"#, "01000"),
            (
                r#"{"latitude":0,"longitude":0,"min":111000,"max":112000}"#,
                "10000",
            ),
            (r#"{"latitude":0,"longitude":0,"min":2,"max":1}"#, "00000"),
        ];
        for (operand, wanted) in cases {
            let filter = filter(operand).expect("readable");
            let found = documents
                .each_ref()
                .map(|document| filter.matches(document.root()).expect("sound"));
            let found: String = found
                .map(|matches| if matches { '1' } else { '0' })
                .iter()
                .collect();
            assert_eq!(found, wanted, "{operand}");
        }
    }

    #[test]
    fn what_is_no_place_is_refused() {
        let cases = [
            ("5", "at.$distance: needs an object with a place, found a number"),
            (r#"{"latitude":0}"#, "needs a latitude"),
            (r#"{"latitude":0,"longitude":181}"#, "needs a latitude"),
            (
                r#"{"latitude":"0","longitude":0}"#,
                "at.$distance.latitude: must be a number, found a string",
            ),
            (r#"{"latitude":0,"longitude":0,"far":1}"#, "has no argument `far`"),
        ];
        for (operand, why) in cases {
            let found = filter(operand).expect_err(operand);
            assert!(found.contains(why), "{operand}: {found}");
        }
    }
}
