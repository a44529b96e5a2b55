//! The secret of a session: 32 letters and digits, as clients of such apps expect it.

use model::Env;

const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const LENGTH: usize = 32;

/// A new secret, to be shown once; some 190 bits.
pub(super) fn new(env: &Env) -> String {
    let mut secret = String::with_capacity(LENGTH);
    while secret.len() < LENGTH {
        // Bytes beyond the last whole multiple of 62 would favour some characters.
        let fair = env.random_bytes::<64>().into_iter().filter(|byte| *byte < 248);
        let letters = fair.map(|byte| char::from(ALPHABET[usize::from(byte % 62)]));
        secret.extend(letters.take(LENGTH - secret.len()));
    }
    secret
}

#[cfg(test)]
mod tests {
    use model::Env;

    use super::new;

    #[test]
    fn secrets_are_32_letters_and_digits_of_all_kinds() {
        let all: String = (0..50).map(|_| new(&Env::system())).collect();
        assert_eq!(all.len(), 50 * 32);
        assert!(all.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        let has = |test: fn(&u8) -> bool| all.as_bytes().iter().any(test);
        assert!(has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase) && has(u8::is_ascii_digit));
        assert_ne!(new(&Env::system()), new(&Env::system()));
    }
}
