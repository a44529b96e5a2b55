//! Bodies of records as a script reads them: field by field, from the stored form.
//!
//! A function asks for a few fields of many. Handing it the whole body would mean to print it, to make it a text of the
//! interpreter's and to parse that, which costs more than most functions.

use std::cell::RefCell;
use std::rc::Rc;

use jsonb::{Jsonb, Kind, Value};
use rquickjs::{Ctx, Exception, Function, IntoJs, Object};

/// The bodies that the arguments of a call refer to by number.
#[derive(Default)]
pub(crate) struct Bodies(RefCell<Vec<Jsonb>>);

impl Bodies {
    /// Has these from now on.
    pub(crate) fn hold(&self, bodies: Vec<Jsonb>) {
        self.0.replace(bodies);
    }

    /// One field of a body; `undefined` when it has none of that name.
    fn field<'js>(&self, ctx: &Ctx<'js>, at: usize, name: &str) -> rquickjs::Result<rquickjs::Value<'js>> {
        let bodies = self.0.borrow();
        match bodies.get(at).map(|body| body.root().get(name)) {
            Some(Ok(Some(value))) => shown(ctx, value),
            Some(Ok(None)) | None => Ok(rquickjs::Value::new_undefined(ctx.clone())),
            Some(Err(damaged)) => Err(Exception::throw_message(ctx, &damaged.to_string())),
        }
    }

    /// A whole body.
    fn whole<'js>(&self, ctx: &Ctx<'js>, at: usize) -> rquickjs::Result<rquickjs::Value<'js>> {
        let bodies = self.0.borrow();
        match bodies.get(at) {
            Some(body) => parsed(ctx, body.root()),
            None => Ok(rquickjs::Value::new_null(ctx.clone())),
        }
    }
}

/// Adds what the prelude reads bodies with to its object `host`.
pub(crate) fn add<'js>(ctx: &Ctx<'js>, host: &Object<'js>, bodies: &Rc<Bodies>) -> rquickjs::Result<()> {
    let shared = Rc::clone(bodies);
    let field = move |ctx: Ctx<'js>, at: usize, name: String| shared.field(&ctx, at, &name);
    host.set("field", Function::new(ctx.clone(), field)?)?;
    let shared = Rc::clone(bodies);
    let whole = move |ctx: Ctx<'js>, at: usize| shared.whole(&ctx, at);
    host.set("body", Function::new(ctx.clone(), whole)?)
}

/// The value that parsing its text would give.
fn shown<'js>(ctx: &Ctx<'js>, value: Value<'_>) -> rquickjs::Result<rquickjs::Value<'js>> {
    match value.kind() {
        Kind::Null => Ok(rquickjs::Value::new_null(ctx.clone())),
        Kind::True => Ok(rquickjs::Value::new_bool(ctx.clone(), true)),
        Kind::False => Ok(rquickjs::Value::new_bool(ctx.clone(), false)),
        Kind::Text
            if let Some(plain) = value
                .plain_bytes()
                .and_then(|bytes| std::str::from_utf8(bytes).ok()) =>
        {
            plain.into_js(ctx)
        }
        Kind::Int if let Some(int) = small(value) => Ok(rquickjs::Value::new_int(ctx.clone(), int)),
        _ => parsed(ctx, value),
    }
}

fn small(value: Value<'_>) -> Option<i32> {
    let int = i32::try_from(value.as_i64().ok()??).ok()?;
    // There is a negative zero, which no integer is.
    Some(int).filter(|int| *int != 0)
}

fn parsed<'js>(ctx: &Ctx<'js>, value: Value<'_>) -> rquickjs::Result<rquickjs::Value<'js>> {
    match value.to_text() {
        Ok(text) => ctx.json_parse(text),
        Err(damaged) => Err(Exception::throw_message(ctx, &damaged.to_string())),
    }
}
