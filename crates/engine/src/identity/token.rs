//! The form of a token: `sy_` and 43 characters of base64url.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use model::Env;
use sha2::{Digest, Sha256};

const PREFIX: &str = "sy_";

/// A new secret, to be shown once.
pub fn new_secret(env: &Env) -> String {
    format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(env.random_bytes::<32>()))
}

/// What the store keeps of a secret.
pub(crate) fn hash(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

/// A secret as it may be shown again: its first characters only.
pub fn mask(secret: &str) -> String {
    format!("{}…", secret.chars().take(PREFIX.len() + 4).collect::<String>())
}

#[cfg(test)]
mod tests {
    use model::Env;

    use super::{hash, mask, new_secret};

    #[test]
    fn secrets_differ_and_have_the_documented_form() {
        let (one, two) = (new_secret(&Env::system()), new_secret(&Env::system()));
        assert_ne!(one, two);
        assert!(one.starts_with("sy_") && one.len() == 46, "{one}");
        assert_ne!(hash(&one), hash(&two));
        assert_eq!(mask("sy_abcdefgh"), "sy_abcd…");
    }
}
