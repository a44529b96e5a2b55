//! References to one record within the draft of another: found, replaced, taken out.

use app::DeletePolicy;
use jsonb::Jsonb;
use model::Error;

use super::super::draft::{Draft, Ref, Slot, Spot};
use super::super::references::id_of;
use super::{EntityRef, Inbound};

/// Whether a stored record refers to this id.
pub(super) fn refers(body: &Jsonb, inbound: &Inbound, referrer: &EntityRef, id: &str) -> Result<bool, Error> {
    let mut draft = Draft::of_stored(&referrer.fields, body.root()).map_err(Error::internal)?;
    let mut found = false;
    draft.each_mut(&referrer.fields, &Spot::default(), &mut |spot, _, slot, _| {
        if let (true, Slot::Refs(list)) = (spot.path == inbound.path, slot) {
            found |= list.iter().any(|one| is_to(one, id));
        }
    });
    Ok(found)
}

fn is_to(one: &Ref, id: &str) -> bool {
    matches!(one, Ref::Known(value) if id_of(value.root()).is_ok_and(|known| known == id))
}

/// Puts what is given in place of references to this id, or takes them out.
pub(super) fn replace(
    draft: &mut Draft,
    referrer: &EntityRef,
    inbound: &Inbound,
    (id, with): (&str, Option<&Jsonb>),
) {
    draft.each_mut(&referrer.fields, &Spot::default(), &mut |spot, _, slot, _| {
        let (true, Slot::Refs(list)) = (spot.path == inbound.path, slot) else {
            return;
        };
        let Some(with) = with else {
            list.retain(|one| inbound.rules.on_delete != DeletePolicy::Remove || !is_to(one, id));
            return;
        };
        for one in list.iter_mut().filter(|one| is_to(one, id)) {
            let Ref::Known(old) = &*one else {
                continue;
            };
            let label = old.root().get("label").ok().flatten();
            let kept = match label.filter(|_| !inbound.rules.follows_label) {
                Some(label) => jsonb::set_field(with, "label", label).unwrap_or_else(|_| with.clone()),
                None => with.clone(),
            };
            *one = Ref::Known(kept);
        }
    });
}
