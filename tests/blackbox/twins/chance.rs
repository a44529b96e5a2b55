//! Chance that repeats itself, and the values that it picks: ordinary ones often, troublesome ones sometimes.

use serde_json::{Value, json};

/// A source of numbers (splitmix64): the same seed gives the same ones.
pub(super) struct Chance {
    state: u64,
    /// Whether the request under way may be a wrong one.
    bold: bool,
}

const WORDS: &[&str] = &[
    "ant",
    "Bee",
    "cat",
    "dog",
    "eel",
    "ANT",
    "bee ",
    "Ärger",
    "ärger",
    "straße",
    "STRASSE",
    "日本語",
    "😀 ok",
    "e\u{301}",
    "é",
    "a\"b\\c",
    "a/b",
    "a,b",
    "50%",
    "_",
    "",
    " ",
    "\u{7f}",
    "\u{1}x",
    "line\nbreak",
    "ﬁ",
    "İ",
    "null",
    "true",
    "1",
    "01",
    "-0",
    "1e2",
    "ant hill",
    "antler",
    "{}",
    "[1]",
    "$ref",
    "a.b",
    "\u{fffd}",
    "\u{10ffff}",
    "zz",
];

/// Spellings of numbers, kept as they are sent.
const NUMBERS: &[&str] = &[
    "0",
    "-0",
    "-0.0",
    "1",
    "-1",
    "1.0",
    "1.50",
    "2.5",
    "1e2",
    "100",
    "1E+2",
    "0.1",
    "0.30000000000000004",
    "7",
    "42",
    "99",
    "9007199254740992",
    "9007199254740993",
    "-9007199254740993",
    "9223372036854775807",
    "-9223372036854775808",
    "1e308",
    "5e-324",
    "123456789.125",
    "-2.25",
    "3",
    "4",
    "5",
    "6",
    "8",
    "9",
];

/// Numbers that no answer holds.
const HOPELESS: &[&str] = &[
    "9223372036854775808",
    "1e400",
    "-1e400",
    "123456789012345678901234567890",
];

impl Chance {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            state: seed,
            bold: false,
        }
    }

    /// Begins a request: most are to be right.
    pub(super) fn begin(&mut self) {
        self.bold = self.once_in(5);
    }

    /// Once in so many times, when the request may be a wrong one.
    pub(super) fn errs(&mut self, times: usize) -> bool {
        self.bold && self.once_in(times)
    }

    /// One of the first `right`, or of all when the request may be a wrong one.
    pub(super) fn fit<T: Clone>(&mut self, list: &[T], right: usize) -> T {
        let end = if self.bold { list.len() } else { right };
        self.of(&list[..end])
    }

    pub(super) fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`.
    pub(super) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(end).unwrap()).unwrap()
    }

    /// Whether one of so many times.
    pub(super) fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    /// One of these.
    pub(super) fn of<T: Clone>(&mut self, list: &[T]) -> T {
        list[self.below(list.len())].clone()
    }

    /// One of these, if there is any; the newest often.
    pub(super) fn any<T: Clone>(&mut self, list: &[T]) -> Option<T> {
        let from = if self.once_in(2) {
            list.len().saturating_sub(12)
        } else {
            0
        };
        (!list.is_empty()).then(|| self.of(&list[from..]))
    }

    /// The number of one of these weights.
    pub(super) fn weighted(&mut self, weights: &[usize]) -> usize {
        let mut left = self.below(weights.iter().sum());
        for (number, weight) in weights.iter().enumerate() {
            match left.checked_sub(*weight) {
                Some(rest) => left = rest,
                None => return number,
            }
        }
        unreachable!("what is left is less than the sum")
    }

    pub(super) fn word(&mut self) -> &'static str {
        // The first few come often, so that values meet.
        let end = if self.once_in(3) { WORDS.len() } else { 9 };
        WORDS[self.below(end)]
    }

    /// A text; once in a while one that is too long for the key of an index.
    pub(super) fn text(&mut self) -> String {
        match self.below(60) {
            0 => self.word().repeat(700),
            1 => format!("{}{}", "long ".repeat(900), self.word()),
            2..6 => format!("{} {}", self.word(), self.word()),
            _ => self.word().to_owned(),
        }
    }

    /// A number as JSON writes it.
    pub(super) fn number(&mut self) -> &'static str {
        let end = if self.once_in(3) { NUMBERS.len() } else { 12 };
        NUMBERS[self.below(end)]
    }

    /// Any JSON, spelled in one of many ways.
    pub(super) fn json(&mut self, depth: usize) -> String {
        let kinds = if depth == 0 { 6 } else { 9 };
        match self.below(kinds) {
            0 | 1 => self.number().to_owned(),
            2 | 3 => quoted(&self.text()),
            4 => self.of(&["true", "false", "null"]).to_owned(),
            5 if self.errs(3) => self.of(HOPELESS).to_owned(),
            5 => self
                .of(&["\"\\u00e9\"", "\"\\ud83d\\ude00\"", "[]", "{}", "\"\\/\""])
                .to_owned(),
            6 | 7 => {
                let list: Vec<_> = (0..self.below(4)).map(|_| self.json(depth - 1)).collect();
                format!("[{}]", list.join(if self.once_in(2) { "," } else { " , " }))
            }
            _ => {
                let mut map = Vec::new();
                for key in ["k", "n", "Ä", "s"] {
                    if self.once_in(2) {
                        map.push(format!("{}:{}", quoted(key), self.json(depth - 1)));
                    }
                }
                format!("{{{}}}", map.join(","))
            }
        }
    }

    /// What is no JSON, or not what is expected.
    pub(super) fn broken(&mut self) -> String {
        let list = [
            "",
            "{",
            "[]",
            "null",
            "5",
            "\"x\"",
            "{\"a\":1,\"a\":2}",
            "{\"a\":\"\\u0000\"}",
            "{\"a\":\"\\ud800\"}",
            "{'a':1}",
            "{\"a\":NaN}",
            "{}{}",
            "{\"data\":{\"a\":1e400}}",
            "{\"name\":[[[[]]]]}",
            "\u{feff}{}",
            "{\"data\":7,\"name\":{}}",
            "[{\"x\":1}]",
            "{\"a\":01}",
            "{\"\":1}",
        ];
        match self.below(20) {
            0 => format!("{}{}", "[".repeat(200), "]".repeat(200)),
            1 => format!("{{\"data\":{}1{}}}", "{\"a\":".repeat(140), "}".repeat(140)),
            _ => self.of(&list).to_owned(),
        }
    }

    /// A value of a query: as [`Chance::json`], but flat and short.
    pub(super) fn plain(&mut self) -> Value {
        match self.below(8) {
            0..3 => serde_json::from_str(self.number()).unwrap(),
            3..6 => json!(self.word()),
            6 => self.of(&[json!(true), json!(false), Value::Null]),
            _ => self.of(&[json!([]), json!({}), json!([1]), json!({"n": 1}), json!(["ant"])]),
        }
    }
}

/// A text as JSON.
pub(super) fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

/// A text as a part of a path or a query; marks of ids stay.
pub(super) fn encoded(text: &str) -> String {
    let mut encoded = String::new();
    for character in text.chars() {
        if character.is_ascii_alphanumeric() || "-_.~«»#".contains(character) {
            encoded.push(character);
        } else {
            let mut bytes = [0; 4];
            for byte in character.encode_utf8(&mut bytes).bytes() {
                encoded.push_str(&format!("%{byte:02X}"));
            }
        }
    }
    encoded
}
