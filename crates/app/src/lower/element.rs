//! `addresses={"state":"CA","city":"Oakland"}`: one element that has all these values.

use jsonb::Jsonb;

use crate::{Literal, Operator};

use super::path::Step;
use super::table::{Class, end_name};
use super::{Frame, LowerError, document, test};

/// The filter document of an element condition.
pub(super) fn lower(
    frame: &Frame<'_>,
    path: &str,
    fields: &[(String, Literal)],
) -> Result<Jsonb, LowerError> {
    let refused = |why: String| LowerError::new(path, why).with(Operator::Equals);
    let target = frame.resolve(path).map_err(refused)?;
    if !matches!(Class::of_end(target.end), Class::Nested | Class::Named) {
        return Err(refused(format!(
            "fields of type {} are not compared with an object",
            end_name(target.end)
        )));
    }
    let inner = |(name, literal): &(String, Literal)| {
        test::lower(
            frame,
            &format!("{path}.{name}"),
            Operator::Equals,
            std::slice::from_ref(literal),
        )
    };
    let parts = fields.iter().map(inner).collect::<Result<Vec<_>, _>>()?;
    let Some(last) = target.steps.iter().rposition(|step| step.many) else {
        return Ok(document::list("$and", parts));
    };
    let (outer, _) = target.steps.split_at(last + 1);
    let inside = parts.iter().map(|part| relative(part, outer)).collect();
    let inside = document::one("$elemMatch", &document::list("$and", inside));
    Ok(document::at(&document::dotted(outer), &inside))
}

/// A part's document with paths that begin behind these steps.
fn relative(part: &Jsonb, outer: &[Step]) -> Jsonb {
    let prefix = format!("{}.", document::dotted(outer));
    let mut out = jsonb::object();
    for entry in part.root().entries() {
        let Ok((key, value)) = entry else { continue };
        out = match key.strip_prefix(&prefix) {
            Some(path) => out.field_raw(path, value),
            // `$or` and `$and` of references.
            None => {
                let inner = value.elements().filter_map(Result::ok);
                let inner: Vec<Jsonb> = inner
                    .map(|one| relative(&Jsonb::from_stored(one.as_bytes().to_vec()), outer))
                    .collect();
                out.field_body(&key, &document::list_of(&inner))
            }
        };
    }
    out.finish()
}
