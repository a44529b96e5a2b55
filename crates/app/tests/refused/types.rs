//! Rules of types.

use super::{Row, table};

const RULES_OF_TYPES: &[Row] = &[
    (
        "  - {name: x, type: boolean, typeRules: {a: 1}}",
        &["3: fields.x.typeRules: type boolean has no rules"],
    ),
    (
        "  - {name: x, type: text, typeRules: {minValue: 1}}",
        &[
            "3: fields.x.typeRules.minValue: there is no such key here; there are minLength, maxLength, exactLength, regex, regexHint, regexCaseInsensitive",
        ],
    ),
    (
        "  - {name: x, type: text, typeRules: {maxLength: 301}}",
        &["3: fields.x.typeRules.maxLength: must be a whole number from 0 to 300, not 301"],
    ),
    (
        "  - {name: x, type: text, typeRules: {minLength: 5, maxLength: 4}}",
        &["3: fields.x.typeRules.maxLength: is less than minLength, 5"],
    ),
    (
        "  - {name: x, type: text, typeRules: {exactLength: 5, maxLength: 4}}",
        &["3: fields.x.typeRules.exactLength: goes with neither minLength nor maxLength"],
    ),
    (
        "  - {name: x, type: text, typeRules: {regex: \"(\"}}",
        &["3: fields.x.typeRules.regex: is not a regular expression: unclosed group"],
    ),
    (
        "  - {name: x, type: text, typeRules: {regexHint: digits}}",
        &["3: fields.x.typeRules.regexHint: says something about a regex that is not there"],
    ),
    (
        "  - {name: x, type: integer, typeRules: {minValue: 1.5}}",
        &["3: fields.x.typeRules.minValue: must be a whole number, not 1.5"],
    ),
    (
        "  - {name: x, type: integer, typeRules: {minValue: 2, maxValue: 1}}",
        &["3: fields.x.typeRules.maxValue: is less than minValue, 2"],
    ),
    (
        "  - {name: x, type: decimal, typeRules: {decimals: 5}}",
        &["3: fields.x.typeRules.decimals: must be a whole number from 0 to 4, not 5"],
    ),
    (
        "  - {name: x, type: decimal, typeRules: {decimals: 2, rounding: up}}",
        &["3: fields.x.typeRules.rounding: `up` is none of round, truncate, throwError"],
    ),
    (
        "  - {name: x, type: money, typeRules: {minValue: a lot}}",
        &["3: fields.x.typeRules.minValue: must be a number, not `a lot`"],
    ),
    (
        "  - {name: x, type: maskedText}",
        &["3: fields.x.typeRules.mask: is missing"],
    ),
    (
        "  - {name: x, type: maskedText, typeRules: {mask: \"---\"}}",
        &[
            "3: fields.x.typeRules.mask: has no place for a character: `9` is a digit, `a` a letter, `w` either",
        ],
    ),
    (
        "  - {name: x, type: phone, typeRules: {defaultPrefix: \"+1\"}}",
        &["3: fields.x.typeRules.defaultPrefix: must be one to four digits, not `+1`"],
    ),
    (
        "  - {name: x, type: choice}",
        &["3: fields.x.typeRules.possibleValues: is missing"],
    ),
    (
        "  - {name: x, type: choice, typeRules: {possibleValues: []}}",
        &["3: fields.x.typeRules.possibleValues: must hold 1 to 10000 values, not 0"],
    ),
    (
        "  - {name: x, type: choice, typeRules: {possibleValues: [{name: a}, {name: a}]}}",
        &["3: fields.x.typeRules.possibleValues.a: `a` is there twice"],
    ),
    (
        "  - {name: x, type: choice, typeRules: {possibleValues: [{name: \"a,b\"}]}}",
        &[
            "3: fields.x.typeRules.possibleValues.a,b.name: cannot hold commas, quotes, line ends or outer spaces",
        ],
    ),
    (
        "  - {name: x, type: date, typeRules: {minValue: 30.7.2016}}",
        &["3: fields.x.typeRules.minValue: must be written as in `2016-07-30`, not `30.7.2016`"],
    ),
    (
        "  - {name: x, type: date, typeRules: {minValue: 2016-02-30}}",
        &["3: fields.x.typeRules.minValue: must be written as in `2016-07-30`, not `2016-02-30`"],
    ),
    (
        "  - {name: x, type: time, typeRules: {minValue: 18:00, maxValue: 08:00}}",
        &["3: fields.x.typeRules.maxValue: is less than minValue, `18:00`"],
    ),
    (
        "  - {name: x, type: dateMonthDay, typeRules: {minValue: 13-01}}",
        &["3: fields.x.typeRules.minValue: must be written as in `07-30`, not `13-01`"],
    ),
    (
        "  - {name: x, type: dateTime, typeRules: {minValue: soon}}",
        &[
            "3: fields.x.typeRules.minValue: must be milliseconds since 1970 or a moment as in `2016-07-30T08:00:00Z`, not `soon`",
        ],
    ),
    (
        "  - {name: x, type: group, typeRules: {groups: [nobody]}}",
        &["3: fields.x.typeRules.groups[0]: there is no group `nobody`"],
    ),
];

#[test]
fn rules_of_types() {
    table("entities/a.yaml", "name: a\nfields:\n", RULES_OF_TYPES);
}
