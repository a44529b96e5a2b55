//! The credentials of the dialect: `Authorization: Bearer <token>`, and for old clients
//! `Authorization: Token token=<token>,email=<email>`, whose mail address must be that of the token's user.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use edge::{Caller, Fault, bearer};
use http::HeaderMap;
use http::header::AUTHORIZATION;
use model::{Code, Error};

/// The longest token, in bytes.
const MAX_TOKEN: usize = 4096;

/// Reads the token.
pub(crate) fn secret(headers: &HeaderMap) -> Option<&str> {
    bearer(headers).or_else(|| {
        let pair = token_and_email(headers)?;
        let is_word = (1..=MAX_TOKEN).contains(&pair.token.len());
        (is_word && !pair.email.is_empty()).then_some(pair.token)
    })
}

/// Refuses a caller who names another's mail address beside his token.
pub(crate) async fn check_email(
    Caller(actor): Caller,
    request: Request,
    next: Next,
) -> Result<Response, Fault> {
    match token_and_email(request.headers()) {
        Some(pair) if !pair.email.eq_ignore_ascii_case(&actor.email) => Err(Fault(Error::new(
            Code::Unauthenticated,
            "the email is not that of the token's user",
        ))),
        _ => Ok(next.run(request).await),
    }
}

/// What the old form carries.
#[derive(Debug, PartialEq)]
struct Pair<'a> {
    token: &'a str,
    email: &'a str,
}

/// Reads the old form: pairs with `,` or `;` between them, values in double quotes or not, unknown names passed over.
fn token_and_email(headers: &HeaderMap) -> Option<Pair<'_>> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return None;
    };
    let (scheme, rest) = value.to_str().ok()?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("token") {
        return None;
    }
    let mut pair = Pair { token: "", email: "" };
    for part in rest.split([',', ';']) {
        let (name, value) = part.trim().split_once('=')?;
        let place = match name.trim_end() {
            "token" => &mut pair.token,
            "email" => &mut pair.email,
            _ => continue,
        };
        if !place.is_empty() {
            return None;
        }
        *place = unquoted(value.trim());
    }
    Some(pair)
}

fn unquoted(value: &str) -> &str {
    value
        .strip_prefix('"')
        .and_then(|value| value.strip_suffix('"'))
        .unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;
    use http::header::AUTHORIZATION;

    use super::{Pair, secret, token_and_email};

    fn with(value: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, value.parse().unwrap());
        headers
    }

    #[test]
    fn both_forms_give_the_token() {
        for value in [
            "Bearer abc",
            "Token token=abc,email=a@b.example",
            "token token=abc, email=a@b.example",
            r#"Token token="abc", email="a@b.example""#,
            "Token email=a@b.example;token=abc",
            "Token token=abc,email=a@b.example,tenant=x",
        ] {
            assert_eq!(secret(&with(value)), Some("abc"), "{value}");
        }
    }

    #[test]
    fn half_a_pair_is_no_secret() {
        for value in [
            "Token abc",
            "Token token=abc",
            "Token email=a@b.example",
            "Token token=,email=a@b.example",
            "Token token=abc,email=",
            "Token token=a,token=b,email=a@b.example",
            "Basic abc",
            "Token",
        ] {
            assert_eq!(secret(&with(value)), None, "{value}");
        }
    }

    #[test]
    fn values_may_be_quoted() {
        let headers = with(r#"Token token="a=b", email="a@b.example""#);
        let expected = Pair {
            token: "a=b",
            email: "a@b.example",
        };
        assert_eq!(token_and_email(&headers), Some(expected));
    }
}
