//! What the app says of a user's passwords and sessions, by his groups.

use std::net::IpAddr;

use app::{App, Group, PasswordPolicy};

use super::network;
use crate::identity::{MAX_TEXT, MIN_PASSWORD};

/// The groups of these names that the app knows.
pub(super) fn known<'a>(app: Option<&'a App>, names: &'a [String]) -> impl Iterator<Item = &'a Group> {
    names
        .iter()
        .filter_map(move |name| app?.group(name).map(|group| &**group))
}

/// The rules of passwords of the primary group.
pub(super) fn passwords(app: Option<&App>, names: &[String]) -> PasswordPolicy {
    let primary = names.first().and_then(|name| app?.group(name));
    primary.map(|group| group.passwords.clone()).unwrap_or_default()
}

/// After how many milliseconds without use a session of these groups ends.
pub(super) fn idle_ms(app: Option<&App>, names: &[String], default: i64) -> i64 {
    let limits = known(app, names).filter_map(|group| group.sessions.idle_ms);
    limits.filter(|idle| *idle > 0).min().unwrap_or(default)
}

/// Whether a user of these groups may come from this address.
pub(super) fn allows_address(app: Option<&App>, names: &[String], address: Option<IpAddr>) -> bool {
    let lists = known(app, names).flat_map(|group| &group.allowed_ips);
    network::allows(lists.map(String::as_str), address)
}

/// What is wrong with a password.
pub(super) fn complaint(policy: &PasswordPolicy, password: &str) -> Option<String> {
    let length = password.chars().count();
    let least = policy.minimum_length.map_or(MIN_PASSWORD, |least| least as usize);
    if length < least.max(1) {
        return Some(format!(
            "the password must have at least {least} characters, got {length}"
        ));
    }
    if length > MAX_TEXT {
        return Some(format!(
            "the password must not be longer than {MAX_TEXT} characters, got {length}"
        ));
    }
    let has = |test: fn(char) -> bool| password.chars().any(test);
    let rules = [
        (policy.capital, has(char::is_uppercase), "an upper-case letter"),
        (policy.lower_case, has(char::is_lowercase), "a lower-case letter"),
        (policy.number, has(|c| c.is_ascii_digit()), "a digit"),
        (
            policy.symbol,
            has(|c| !c.is_alphanumeric() && !c.is_whitespace()),
            "a symbol",
        ),
    ];
    let (.., what) = rules.into_iter().find(|(wanted, there, _)| *wanted && !there)?;
    Some(format!("the password must have {what}"))
}

#[cfg(test)]
mod tests {
    use app::PasswordPolicy;

    use super::complaint;

    #[test]
    fn each_rule_is_held() {
        let strict = PasswordPolicy {
            minimum_length: Some(4),
            capital: true,
            lower_case: true,
            number: true,
            symbol: true,
            ..PasswordPolicy::default()
        };
        let said = |password: &str| complaint(&strict, password).unwrap_or_default();
        assert_eq!(said("aB1!"), "");
        assert_eq!(said("aB1"), "the password must have at least 4 characters, got 3");
        assert_eq!(said("ab1!"), "the password must have an upper-case letter");
        assert_eq!(said("AB1!"), "the password must have a lower-case letter");
        assert_eq!(said("aBc!"), "the password must have a digit");
        assert_eq!(said("aB12"), "the password must have a symbol");
        assert!(said(&"aB1!".repeat(99)).contains("not be longer than 255"));
    }

    #[test]
    fn without_rules_eight_characters_are_enough() {
        let none = PasswordPolicy::default();
        assert!(complaint(&none, "1234567").is_some() && complaint(&none, "12345678").is_none());
        let zero = PasswordPolicy {
            minimum_length: Some(0),
            ..none
        };
        assert!(complaint(&zero, "").is_some() && complaint(&zero, "1").is_none());
    }
}
