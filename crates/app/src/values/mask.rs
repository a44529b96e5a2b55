//! Texts of a fixed form: kept without the fixed characters, read with them, taken either way.

use crate::MaskRules;
use crate::fault::Problem;
use crate::values::input::Input;

/// Longest mask.
const MAX_MASK: usize = 300;

/// What of a text is kept.
pub(crate) fn masked(rules: &MaskRules, input: &Input<'_>) -> Result<String, Problem> {
    let found = match input {
        Input::Text(text) | Input::Number(text) => strip(&rules.mask, text),
        _ => None,
    };
    found.ok_or_else(|| input.invalid(format!("Does not match the mask {}", rules.mask)))
}

/// Whether a mask has a place for anything.
pub(crate) fn check_rules(rules: &MaskRules) -> Result<(), String> {
    if !rules.mask.chars().any(is_slot) {
        return Err(format!("the mask {:?} has no 9, a or w", rules.mask));
    }
    if rules.mask.chars().count() > MAX_MASK {
        return Err(format!("the mask has more than {MAX_MASK} characters"));
    }
    Ok(())
}

/// A text without the mask's fixed characters; none when it does not have the form.
pub(crate) fn strip(mask: &str, text: &str) -> Option<String> {
    let slots = mask.chars().filter(|&char| is_slot(char));
    let length = text.chars().count();
    if length == slots.clone().count() {
        // With or without: the lengths differ, unless nothing is fixed and the two are the same.
        return slots
            .zip(text.chars())
            .all(|(slot, char)| fits(slot, char))
            .then(|| text.to_owned());
    }
    if length != mask.chars().count() {
        return None;
    }
    let mut kept = String::with_capacity(text.len());
    for (place, char) in mask.chars().zip(text.chars()) {
        match is_slot(place) {
            true if fits(place, char) => kept.push(char),
            false if place == char => {}
            _ => return None,
        }
    }
    Some(kept)
}

/// What a query may look for: the kept form of a whole text, else the text without what the mask has between.
pub(crate) fn part(mask: &str, text: &str) -> String {
    strip(mask, text).unwrap_or_else(|| {
        let between = |char: char| !char.is_alphanumeric() && mask.contains(char);
        text.chars().filter(|&char| !between(char)).collect()
    })
}

/// A kept text with the fixed characters; as it is when it does not fit the mask, which may have been changed.
pub(crate) fn render(mask: &str, kept: &str) -> String {
    let slots = mask.chars().filter(|&char| is_slot(char)).count();
    if slots != kept.chars().count() {
        return kept.to_owned();
    }
    let mut rest = kept.chars();
    mask.chars()
        .filter_map(|place| if is_slot(place) { rest.next() } else { Some(place) })
        .collect()
}

fn is_slot(place: char) -> bool {
    matches!(place, '9' | 'a' | 'w')
}

fn fits(slot: char, char: char) -> bool {
    match slot {
        '9' => char.is_ascii_digit(),
        'a' => char.is_alphabetic(),
        _ => char.is_alphanumeric(),
    }
}
