//! A script's file as it is compiled.
//!
//! The file becomes the body of a function that is run anew for every call and answers with the file's functions, so that
//! what one call does to the variables of the top level is gone with it. The text is kept on its lines, for messages.

use std::collections::BTreeSet;

/// Words that cannot be names.
const RESERVED: &[&str] = &[
    "arguments",
    "await",
    "break",
    "case",
    "catch",
    "class",
    "const",
    "continue",
    "debugger",
    "default",
    "delete",
    "do",
    "else",
    "enum",
    "eval",
    "export",
    "extends",
    "false",
    "finally",
    "for",
    "function",
    "if",
    "implements",
    "import",
    "in",
    "instanceof",
    "interface",
    "let",
    "new",
    "null",
    "package",
    "private",
    "protected",
    "public",
    "return",
    "static",
    "super",
    "switch",
    "this",
    "throw",
    "true",
    "try",
    "typeof",
    "var",
    "void",
    "while",
    "with",
    "yield",
];

/// A name that no file uses by chance.
const FOUND: &str = "$functions_of_this_file$";

/// Every word of the text that could be a name, wherever it stands.
pub(crate) fn words(text: &str) -> BTreeSet<&str> {
    let is_part =
        |found: char| found.is_ascii_alphanumeric() || found == '_' || found == '$' || !found.is_ascii();
    text.split(|found: char| !is_part(found))
        .filter(|word| {
            word.is_ascii() && !word.is_empty() && !word.starts_with(|first: char| first.is_ascii_digit())
        })
        .filter(|word| RESERVED.binary_search(word).is_err())
        .collect()
}

/// The file with words that would be wrong where `async` or `import` is part of the grammar, and are right where it is a name or part
/// of a text. When this is no longer JavaScript, the file has one of them; none when it cannot have.
///
/// `enum` is reserved and in no rule of the grammar, but like every word it may name a property.
pub(crate) fn without_waiting(text: &str) -> Option<String> {
    let is_part =
        |found: char| found.is_ascii_alphanumeric() || found == '_' || found == '$' || !found.is_ascii();
    let mut changed = String::with_capacity(text.len() + 16);
    let mut found = false;
    for piece in text.split_inclusive(|found: char| !is_part(found)) {
        let word = piece.trim_end_matches(|found: char| !is_part(found));
        let instead = match word {
            "async" => "async_",
            "import" => "enum",
            _ => word,
        };
        found |= instead != word;
        changed.push_str(instead);
        changed.push_str(piece.get(word.len()..).unwrap_or_default());
    }
    found.then(|| format!("() => {{{changed}\n}}"))
}

/// The file with an answer at its end that says which of `words` are functions of its own.
pub(crate) fn survey(text: &str, words: &BTreeSet<&str>) -> String {
    let tests: String = words
        .iter()
        .map(|word| {
            format!("try {{ if (typeof {word} === 'function' && {word} !== globalThis.{word}) {FOUND}.{word} = {word}; }} catch {{}}\n")
        })
        .collect();
    format!("() => {{{text}\n;const {FOUND} = {{__proto__: null}};\n{tests}return {FOUND};}}")
}

/// The file with an answer at its end that is an object of `names`.
pub(crate) fn main(text: &str, names: &[String]) -> String {
    let list = names.join(",");
    format!("() => {{{text}\n;return {{__proto__: null,{list}}};}}")
}

#[cfg(test)]
mod tests {
    use super::{RESERVED, without_waiting, words};

    #[test]
    fn reserved_words_are_sorted() {
        assert!(RESERVED.is_sorted());
    }

    #[test]
    fn words_are_found_everywhere_but_are_never_reserved() {
        let found: Vec<_> = words("const über1 = 2; function $a_1() { return 'b' + 3x; } // c")
            .into_iter()
            .collect();
        assert_eq!(found, ["$a_1", "b", "c"]);
    }

    #[test]
    fn only_whole_words_are_replaced() {
        assert_eq!(without_waiting("asyncs(); my_async.$import;"), None);
        let changed = without_waiting("async () => import('ü import')").unwrap();
        assert_eq!(changed, "() => {async_ () => enum('ü enum')\n}");
    }
}
