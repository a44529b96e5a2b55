"""Makes a case smaller while it still shows what it showed."""

import copy


LISTS = {"$and", "$or", "$nor", "$in", "$nin", "$all"}
OBJECTS = {"$match", "$project", "$addFields", "$set", "$group", "$facet", "$elemMatch", "$not"}


def smaller(value, key=""):
    """Copies of a value with one part taken out; operators keep their arguments, which they need."""
    operator = key.startswith("$")
    if isinstance(value, dict):
        for name, inner in value.items():
            if len(value) > 1 and (not operator or key in OBJECTS):
                yield {other: each for other, each in value.items() if other != name}
            for made in smaller(inner, name):
                yield value | {name: made}
    elif isinstance(value, list):
        for at, inner in enumerate(value):
            if not operator or key in LISTS:
                yield value[:at] + value[at + 1 :]
            for made in smaller(inner, key if key in LISTS else ""):
                yield [*value[:at], made, *value[at + 1 :]]


def hoisted(query):
    """The parts of `$and`, `$or` and `$nor`, alone."""
    for name in ("$and", "$or", "$nor"):
        yield from query.get(name, []) if isinstance(query, dict) else []


def candidates(case):
    several = len(case["documents"]) > 1  # without documents nothing is computed, so anything goes
    for at in range(len(case["documents"]) if several else 0):
        yield case | {"documents": case["documents"][:at] + case["documents"][at + 1 :]}
    for part in ("filter", "pipeline"):
        if part in case:
            yield from (case | {part: made} for made in hoisted(case[part]))
            yield from (case | {part: made} for made in smaller(case[part]))
    for made in smaller(case["documents"] if "filter" in case else []):  # what computes may rely on every field
        if made:
            yield case | {"documents": made}


def shrink(case, still, tries=1500):
    """The smallest case found for which `still` holds."""
    case, found = copy.deepcopy(case), True
    while found:
        found = False
        for candidate in candidates(case):
            tries -= 1
            if tries < 0:
                return case
            if still(candidate):
                case, found = candidate, True
                break
    return case
