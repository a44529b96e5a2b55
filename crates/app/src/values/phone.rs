//! Telephone numbers: written in any way, kept as digits with dashes.
//!
//! Only digits count. With `international` a number has a country code: it begins with `+` or `00`, or with the field's
//! default prefix, or has more than ten digits without a zero in front; any other gets the default prefix in front.
//! What is kept is the code and the rest: ten digits of North America in groups (`1-702-845-9380`), other numbers in one
//! (`44-2079460958`), as how the rest of the world groups its digits is not known here. What is kept reads as itself.

use crate::PhoneRules;
use crate::fault::Problem;
use crate::values::input::Input;

/// Digits of the longest number that networks route.
const MAX_DIGITS: usize = 15;
const MIN_DIGITS: usize = 3;
/// Fewest digits behind a country code. With fewer, a local number of seven digits (`212-1234`) could be taken for one.
const MIN_BEHIND_CODE: usize = 5;

/// A telephone number as it is kept.
pub(crate) fn phone(rules: &PhoneRules, input: &Input<'_>) -> Result<String, Problem> {
    let (Input::Text(text) | Input::Number(text)) = input else {
        return Err(input.invalid("Not a valid phone number"));
    };
    let formatted = format(rules, text);
    let digits = |text: &str| text.bytes().filter(u8::is_ascii_digit).count();
    let behind_code = formatted.split_once('-').map_or(0, |(_, rest)| digits(rest));
    if (MIN_DIGITS..=MAX_DIGITS).contains(&digits(&formatted))
        && (!rules.international || behind_code >= MIN_BEHIND_CODE)
    {
        return Ok(formatted);
    }
    Err(input.invalid("Not a valid phone number"))
}

/// The digits of a text, as a number would be kept; empty when it has none.
pub(crate) fn format(rules: &PhoneRules, text: &str) -> String {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    if digits.is_empty() || !rules.international {
        return national(&digits);
    }
    let only_digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let prefix = rules
        .default_prefix
        .as_deref()
        .map(only_digits)
        .unwrap_or_default();
    let prefix = prefix.trim_start_matches('0');
    let text = text.trim();
    if text.starts_with('+') || digits.starts_with("00") {
        return with_code(digits.trim_start_matches('0'), prefix);
    }
    let long = digits.len() > 10 && !digits.starts_with('0');
    if prefix.is_empty() || long || begins_with_code(text, prefix) || is_kept_form(text) {
        return with_code(&digits, prefix);
    }
    with_code(&format!("{prefix}{digits}"), prefix)
}

/// Whether a text begins with the code and something that is not a digit.
fn begins_with_code(text: &str, code: &str) -> bool {
    text.strip_prefix(code)
        .is_some_and(|rest| rest.starts_with(|char: char| !char.is_ascii_digit()))
}

/// Whether a text is a code and enough digits in one group: what other countries' numbers are kept as.
fn is_kept_form(text: &str) -> bool {
    text.split_once('-').is_some_and(|(code, rest)| {
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        digits(code)
            && rest.len() >= MIN_BEHIND_CODE
            && digits(rest)
            && country_code(&format!("{code}{rest}")) == code
    })
}

fn with_code(digits: &str, prefix: &str) -> String {
    let code = if !prefix.is_empty() && digits.starts_with(prefix) {
        prefix
    } else {
        country_code(digits)
    };
    let rest = digits.strip_prefix(code).unwrap_or_default();
    match (code, rest.len()) {
        (_, 0) => digits.to_owned(),
        ("1", 10) => format!("1-{}", grouped(rest)),
        _ => format!("{code}-{rest}"),
    }
}

/// Ten digits of North America, with or without their code, and others in groups of three and a last one of up to four.
fn national(digits: &str) -> String {
    match digits.strip_prefix('1') {
        Some(rest) if rest.len() == 10 => format!("1-{}", grouped(rest)),
        _ => grouped(digits),
    }
}

fn grouped(digits: &str) -> String {
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    let mut rest = digits;
    while rest.len() > 4 {
        let (group, more) = rest.split_at(3);
        out.push_str(group);
        out.push('-');
        rest = more;
    }
    out + rest
}

/// The country code that digits begin with: codes have one to three digits and none is the beginning of another.
fn country_code(digits: &str) -> &str {
    let length = match digits.as_bytes() {
        [b'1' | b'7', ..] => 1,
        [b'2', b'0' | b'7', ..]
        | [b'3', b'0'..=b'4' | b'6' | b'9', ..]
        | [b'4', b'0' | b'1' | b'3'..=b'9', ..]
        | [b'5', b'1'..=b'8', ..]
        | [b'6', b'0'..=b'6', ..]
        | [b'8', b'1' | b'2' | b'4' | b'6', ..]
        | [b'9', b'0'..=b'5' | b'8', ..] => 2,
        _ => 3,
    };
    digits.get(..length).unwrap_or(digits)
}
