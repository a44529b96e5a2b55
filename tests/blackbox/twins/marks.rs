//! What one server's answers are when ids and times are left out of sight: each id becomes a mark with the number of its
//! first sight, each time of this hour another. A request is written with marks and gets each server's own ids.

use std::borrow::Cow;
use std::collections::HashMap;

/// Ids of one server.
#[derive(Clone)]
pub(super) struct Marks {
    /// Its address: what begins with it is one id up to its end.
    url: String,
    numbers: HashMap<String, usize>,
    ids: Vec<String>,
    /// The time when the test began, in seconds.
    begin: i64,
}

/// Behind these stand credentials of a queue.
const CREDENTIALS: [&str; 3] = [
    "\"ACCESS_KEY_ID\":\"",
    "\"SECRET_ACCESS_KEY\":\"",
    "\"SESSION_TOKEN\":\"",
];

/// Around that time, so much is of now.
const AROUND: i64 = 10 * 86_400;

impl Marks {
    pub(super) fn new(url: &str, begin: jiff::Timestamp) -> Self {
        Self {
            url: url.to_owned(),
            numbers: HashMap::new(),
            ids: Vec::new(),
            begin: begin.as_second(),
        }
    }

    /// The same of a server at another address that has the same data.
    pub(super) fn at(self, url: &str) -> Self {
        Self {
            url: url.to_owned(),
            ..self
        }
    }

    /// The mark of an id, which is known by `key`.
    fn mark(&mut self, id: &str, key: &str) -> String {
        let next = self.ids.len();
        let number = *self.numbers.entry(key.to_owned()).or_insert(next);
        if number == next {
            self.ids.push(String::new());
        }
        id.clone_into(&mut self.ids[number]);
        format!("«{number}»")
    }

    /// A text with this server's ids in the place of marks.
    pub(super) fn filled(&self, text: &str) -> String {
        let mut filled = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, behind)) = rest.split_once('«') {
            filled.push_str(before);
            let (number, behind) = behind.split_once('»').expect("a mark has an end");
            let id = number
                .parse::<usize>()
                .ok()
                .and_then(|number| self.ids.get(number));
            filled.push_str(id.map_or("unknown", String::as_str));
            rest = behind;
        }
        filled + rest
    }

    /// A text with marks in the place of this server's ids and of times.
    pub(super) fn marked(&mut self, text: &str) -> String {
        let text = without_credentials(text);
        let mut marked = String::with_capacity(text.len());
        let mut rest = &*text;
        while !rest.is_empty() {
            let taken = if rest.starts_with('h') && rest.starts_with(&self.url) {
                let end = rest.find(['"', '\\', ' ', '<']).unwrap_or(rest.len());
                // Behind the path stand a signature and when it ends. There are addresses for two ways on one path.
                let address = &rest[self.url.len()..end];
                let path = address.split('?').next().unwrap_or_default();
                let way = if marked.ends_with("\"put_url\":\"") {
                    "to "
                } else {
                    ""
                };
                let mark = self.mark(address, &format!("{way}{path}"));
                marked.push_str(&mark);
                end
            } else {
                self.take(rest, &mut marked)
            };
            rest = &rest[taken..];
        }
        marked
    }

    /// Marks what `rest` begins with; how much of it that was.
    fn take(&mut self, rest: &str, marked: &mut String) -> usize {
        let may_be_date = rest.as_bytes()[0].is_ascii_digit() && rest.as_bytes().get(4) == Some(&b'-');
        if let Some((length, mark)) = may_be_date.then(|| self.time(rest)).flatten() {
            marked.push_str(&mark);
            return length;
        }
        let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
        let bytes = rest.as_bytes();
        if !is_word(&bytes[0]) {
            let length = bytes.iter().position(is_word).unwrap_or(bytes.len());
            marked.push_str(&rest[..length]);
            return length;
        }
        let length = bytes
            .iter()
            .position(|byte| !is_word(byte))
            .unwrap_or(bytes.len());
        let may_be_uuid = length == 8 && bytes.get(13) == Some(&b'-');
        let uuid = rest.get(..36).filter(|word| may_be_uuid && is_uuid(word));
        let word = uuid.or_else(|| secret(rest)).unwrap_or(&rest[..length]);
        if uuid.is_some() || is_id(word) {
            // The id of a line of history is a second and a place, of which the place counts.
            let is_place = word.len() == 24 && word[8..20].bytes().all(|byte| byte == b'0');
            let key = if is_place { &word[8..] } else { word };
            marked.push_str(&self.mark(word, key));
        } else {
            match word.parse() {
                Ok(number) if matches!(length, 10 | 13) => marked.push_str(&self.number(word, number)),
                _ => marked.push_str(word),
            }
        }
        word.len()
    }

    /// A number, if it is no time of now.
    fn number(&self, word: &str, number: i64) -> String {
        let seconds = match word.len() {
            13 => number / 1000,
            10 => number,
            _ => return word.to_owned(),
        };
        if (seconds - self.begin).abs() < AROUND {
            "1".repeat(word.len())
        } else {
            word.to_owned()
        }
    }

    /// A date of now, with its time if there is one.
    fn time(&self, rest: &str) -> Option<(usize, String)> {
        let date: jiff::civil::Date = rest.get(..10)?.parse().ok()?;
        let day = date
            .to_zoned(jiff::tz::TimeZone::UTC)
            .ok()?
            .timestamp()
            .as_second();
        if (day - self.begin).abs() > AROUND {
            return None;
        }
        let tail = &rest.as_bytes()[10..];
        let clock = tail
            .iter()
            .position(|byte| !b"0123456789T: .+Z".contains(byte))
            .unwrap_or(tail.len());
        let is_time = clock >= 9 && matches!(tail[0], b'T' | b' ') && tail[3] == b':';
        Some(if is_time {
            (10 + clock, "«t»".to_owned())
        } else {
            (10, "«d»".to_owned())
        })
    }
}

/// A text with nothing in the place of a queue's credentials, which are others in each answer.
fn without_credentials(text: &str) -> Cow<'_, str> {
    let mut text = Cow::Borrowed(text);
    for name in CREDENTIALS {
        if text.contains(name) {
            let mut parts = text.split(name);
            let first = parts.next().unwrap_or_default().to_owned();
            let rests = parts.map(|part| part.find('"').map_or("", |end| &part[end..]));
            text = rests.fold(first, |whole, rest| whole + name + rest).into();
        }
    }
    text
}

/// A token: its first letters say so.
fn secret(rest: &str) -> Option<&str> {
    let tail = rest.strip_prefix("sy_")?;
    let is_part = |character: char| character.is_ascii_alphanumeric() || "-_".contains(character);
    let end = tail.find(|character| !is_part(character)).unwrap_or(tail.len());
    (end > 20).then(|| &rest[..3 + end])
}

fn is_id(word: &str) -> bool {
    let is_hex = |word: &str| {
        word.bytes()
            .all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
    };
    match word.len() {
        24 | 64 => is_hex(word),
        // A session's token has letters of both cases.
        32 => is_hex(word) || (!word.contains('_') && word.bytes().any(|byte| byte.is_ascii_uppercase())),
        _ => word.starts_with("sy_") && word.len() > 20,
    }
}

fn is_uuid(word: &str) -> bool {
    let parts: Vec<_> = word.split('-').map(str::len).collect();
    parts == [8, 4, 4, 4, 12] && word.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit())
}
