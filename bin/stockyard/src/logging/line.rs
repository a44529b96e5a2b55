//! One line of the log as text: time, level, target, message, fields.
//!
//! Every request writes a line, so this is on the path of every answer. The library's own form asks the formatting
//! machinery for each word and each part of the date; this one appends text and numbers as they are, and works out
//! the date once a second.

use std::cell::RefCell;
use std::fmt::{self, Debug, Write};
use std::time::{SystemTime, UNIX_EPOCH};

use jiff::Timestamp;
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

/// See the module.
pub(super) struct TextLine;

impl<S, N> FormatEvent<S, N> for TextLine
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, _: &FmtContext<'_, S, N>, mut out: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let meta = event.metadata();
        write_time(&mut out, now_micros())?;
        out.write_str(word(*meta.level()))?;
        out.write_str(meta.target())?;
        out.write_char(':')?;
        let mut fields = Fields { out, outcome: Ok(()) };
        event.record(&mut fields);
        fields.outcome?;
        fields.out.write_char('\n')
    }
}

fn word(level: Level) -> &'static str {
    match level {
        Level::ERROR => " ERROR ",
        Level::WARN => "  WARN ",
        Level::INFO => "  INFO ",
        Level::DEBUG => " DEBUG ",
        Level::TRACE => " TRACE ",
    }
}

fn now_micros() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    u64::try_from(since.unwrap_or_default().as_micros()).unwrap_or(u64::MAX)
}

/// Writes `2026-11-22T07:33:27.012345Z`.
fn write_time(out: &mut Writer<'_>, micros: u64) -> fmt::Result {
    thread_local! {
        /// The second that was written last, and its text.
        static LAST: RefCell<(u64, String)> = const { RefCell::new((u64::MAX, String::new())) };
    }
    let second = micros / 1_000_000;
    LAST.with_borrow_mut(|(last, text)| {
        if *last != second {
            let time = i64::try_from(second)
                .ok()
                .and_then(|s| Timestamp::from_second(s).ok());
            *text = time.unwrap_or_default().to_string();
            // The zone's letter comes behind the fraction.
            text.pop();
            *last = second;
        }
        out.write_str(text)
    })?;
    let mut fraction = *b".000000Z";
    let mut rest = micros % 1_000_000;
    for digit in fraction[1..7].iter_mut().rev() {
        *digit += (rest % 10) as u8;
        rest /= 10;
    }
    out.write_str(std::str::from_utf8(&fraction).map_err(|_| fmt::Error)?)
}

/// Writes ` name=value` for each field; the message stands alone.
struct Fields<'a> {
    out: Writer<'a>,
    outcome: fmt::Result,
}

impl Fields<'_> {
    fn add(&mut self, field: &Field, value: impl FnOnce(&mut Writer<'_>) -> fmt::Result) {
        if self.outcome.is_ok() {
            self.outcome = name(&mut self.out, field).and_then(|()| value(&mut self.out));
        }
    }
}

fn name(out: &mut Writer<'_>, field: &Field) -> fmt::Result {
    out.write_char(' ')?;
    if field.name() == "message" {
        return Ok(());
    }
    out.write_str(field.name())?;
    out.write_char('=')
}

/// Lets no control character through: what a client sent must not look like a line of its own, or steer a terminal.
struct Tame<'a, 'w>(&'a mut Writer<'w>);

impl Write for Tame<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if !text.contains(char::is_control) {
            return self.0.write_str(text);
        }
        text.chars().try_for_each(|each| match each.is_control() {
            true => write!(self.0, "{}", each.escape_default()),
            false => self.0.write_char(each),
        })
    }
}

impl Visit for Fields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.add(field, |out| write!(Tame(out), "{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        // What needs no escape is most of what there is.
        let tame = |byte: u8| (b' '..=b'~').contains(&byte) && !matches!(byte, b'"' | b'\\');
        let is_message = field.name() == "message";
        self.add(field, |out| match value.bytes().all(tame) {
            true if is_message => out.write_str(value),
            true => {
                out.write_char('"')?;
                out.write_str(value)?;
                out.write_char('"')
            }
            false => write!(Tame(out), "{value:?}"),
        });
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.add(field, |out| out.write_str(itoa::Buffer::new().format(value)));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.add(field, |out| out.write_str(itoa::Buffer::new().format(value)));
    }
}

#[cfg(test)]
mod tests {
    use std::io::{self, Write};
    use std::sync::{Arc, Mutex};

    use tracing_subscriber::fmt::MakeWriter;
    use tracing_subscriber::prelude::*;

    use super::TextLine;

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl<'a> MakeWriter<'a> for Kept {
        type Writer = Self;

        fn make_writer(&'a self) -> Self {
            self.clone()
        }
    }

    fn line(log: impl FnOnce()) -> String {
        let kept = Kept::default();
        let layer = tracing_subscriber::fmt::layer()
            .with_writer(kept.clone())
            .event_format(TextLine);
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), log);
        let bytes = kept.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn a_line_has_time_level_target_message_and_fields() {
        let text = line(
            || tracing::info!(target: "access", { http.path = "/a b", http.status = 200_u16 }, "request"),
        );
        let (time, rest) = text.split_at("2026-11-22T07:33:27.012345Z".len());
        assert!(time.parse::<jiff::Timestamp>().is_ok(), "{time}");
        assert_eq!(
            rest,
            "  INFO access: request http.path=\"/a b\" http.status=200\n"
        );
    }

    #[test]
    fn nothing_a_client_sends_makes_a_second_line_or_a_colour() {
        let evil = "a\"\n\u{1b}[31mINFO access: request\u{9b}";
        let text = line(|| tracing::warn!(as_text = evil, as_display = %evil, "no {evil}"));
        assert_eq!(text.lines().count(), 1, "{text}");
        assert!(!text.trim_end().contains(char::is_control), "{text}");
        assert!(text.contains(r#"as_text="a\"\n\u{1b}[31m"#), "{text}");
    }
}
