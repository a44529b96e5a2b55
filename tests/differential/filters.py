"""Filters by chance, over every operator, with values that the documents of the case have at that path.

What both oracles are known to get wrong is left out and stands, with MongoDB's answer, in crates/query/tests/manual.rs:
`$gte` and `$lte` with null; sub-documents with another key order, empty ones; `$mod` with fractions; negative `$size`;
arrays in lists, arrays and documents in comparisons of order; null in `$all`, `$all` of what is no array or lies in an
array of objects; several operators on a path through an array of objects, `$all` or `$type` beside others on any; `$size`
of what is no array, `$type` of what is one; `$elemMatch` with conditions on fields where elements have none, or of arrays
in arrays; null at an index or in the objects of an array; `$not` of `$type`; arrays in an array of objects.
"""

import re

from documents import Documents

TOP = ["n", "s", "b", "d", "u", "m", "x", "o", "a", "t", "l", "zz"]
DEEP = ["o.p", "o.q", "o.r", "o.r.t", "l.k", "l.v", "x.p", "x.q", "x.k", "o.zz", "l.zz", "zz.p"]
INDEXED = ["a.0", "a.1", "a.7", "t.0", "l.0", "l.1", "l.0.k", "l.1.v", "x.0"]
TYPES = ["double", "string", "object", "array", "bool", "date", "int", "long", "number"]
PATTERNS = ["^a", "b", "a.*c", "^$", "x[0-9]", "^[A-Z]", "z|x", "C$", "o w", "日", "^a.b$", "\\."]
ENTRIES = ("l.", "x.")  # paths through arrays of objects
FLAT = (str, int, float, dict, type(None))
ORDERED = ["$gt", "$gte", "$lt", "$lte"]


def at(value, path):
    """All values that a path reaches in a value, elements of arrays included."""
    if not path:
        return [value] + (value if isinstance(value, list) else [])
    found = []
    if isinstance(value, dict) and path[0] in value:
        found += at(value[path[0]], path[1:])
    if isinstance(value, list):
        if path[0].isdigit() and int(path[0]) < len(value):
            found += at(value[int(path[0])], path[1:])
        found += [each for element in value if isinstance(element, dict) for each in at(element, path)]
    return found


def arrays(documents, path, of=object):
    """Whether what the documents have at a top-level path are arrays of some type."""
    if "." in path:
        return False
    values = [document[path] for document in documents if path in document]
    return all(isinstance(value, list) and all(isinstance(each, of) for each in value) for value in values)


class Filters:
    """Makes filters for given documents."""

    def __init__(self, chance):
        self.chance = chance
        self.values = Documents(chance)

    def path(self):
        draw = self.chance.random()
        names = TOP if draw < 0.5 else DEEP if draw < 0.85 else INDEXED
        return self.chance.choice(names)

    def value(self, documents, path):
        """Mostly one that is there, else one near it or any."""
        draw = self.chance.random()
        there = [value for document in documents for value in at(document, path.split("."))]
        if there and draw < 0.75:
            return self.known(self.chance.choice(there), path)
        if there and draw < 0.85:
            value = self.chance.choice(there)
            if isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e6:
                return value + self.chance.choice([-1, 1, 0.5])
        return self.known(self.values.scalar(), path)

    def known(self, value, path):
        """The value, unless it is null on a path through an array."""
        return self.values.number() if value is None and (path in INDEXED or path.startswith(ENTRIES)) else value

    def member(self, documents, path):
        """A value for a list: no array."""
        value = self.value(documents, path)
        return self.values.number() if isinstance(value, list) else value

    def regex(self):
        made = {"$regex": self.chance.choice(PATTERNS)}
        if self.chance.random() < 0.4:
            made["$options"] = self.chance.choice(["i", "m", "s", "i", "im"])
        return made

    def condition(self, documents, path, depth):
        """The right side of `path: …` with one operator."""
        maker = self.chance.choice([
            self.equality, self.equality, self.order, self.order, self.order, self.membership, self.membership,
            self.exists, self.kind, self.pattern, self.size, self.every, self.element, self.element, self.negation,
        ])  # fmt: skip
        return maker(documents, path, depth)

    def equality(self, documents, path, _):
        return {self.chance.choice(["$eq", "$ne"]): self.value(documents, path)}

    def order(self, documents, path, _):
        name, value = self.chance.choice(ORDERED), self.member(documents, path)
        if (
            isinstance(value, dict)
            and not value.keys() & {"$date", "$uuid"}
            or name in ("$gte", "$lte")
            and value is None
        ):
            value = self.values.number()
        return {name: value}

    def membership(self, documents, path, _):
        several = [self.member(documents, path) for _ in range(self.chance.randint(0, 3))]
        if self.chance.random() < 0.1:
            several.append({"$regex": self.chance.choice(PATTERNS)})
        return {self.chance.choice(["$in", "$nin"]): several}

    def exists(self, *_):
        return {"$exists": self.chance.random() < 0.5}

    def kind(self, documents, path, depth):
        if any(isinstance(document.get(path.split(".")[0]), list) for document in documents):
            return self.order(documents, path, depth)
        return {"$type": self.chance.choice(TYPES)}

    def pattern(self, *_):
        return self.regex()

    def size(self, documents, path, depth):
        if not arrays(documents, path):
            return self.order(documents, path, depth)
        return {"$size": self.chance.randint(0, 4)}

    def every(self, documents, path, depth):
        if path not in TOP or not arrays(documents, path):
            return self.membership(documents, path, depth)
        if self.chance.random() < 0.2:
            several = [self.element(documents, path, depth) for _ in range(self.chance.randint(1, 2))]
            return {"$all": [each for each in several if "$elemMatch" in each]}
        several = [self.member(documents, path) for _ in range(self.chance.randint(0, 2))]
        return {"$all": [value for value in several if value is not None]}

    def element(self, documents, path, depth):
        if path == "l" and arrays(documents, path, dict) and self.chance.random() < 0.8:
            inner = {}
            for name in self.chance.sample(["k", "v", "w"], self.chance.randint(1, 2)):
                inner[name] = self.right(documents, f"{path}.{name}", depth + 1)
            if self.chance.random() < 0.1:
                inner = {self.chance.choice(["$or", "$and"]): [inner, {"k": self.value(documents, "l.k")}]}
            return {"$elemMatch": inner}
        if not arrays(documents, path, FLAT):
            return self.order(documents, path, depth)
        made = self.order(documents, path, depth)
        for _ in range(self.chance.randint(0, 1)):
            made |= self.chance.choice([self.order, self.equality, self.membership])(documents, path, depth)
        return {"$elemMatch": made}

    def negation(self, documents, path, depth):
        makers = [self.order, self.equality, self.membership, self.pattern, self.exists]
        if path in TOP:
            makers.append(self.size)
        return {"$not": self.chance.choice(makers)(documents, path, depth)}

    def right(self, documents, path, depth):
        """The right side of `path: …`: a value, or one or two operators."""
        if self.chance.random() < 0.25:
            return self.value(documents, path) or self.values.number()
        made = self.condition(documents, path, depth)
        if not path.startswith(ENTRIES) and self.chance.random() < 0.2:
            more = self.condition(documents, path, depth)
            if not {"$regex", "$all", "$type"} & (made.keys() | more.keys()):
                made |= more
        return made

    def expression(self):
        """`$expr` over fields that every document has; what expressions can do is the pipelines' part."""
        number = ["$z", self.chance.randint(-3, 9)]
        self.chance.shuffle(number)
        test = {self.chance.choice(["$eq", "$ne", "$gt", "$gte", "$lt", "$lte"]): number}
        if self.chance.random() < 0.4:
            test = {self.chance.choice(["$and", "$or"]): [test, {"$lt": [{"$add": ["$z", "$_id"]}, 6]}]}
        return {"$expr": test}

    def filter(self, documents, depth=0):
        draw = self.chance.random()
        if depth < 2 and draw < 0.3:
            name = self.chance.choice(["$and", "$or", "$nor"])
            made = {name: [self.filter(documents, depth + 1) for _ in range(self.chance.randint(1, 3))]}
            return made
        if draw < 0.36:
            return self.expression()
        made = {}
        for _ in range(1 if self.chance.random() < 0.8 else 2):
            path = self.path()
            made[path] = self.right(documents, path, depth)
        return made

    def lone(self, documents):
        """What only one oracle can read; on inputs where that one is known to be right."""
        number = self.chance.choice(["z", "_id"])
        return self.chance.choice([
            lambda: {number: {"$mod": [self.chance.randint(1, 4), self.chance.randint(0, 2)]}},
            lambda: {"z": {"$not": {"$mod": [self.chance.randint(1, 3), 0]}}},
            lambda: {"m": {"$type": "null"}},
            lambda: {"m": {"$type": self.chance.choice([2, 8, 9, 10, "null"])}},
            lambda: {"m": {"$type": self.chance.choice([["number", "null"], ["string", 8], [10, "date"]])}},
        ])()  # fmt: skip


def names(query):
    """The operators that a filter uses."""
    found = set()
    if isinstance(query, dict):
        if {"$date"} <= query.keys() or {"$uuid"} == query.keys():
            return found
        for key, value in query.items():
            if re.fullmatch(r"\$[a-zA-Z0-9]+", key):
                found.add(key)
            found |= names(value)
    elif isinstance(query, list):
        for each in query:
            found |= names(each)
    return found
