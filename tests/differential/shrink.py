"""Makes a case smaller while it still shows what it showed."""

import copy


def smaller(value):
    """Copies of a value with one part taken out, or with a part in place of the whole."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if len(value) > 1:
                yield {other: each for other, each in value.items() if other != key}
            for made in smaller(inner):
                yield value | {key: made}
    elif isinstance(value, list):
        for at, inner in enumerate(value):
            yield value[:at] + value[at + 1 :]
            for made in smaller(inner):
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
    for made in smaller(case["documents"]):
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
