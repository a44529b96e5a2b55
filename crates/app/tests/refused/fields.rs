//! Fields: what may be said of which, defaults, and what they refer to.

use super::{Row, table};

const FIELDS: &[Row] = &[
    ("  - x", &["3: fields[0]: must be a map, not a text"]),
    ("  - {type: text}", &["3: fields[0].name: is missing"]),
    ("  - {name: x}", &["3: fields.x.type: is missing"]),
    (
        "  - {name: id, type: text}",
        &["3: fields.id.name: `id` is taken: every record has it"],
    ),
    (
        "  - {name: _x, type: text}",
        &["3: fields._x.name: `_x` is not a name: letters, digits and underscores, a letter first"],
    ),
    (
        "  - {name: x, type: text}\n  - {name: x, type: date}",
        &["4: fields.x: `x` is there twice"],
    ),
    (
        "  - {name: x, type: string}",
        &["3: fields.x.type: there is no type `string`"],
    ),
    (
        "  - {name: x, type: yearMonth}",
        &["3: fields.x.type: there is no type `yearMonth`"],
    ),
    (
        "  - {name: x, type: text, multiplicity: two}",
        &["3: fields.x.multiplicity: `two` is none of one, many"],
    ),
    (
        "  - {name: x, type: text, unique: 1}",
        &["3: fields.x.unique: must be true or false, not a number"],
    ),
    (
        "  - {name: x, type: text, required: sometimes}",
        &["3: fields.x.required: must be always, never, js/… or an expression"],
    ),
    (
        "  - {name: x, type: text, validation: js/f}",
        &["3: fields.x.validation: there is no entities/a.js to hold the function `f`"],
    ),
    (
        "  - {name: x, type: text, nestedFields: []}",
        &["3: fields.x.nestedFields: is for fields of type nestedFields only"],
    ),
    (
        "  - {name: x, type: nestedFields}",
        &["3: fields.x.nestedFields: is missing"],
    ),
    (
        "  - {name: x, type: nestedFields, nestedFields: []}",
        &["3: fields.x.nestedFields: holds no field"],
    ),
    (
        "  - name: x\n    type: nestedFields\n    nestedFields:\n      - {name: y, type: autoIncrement}",
        &["6: fields.x.nestedFields.y.type: autoIncrement is for fields of entities only"],
    ),
    (
        "  - {name: x, type: text, transient: true, indexable: true}",
        &["3: fields.x.transient: what is never stored can be neither unique nor indexed"],
    ),
    (
        "  - {name: x, type: choice, unique: true, typeRules: {possibleValues: [{name: a}]}}",
        &["3: fields.x.unique: a field of type choice cannot have it"],
    ),
    (
        "  - {name: x, type: autoIncrement, multiplicity: many}",
        &["3: fields.x.multiplicity: a field of type autoIncrement cannot have it"],
    ),
    (
        "  - {name: x, type: autoIncrement, required: always}",
        &["3: fields.x.required: a field of type autoIncrement cannot have it"],
    ),
    (
        "  - {name: x, type: boolean, required: always}",
        &["3: fields.x.required: a field of type boolean cannot have it"],
    ),
    (
        "  - {name: x, type: geoPoint, sensitiveData: true}",
        &["3: fields.x.sensitiveData: a field of type geoPoint cannot have it"],
    ),
    (
        "  - {name: x, type: dateRecordCreated, defaultValue: $currentDate}",
        &["3: fields.x.defaultValue: $currentDate is no value of dateRecordCreated"],
    ),
    (
        "  - {name: x, type: fileUpload, unique: true}",
        &["3: fields.x.unique: a field of type fileUpload cannot have it"],
    ),
];

#[test]
fn fields() {
    table("entities/a.yaml", "name: a\nfields:\n", FIELDS);
}

const DEFAULTS: &[Row] = &[
    (
        "  - {name: x, type: email, defaultValue: nobody}",
        &["3: fields.x.defaultValue: cannot be \"nobody\": Not a valid email"],
    ),
    (
        "  - {name: x, type: date, defaultValue: today}",
        &["3: fields.x.defaultValue: cannot be \"today\": Must have the form yyyy-MM-dd"],
    ),
    (
        "  - {name: x, type: text, defaultValue: abcd, typeRules: {maxLength: 3}}",
        &["3: fields.x.defaultValue: cannot be \"abcd\": Must not have more than 3 characters"],
    ),
    (
        "  - {name: x, type: decimal, defaultValue: 1.234, typeRules: {decimals: 2, rounding: throwError}}",
        &["3: fields.x.defaultValue: cannot be \"1.234\": Must not have more than 2 decimals"],
    ),
    (
        "  - {name: x, type: geoPoint, defaultValue: {latitude: 95, longitude: 0}}",
        &[
            "3: fields.x.defaultValue: cannot be \"{\\\"latitude\\\":95,\\\"longitude\\\":0}\": The latitude must be a number between -90 and 90",
        ],
    ),
    (
        "  - {name: x, type: color, defaultValue: red}",
        &["3: fields.x.defaultValue: cannot be \"red\": Not a valid color"],
    ),
    (
        "  - {name: x, type: choice, defaultValue: c, typeRules: {possibleValues: [{name: a}]}}",
        &["3: fields.x.defaultValue: must be one of the possible values, not `c`"],
    ),
    (
        "  - {name: x, type: boolean, defaultValue: 0}",
        &["3: fields.x.defaultValue: must be true or false, not 0"],
    ),
    (
        "  - {name: x, type: integer, defaultValue: 1.5}",
        &["3: fields.x.defaultValue: must be a whole number, not 1.5"],
    ),
    (
        "  - {name: x, type: integer, defaultValue: 0, typeRules: {minValue: 1}}",
        &["3: fields.x.defaultValue: must be within the bounds, not 0"],
    ),
    (
        "  - {name: x, type: money, defaultValue: much}",
        &["3: fields.x.defaultValue: must be a number, not `much`"],
    ),
    (
        "  - {name: x, type: text, defaultValue: 5}",
        &["3: fields.x.defaultValue: must be a text, not 5"],
    ),
    (
        "  - {name: x, type: text, defaultValue: $today}",
        &["3: fields.x.defaultValue: `$today` is neither $currentDate nor $currentUser"],
    ),
    (
        "  - {name: x, type: text, defaultValue: $currentUser}",
        &["3: fields.x.defaultValue: $currentUser is a value of relationships to sys.users only"],
    ),
    (
        "  - {name: x, type: text, multiplicity: many, defaultValue: a}",
        &["3: fields.x.defaultValue: must be a list, as the field holds many values, not `a`"],
    ),
    (
        "  - {name: x, type: text, defaultValue: js/f}",
        &["3: fields.x.defaultValue: there is no entities/a.js to hold the function `f`"],
    ),
];

#[test]
fn defaults() {
    table("entities/a.yaml", "name: a\nfields:\n", DEFAULTS);
}

const REFERENCES: &[Row] = &[
    (
        "  - {name: x, type: relationship}",
        &["3: fields.x.typeRules.entity: is missing"],
    ),
    (
        "  - {name: x, type: relationship, typeRules: {entity: nothing}}",
        &["3: fields.x.typeRules.entity: there is no entity `nothing`"],
    ),
    (
        "  - {name: x, type: relationship, typeRules: {entity: things, copiedFields: [nothing]}}",
        &["3: fields.x.typeRules.copiedFields[0]: things has no field `nothing`"],
    ),
    (
        "  - {name: x, type: relationship, typeRules: {entity: things, copiedFields: [secret, gone, safe]}}",
        &[
            "3: fields.x.typeRules.copiedFields[0]: `secret` of things is sensitive",
            "3: fields.x.typeRules.copiedFields[1]: `gone` of things is never stored",
            "3: fields.x.typeRules.copiedFields[2]: `safe` of things is sensitive",
        ],
    ),
    (
        "  - {name: x, type: relationship, typeRules: {entity: things, deletePolicy: cascade}}",
        &["3: fields.x.typeRules.deletePolicy: `cascade` is none of none, remove, delete"],
    ),
    (
        "  - {name: x, type: relationship, typeRules: {entity: things, filter: {colour: red}}}",
        &["3: fields.x.typeRules.filter.colour: there is no field `colour`"],
    ),
    (
        "  - {name: x, type: integer, valueCalculation: {aggregate: max, entity: things, by: owner, field: count}}",
        &["3: fields.x.valueCalculation.aggregate: `max` is none of count, sum, avg"],
    ),
    (
        "  - {name: x, type: integer, valueCalculation: {aggregate: sum, entity: things, by: owner}}",
        &[
            "3: fields.x.valueCalculation.by: `owner` of things is not a relationship to a",
            "3: fields.x.valueCalculation.field: is missing",
        ],
    ),
    (
        "  - {name: x, type: integer, valueCalculation: {aggregate: count, entity: nothing, by: owner}}",
        &["3: fields.x.valueCalculation.entity: there is no entity `nothing`"],
    ),
    (
        "  - {name: r, type: relationship, typeRules: {entity: a}}\n  - {name: x, type: integer, valueCalculation: {aggregate: sum, entity: a, by: r, field: t}}\n  - {name: t, type: text}",
        &["4: fields.x.valueCalculation.field: `t` of a is text, not a number"],
    ),
    (
        "  - {name: r, type: relationship, typeRules: {entity: a}}\n  - {name: x, type: text, valueCalculation: {aggregate: count, entity: a, by: r}}",
        &["4: fields.x.valueCalculation: an aggregate is a number, which text is not"],
    ),
    (
        "  - {name: r, type: relationship, typeRules: {entity: a}}\n  - {name: x, type: integer, valueCalculation: {aggregate: sum, entity: a, by: r, field: y}}\n  - {name: y, type: integer, valueCalculation: {aggregate: sum, entity: a, by: r, field: x}}\n  - {name: z, type: integer, valueCalculation: {aggregate: sum, entity: a, by: r, field: x}}",
        &[
            "4: fields.x.valueCalculation: `x` of a is computed of itself",
            "5: fields.y.valueCalculation: `y` of a is computed of itself",
        ],
    ),
    (
        "  - {name: r, type: relationship, typeRules: {entity: a}}\n  - {name: x, type: integer, valueCalculation: {aggregate: count, entity: a, by: r, filter: {x: 0}}}",
        &["4: fields.x.valueCalculation: `x` of a is computed of itself"],
    ),
    (
        "  - {name: r, type: relationship, typeRules: {entity: a, copiedFields: [x]}}\n  - {name: x, type: integer, valueCalculation: {aggregate: count, entity: a, by: r}}",
        &["3: fields.r.typeRules.copiedFields[0]: `x` of a is an aggregate"],
    ),
    (
        "  - {name: r, type: relationship, typeRules: {entity: a}}\n  - {name: x, type: integer, multiplicity: many, unique: true, required: always, valueCalculation: {aggregate: count, entity: a, by: r}}",
        &[
            "4: fields.x.multiplicity: an aggregate is one value",
            "4: fields.x.required: an aggregate has the value that it has",
            "4: fields.x.unique: an aggregate cannot be unique",
        ],
    ),
    (
        "  - {name: r, type: relationship, typeRules: {entity: a}}\n  - {name: x, type: integer, valueCalculation: {aggregate: count, entity: a, by: r}}\nrecordLabel: fields/x\nindexes: [{fields: [x, r], unique: true}]",
        &[
            "5: recordLabel: `x` is an aggregate and cannot be a label",
            "6: indexes[0].fields[0]: `x` is an aggregate, which cannot be unique",
        ],
    ),
];

#[test]
fn references() {
    table("entities/a.yaml", "name: a\nfields:\n", REFERENCES);
}
