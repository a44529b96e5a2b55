//! `$distance`: metres between two places. Not MongoDB's: it takes places as Slingr's apps store them.

use super::args::Args;
use super::ops::{Op, Shape};
use crate::pipeline::Cx;
use crate::{Place, Refusal, Val};

pub(super) const OPS: &[Op] = &[Op {
    name: "$distance",
    shape: Shape::List(2, 2),
    run: distance,
}];

/// Null when either is no place; of an array the nearest counts.
fn distance<'a>(args: Args<'_, 'a>, cx: &Cx<'_>) -> Result<Val<'a>, Refusal> {
    let Some(from) = place(args.at(1))? else {
        return Ok(Val::Null);
    };
    let metres = match args.at(0) {
        Val::Array(places) => {
            let mut nearest = None;
            for one in places.iter() {
                cx.tick()?;
                let metres = place(&one?)?.map(|one| from.metres_to(one));
                nearest = metres.into_iter().chain(nearest).reduce(f64::min);
            }
            nearest
        }
        one => place(one)?.map(|one| from.metres_to(one)),
    };
    Ok(metres.map_or(Val::Null, Val::Double))
}

fn place(value: &Val<'_>) -> Result<Option<Place>, Refusal> {
    let degrees = |name: &str| Ok::<_, Refusal>(value.get(name)?.as_f64());
    let (latitude, longitude) = (degrees("latitude")?, degrees("longitude")?);
    Ok(latitude
        .zip(longitude)
        .and_then(|(latitude, longitude)| Place::new(latitude, longitude)))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jsonb::Jsonb;

    use crate::{Around, Limits, NoSource, Pipeline};

    fn json(text: &str) -> Jsonb {
        Jsonb::parse(text.as_bytes(), &jsonb::Limits::default()).expect("json")
    }

    #[test]
    fn distances_are_those_to_the_nearest_place() {
        let stage = r#"[{"$project":{"d":{"$distance":["$at",{"latitude":0,"longitude":0}]}}}]"#;
        let limits = Limits::default();
        let pipeline = Pipeline::parse(&json(stage).root(), &limits).expect("readable");
        let cases = [
            (r#"{"at":{"latitude":0,"longitude":1}}"#, Some(111_195.0)),
            (
                r#"{"at":[{"latitude":0,"longitude":3},5,{"latitude":0,"longitude":-2}]}"#,
                Some(222_390.0),
            ),
            (r#"{"at":[]}"#, None),
            (r#"{"at":{"latitude":0}}"#, None),
            (r#"{"at":"here"}"#, None),
            ("{}", None),
        ];
        for (document, wanted) in cases {
            let elapsed = || Duration::ZERO;
            let mut run = pipeline.start(Around {
                now: 0,
                elapsed: &elapsed,
                source: &NoSource,
                seed: 0,
                limits: &limits,
            });
            run.push(json(document).root()).expect("sound");
            let made = run.finish().expect("sound");
            let found = made[0]
                .root()
                .get("d")
                .expect("sound")
                .expect("there")
                .as_f64()
                .expect("sound");
            match (found, wanted) {
                (None, None) => {}
                (Some(found), Some(wanted)) => {
                    assert!((found - wanted).abs() < 1.0_f64, "{document}: {found}")
                }
                _ => panic!("{document}: {found:?}"),
            }
        }
    }
}
