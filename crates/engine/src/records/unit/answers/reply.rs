//! What a function is answered, as the prelude reads it.

use jsonb::Jsonb;
use model::Error;

use super::super::find::{Next, Page};

/// See the module.
pub(in crate::records) enum Reply {
    Nothing,
    Null,
    True,
    Number(u64),
    Text(String),
    /// Plain JSON.
    Json(Jsonb),
    /// Any JSON, also such that looks like a record's.
    Value(Jsonb),
    List(Vec<Jsonb>),
    /// A record of an entity.
    Record(String, Jsonb),
    Page {
        entity: String,
        page: Page,
    },
}

impl Reply {
    /// The text; empty for nothing.
    pub(super) fn text(self) -> Result<String, Error> {
        let text = |body: &Jsonb| body.to_text().map_err(Error::internal);
        Ok(match self {
            Self::Nothing => String::new(),
            Self::Null => "null".to_owned(),
            Self::True => "true".to_owned(),
            Self::Number(number) => number.to_string(),
            Self::Text(said) => text(&super::super::super::values::text(&said))?,
            Self::Json(body) => text(&body)?,
            Self::Value(body) => {
                let value = jsonb::object()
                    .field_str("is", "value")
                    .field_body("value", &body);
                text(&value.finish())?
            }
            Self::List(items) => {
                let list = items
                    .iter()
                    .fold(jsonb::array(), |list, item| list.item_body(item));
                let value = jsonb::object()
                    .field_str("is", "value")
                    .field_body("value", &list.finish());
                text(&value.finish())?
            }
            Self::Record(entity, body) => text(&record(&entity, &body))?,
            Self::Page { entity, page } => {
                let items = page.items.iter().fold(jsonb::array(), |list, body| {
                    list.item_body(&record(&entity, body))
                });
                let mut object = jsonb::object()
                    .field_str("is", "page")
                    .field_body("items", &items.finish());
                object = match page.next {
                    None | Some(Next::First) => object.field_null("next"),
                    Some(Next::After(id)) => {
                        object.field_body("next", &jsonb::object().field_str("after", &id).finish())
                    }
                    Some(Next::Set(set, at)) => {
                        let number = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
                        let next = jsonb::object()
                            .field_i64("set", number(set))
                            .field_i64("at", number(at));
                        object.field_body("next", &next.finish())
                    }
                };
                text(&object.finish())?
            }
        })
    }
}

fn record(entity: &str, body: &Jsonb) -> Jsonb {
    jsonb::object()
        .field_str("is", "record")
        .field_str("entity", entity)
        .field_body("body", body)
        .finish()
}
