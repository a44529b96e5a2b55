"""Filters by chance, over every operator, with values that the documents of the case have at that path.

What both oracles are known to get wrong in the same way is left out and stands, with MongoDB's answer, in
crates/query/tests/manual.rs: `$gte` and `$lte` with null, sub-documents with another key order, `$mod` with fractions,
negative `$size`, and what the comments here name.
"""

import re

from documents import Documents

TOP = ["n", "s", "b", "d", "u", "m", "x", "o", "a", "t", "l", "zz"]
DEEP = ["o.p", "o.q", "o.r", "o.r.t", "l.k", "l.v", "l.w", "x.p", "x.q", "x.k", "o.zz", "l.zz", "zz.p"]
INDEXED = ["a.0", "a.1", "a.7", "t.0", "l.0", "l.1", "l.0.k", "l.1.v", "x.0"]
TYPES = ["double", "string", "object", "array", "bool", "date", "int", "long", "number"]
PATTERNS = ["^a", "b", "a.*c", "^$", "x[0-9]", "^[A-Z]", "z|x", "C$", "o w", "日", "^a.b$", "\\."]
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


def is_scalar(value):
    return not isinstance(value, list) and (not isinstance(value, dict) or any(key.startswith("$") for key in value))


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
            return self.chance.choice(there)
        if there and draw < 0.85:
            value = self.chance.choice(there)
            if isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e6:
                return value + self.chance.choice([-1, 1, 0.5])
        return self.values.scalar()

    def scalar(self, documents, path):
        value = self.value(documents, path)
        return value if is_scalar(value) else self.values.scalar()

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
        name, value = self.chance.choice(ORDERED), self.value(documents, path)
        if name in ("$gte", "$lte") and value is None:
            value = self.values.number()
        return {name: value}

    def membership(self, documents, path, _):
        several = [self.value(documents, path) for _ in range(self.chance.randint(0, 3))]
        if self.chance.random() < 0.1:
            several.append({"$regex": self.chance.choice(PATTERNS)})
        return {self.chance.choice(["$in", "$nin"]): several}

    def exists(self, *_):
        return {"$exists": self.chance.random() < 0.5}

    def kind(self, *_):
        return {"$type": self.chance.choice(TYPES)}

    def pattern(self, *_):
        return self.regex()

    def size(self, *_):
        return {"$size": self.chance.randint(0, 4)}

    def every(self, documents, path, depth):
        if self.chance.random() < 0.2:
            return {"$all": [self.element(documents, path, depth) for _ in range(self.chance.randint(1, 2))]}
        return {"$all": [self.value(documents, path) for _ in range(self.chance.randint(0, 2))]}

    def element(self, documents, path, depth):
        if path in ("l", "x", "l.0") and self.chance.random() < 0.8:
            inner = {}
            for name in self.chance.sample(["k", "v", "w"], self.chance.randint(1, 2)):
                inner[name] = self.right(documents, f"{path}.{name}", depth + 1)
            if self.chance.random() < 0.1:
                inner = {self.chance.choice(["$or", "$and", "$nor"]): [inner, {"k": self.value(documents, "l.k")}]}
            return {"$elemMatch": inner}
        made = self.order(documents, path, depth)
        for _ in range(self.chance.randint(0, 1)):
            made |= self.chance.choice([self.order, self.equality, self.membership])(documents, path, depth)
        return {"$elemMatch": made}

    def negation(self, documents, path, depth):
        makers = [self.order, self.equality, self.membership, self.pattern, self.size, self.kind, self.exists]
        return {"$not": self.chance.choice(makers)(documents, path, depth)}

    def right(self, documents, path, depth):
        """The right side of `path: …`: a value, or one or two operators."""
        if self.chance.random() < 0.25:
            return self.value(documents, path)
        made = self.condition(documents, path, depth)
        if self.chance.random() < 0.2:
            more = self.condition(documents, path, depth)
            if not {"$regex"} & (made.keys() | more.keys()):
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
            lambda: {"l.v": {"$type": "null"}, "z": {"$type": ["number", "string"]}},
            lambda: {"s": {"$type": self.chance.choice([2, 8, 9, 1])}},
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
