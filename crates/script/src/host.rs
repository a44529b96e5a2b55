//! What only the server can do for a script: the bodies of records, the log, the calendar, and answers to what it asks.
//!
//! Each function is a member of the object `host`, which the prelude keeps to itself; scripts see what `sys` makes of it.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use jiff::tz::TimeZone;
use jsonb::{Jsonb, Limits};
use rquickjs::function::Opt;
use rquickjs::{Ctx, Exception, Function, Object};

use crate::argument::quote;
use crate::bodies::{self, Bodies};
use crate::outcome::{Level, LogLine};
use crate::realm::Watch;
use crate::{Effects, Options, Refused, Shape, time};

/// What the functions of one interpreter share; emptied for each call.
pub(crate) struct Host {
    zone: RefCell<TimeZone>,
    bodies: Rc<Bodies>,
    logs: RefCell<Vec<LogLine>>,
    room: Cell<usize>,
    dropped: Cell<usize>,
    most_lines: usize,
    most_bytes: usize,
    /// Who answers; none while he is asked, and for functions that only compute.
    effects: RefCell<Option<Box<dyn Effects>>>,
    asks: Cell<u64>,
    most_asks: u64,
    watch: Rc<Watch>,
}

impl Host {
    pub(crate) fn new(options: &Options, watch: Rc<Watch>) -> Self {
        Self {
            effects: RefCell::default(),
            asks: Cell::new(0),
            most_asks: options.asks,
            watch,
            zone: RefCell::new(TimeZone::UTC),
            bodies: Rc::default(),
            logs: RefCell::default(),
            room: Cell::new(options.log_bytes),
            dropped: Cell::new(0),
            most_lines: options.log_lines,
            most_bytes: options.log_bytes,
        }
    }

    /// Has questions answered by somebody, or by nobody.
    pub(crate) fn answered_by(&self, effects: Option<Box<dyn Effects>>) {
        self.asks.set(0);
        self.effects.replace(effects);
    }

    /// Whether there is somebody to ask.
    pub(crate) fn is_asked(&self) -> bool {
        self.effects.borrow().is_some()
    }

    fn ask(&self, what: &str, given: &str) -> Result<String, Refused> {
        let asks = self.asks.get() + 1;
        self.asks.set(asks);
        if asks > self.most_asks {
            self.watch.end();
            return Err(too_many(self.most_asks));
        }
        // Out of its place, since what it does may call functions of its own.
        let Some(mut effects) = self.effects.take() else {
            return Err(too_many(0));
        };
        let answer = effects.ask(what, given);
        self.effects.replace(Some(effects));
        if answer.as_ref().is_err_and(|refused| refused.ends) {
            self.watch.end();
        }
        answer
    }

    fn shape(&self, entity: &str) -> Option<Shape> {
        self.effects.borrow().as_ref()?.shape(entity)
    }

    /// Makes ready for a call.
    pub(crate) fn begin(&self, zone: TimeZone, bodies: Vec<Jsonb>) {
        self.zone.replace(zone);
        self.bodies.hold(bodies);
        self.logs.borrow_mut().clear();
        self.room.set(self.most_bytes);
        self.dropped.set(0);
    }

    /// Ends the call. Gives what it logged, with a line about lines that had no room.
    pub(crate) fn end(&self) -> Vec<LogLine> {
        self.bodies.hold(Vec::new());
        let mut logs = self.logs.take();
        if self.dropped.get() > 0 {
            logs.push(LogLine {
                level: Level::Warn,
                message: format!(
                    "{} further log lines of this call were dropped",
                    self.dropped.get()
                ),
                extra: None,
            });
        }
        logs
    }

    fn log(&self, level: &str, message: String, extra: Option<&str>) {
        let bytes = message.len() + extra.map_or(0, str::len);
        let mut logs = self.logs.borrow_mut();
        let Some(room) = self
            .room
            .get()
            .checked_sub(bytes)
            .filter(|_| logs.len() < self.most_lines)
        else {
            self.dropped.set(self.dropped.get() + 1);
            return;
        };
        self.room.set(room);
        logs.push(LogLine {
            level: Level::parse(level),
            message,
            extra: extra.and_then(|text| Jsonb::parse(text.as_bytes(), &Limits::default()).ok()),
        });
    }

    fn zone(&self, name: Option<String>) -> Result<TimeZone, String> {
        match name {
            None => Ok(self.zone.borrow().clone()),
            Some(name) => TimeZone::get(&name).map_err(|_| format!("there is no time zone {name}")),
        }
    }
}

/// The object with the functions of `host`.
pub(crate) fn object<'js>(ctx: &Ctx<'js>, host: &Rc<Host>) -> rquickjs::Result<Object<'js>> {
    let object = Object::new(ctx.clone())?;
    let shared = Rc::clone(host);
    object.set(
        "log",
        Function::new(
            ctx.clone(),
            move |level: String, message: String, extra: Opt<Option<String>>| {
                shared.log(&level, message, extra.0.flatten().as_deref());
            },
        )?,
    )?;
    bodies::add(ctx, &object, &host.bodies)?;
    add_formatting(ctx, &object, host)?;
    add_days(ctx, &object, host)?;
    add_questions(ctx, &object, host)?;
    Ok(object)
}

fn too_many(most: u64) -> Refused {
    Refused {
        code: "badRequest".to_owned(),
        message: format!("a script may ask for {most} things at most"),
        info: None,
        ends: true,
    }
}

/// An answer is a text: `v` and JSON, `u` for `undefined`, `e` and what is thrown.
fn add_questions<'js>(ctx: &Ctx<'js>, object: &Object<'js>, host: &Rc<Host>) -> rquickjs::Result<()> {
    let shared = Rc::clone(host);
    let ask = move |what: String, given: String| match shared.ask(&what, &given) {
        Ok(text) if text.is_empty() => "u".to_owned(),
        Ok(text) => format!("v{text}"),
        Err(refused) => told(&refused),
    };
    object.set("ask", Function::new(ctx.clone(), ask)?)?;
    let shared = Rc::clone(host);
    object.set("asked", Function::new(ctx.clone(), move || shared.is_asked())?)?;
    let shared = Rc::clone(host);
    let number = move |entity: String| shared.shape(&entity).map(|shape| shape.id as f64);
    object.set("shapeNumber", Function::new(ctx.clone(), number)?)?;
    let shared = Rc::clone(host);
    let text = move |entity: String| shared.shape(&entity).map(|shape| shape.text.to_string());
    object.set("shapeText", Function::new(ctx.clone(), text)?)
}

fn told(refused: &Refused) -> String {
    let mut text = String::from("e{\"code\":");
    quote(&mut text, &refused.code);
    text.push_str(",\"message\":");
    quote(&mut text, &refused.message);
    text.push_str(",\"info\":");
    text.push_str(refused.info.as_deref().unwrap_or("null"));
    text.push('}');
    text
}

type Zone = Opt<Option<String>>;

fn add_formatting<'js>(ctx: &Ctx<'js>, object: &Object<'js>, host: &Rc<Host>) -> rquickjs::Result<()> {
    let shared = Rc::clone(host);
    let format = move |ctx: Ctx<'js>, millis: f64, pattern: String, zone: Zone| {
        let zone = shared.zone(zone.0.flatten());
        or_throw(
            &ctx,
            zone.and_then(|zone| time::format(whole(millis), &pattern, &zone)),
        )
    };
    object.set("format", Function::new(ctx.clone(), format)?)?;
    let shared = Rc::clone(host);
    let parse = move |ctx: Ctx<'js>, text: String, pattern: String, zone: Zone| {
        let zone = shared.zone(zone.0.flatten());
        let millis = zone.and_then(|zone| time::parse(&text, &pattern, &zone));
        or_throw(&ctx, millis.map(|found| found.map(|millis| millis as f64)))
    };
    object.set("parse", Function::new(ctx.clone(), parse)?)
}

fn add_days<'js>(ctx: &Ctx<'js>, object: &Object<'js>, host: &Rc<Host>) -> rquickjs::Result<()> {
    let shared = Rc::clone(host);
    let midnight = move |ctx: Ctx<'js>, day: String| {
        let zone = shared.zone.borrow();
        let millis = time::parse(&day, "yyyy-MM-dd", &zone);
        or_throw(
            &ctx,
            millis.map(|found| found.map_or(f64::NAN, |millis| millis as f64)),
        )
    };
    object.set("midnight", Function::new(ctx.clone(), midnight)?)?;
    let shared = Rc::clone(host);
    let day = move |ctx: Ctx<'js>, millis: f64| {
        let zone = shared.zone.borrow();
        or_throw(&ctx, time::format(whole(millis), "yyyy-MM-dd", &zone))
    };
    object.set("day", Function::new(ctx.clone(), day)?)?;
    let shared = Rc::clone(host);
    let offset = move |ctx: Ctx<'js>, millis: f64, zone: Zone| {
        let zone = shared.zone(zone.0.flatten());
        or_throw(
            &ctx,
            zone.and_then(|zone| time::offset(whole(millis), &zone))
                .map(|offset| offset as f64),
        )
    };
    object.set("offset", Function::new(ctx.clone(), offset)?)
}

/// The milliseconds of a date; a number outside the range is outside the calendar too and refused there.
fn whole(millis: f64) -> i64 {
    millis as i64
}

fn or_throw<T>(ctx: &Ctx<'_>, result: Result<T, String>) -> rquickjs::Result<T> {
    result.map_err(|message| Exception::throw_message(ctx, &message))
}
