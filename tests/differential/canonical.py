"""Answers in one form, so that those of three programs can be compared.

Left aside is what JSON libraries and doubles differ in: 1 and 1.0, the last digits of a computed fraction, the zone that a
date was written in, and the order of keys, which the oracles do not keep to (crates/query/tests/manual.rs does).
"""

import json

WHOLE = {"$numberLong", "$numberInt"}
DOUBLE = {"$number", "$numberDouble"}
EXACT = 2**53
NOISE = 1e-12  # what is left of sums that should be zero


def number(value):
    if isinstance(value, float) and abs(value) < NOISE:
        return 0
    for digits in (17, 12):
        if isinstance(value, float):
            value = float(f"{value:.{digits - 1}e}")
            if value.is_integer() and abs(value) < EXACT:
                return int(value)
    return value


def wrapped(value):
    """A value that JSON does not have, or none."""
    keys = value.keys()
    if "$date" in keys:
        return {"$date": value["$date"]}
    if keys == {"$uuid"}:
        return {"$uuid": value["$uuid"].replace("-", "").lower()}
    if len(keys) == 1 and keys & WHOLE:
        return int(*value.values())
    if len(keys) == 1 and keys & DOUBLE:
        text = str(*value.values())
        return {"$number": text} if "n" in text.lower() else number(float(text))
    return None


def order(value):
    return json.dumps(value, sort_keys=True)


def plain(value, sets):
    if isinstance(value, dict):
        made = wrapped(value)
        return made if made is not None else {key: plain(inner, sets) for key, inner in sorted(value.items())}
    if isinstance(value, list):
        made = [plain(inner, sets) for inner in value]
        return sorted(made, key=order) if sets else made
    return value if isinstance(value, bool) else number(value)


def answer(made, compare):
    """An answer's canonical text; none when it is an error."""
    if "error" in made:
        return None
    if "matches" in made:
        return order(made["matches"])
    rows = plain(made["documents"], "sets" in compare)
    return order(sorted(rows, key=order) if "rows" in compare else rows)
