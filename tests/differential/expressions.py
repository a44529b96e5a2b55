"""Aggregation expressions by chance, typed so that both oracles can compute most of them.

The fields are those of `Documents.tidy`. With `lone` set, operators take part that only one of the oracles knows.
What both get wrong in the same way is left out and stands, with MongoDB's answer, in crates/query/tests/manual.rs.
"""

from documents import DATES, WORDS, Documents, date

PARTS = [
    "$year", "$month", "$dayOfMonth", "$dayOfWeek", "$dayOfYear", "$hour", "$minute", "$second", "$millisecond", "$week",
]  # fmt: skip
ISO_PARTS = ["$isoWeek", "$isoDayOfWeek"]
ZONES = ["Europe/London", "America/New_York", "Asia/Kolkata", "Australia/Sydney", "UTC"]
FORMATS = ["%Y-%m-%d", "%H:%M:%S", "%d/%m/%Y %H:%M", "%Y", "%j", "%Y%m%d"]
UNITS = ["year", "quarter", "month", "week", "day", "hour", "minute", "second", "millisecond"]


class Expressions:
    """Makes expressions; `names` holds the variables that are in scope, with their types."""

    def __init__(self, chance, lone=False):
        self.chance = chance
        self.values = Documents(chance)
        self.lone = lone
        self.names = []
        self.certain = 0  # above 0: what is made must not be missing
        self.sets = False  # whether an array's order may be open

    def pick(self, makers, more=()):
        if self.lone and more and self.chance.random() < 0.5:
            makers = more
        return self.chance.choice(makers)()

    def of(self, kind, depth):
        return getattr(self, kind)(depth)

    def field(self, kind):
        paths = {
            "number": ["$n", "$f", "$h", "$o.p", "$o.r.t", "$n", "$f"],
            "string": ["$s", "$g", "$o.q", "$s"],
            "boolean": ["$b"],
            "date": ["$d"],
            "numbers": ["$a", "$l.v"],
            "strings": ["$t", "$l.k"],
            "objects": ["$l"],
            "object": ["$o", "$o.r", "$$ROOT.o", "$$CURRENT.o"],
        }
        known = [f"$${name}" for name, its in self.names if its == kind]
        return self.chance.choice(paths[kind] + known * 3)

    def number(self, depth=0):
        draw = self.chance.random()
        if depth > 2 or 0 < depth and draw < 0.25:
            return self.field("number")
        if 0 < depth and draw < 0.35:
            return self.chance.choice([self.values.whole(), 2, 10, 0.5, {"$literal": self.values.whole()}])
        deeper = depth + 1
        one, two = lambda: self.number(deeper), lambda: [self.number(deeper), self.number(deeper)]
        makers = [
            lambda: {
                self.chance.choice(["$add", "$multiply"]): [
                    self.number(deeper) for _ in range(self.chance.randint(1, 3))
                ]
            },
            lambda: {"$subtract": two()},
            lambda: {"$divide": [one(), self.chance.choice([2, 4, -5, 0.5])]},
            lambda: {"$mod": [one(), self.chance.choice([2, 3, 5, -4])]},
            lambda: {self.chance.choice(["$abs", "$ceil", "$floor", "$trunc"]): one()},
            lambda: {self.chance.choice(["$abs", "$ceil", "$floor", "$trunc"]): "$f"},
            lambda: {self.chance.choice(["$sqrt", "$ln", "$log10"]): {"$add": [{"$abs": one()}, 1]}},
            lambda: {"$exp": {"$mod": [one(), 5]}},
            lambda: {"$log": [{"$add": [{"$abs": one()}, 1]}, self.chance.choice([2, 10])]},
            lambda: {"$pow": [self.field("number"), self.chance.choice([0, 1, 2, 3])]},
            lambda: {"$size": self.field(self.chance.choice(["numbers", "strings", "objects"]))},
            lambda: {"$size": {"$concatArrays": [self.array(deeper), self.array(deeper)]}},
            lambda: {
                self.chance.choice(["$sum", "$avg", "$max", "$min"]): two() if self.certain else self.numbers(deeper)
            },
            lambda: self.element(self.numbers, deeper) or one(),
            lambda: self.element(self.numbers, deeper) or one(),
            lambda: {"$subtract": [self.date(deeper), self.date(deeper)]},
            *[lambda: self.part(deeper)] * 5,
            lambda: {"$strcasecmp": [self.string(deeper), self.string(deeper)]},
            lambda: {self.chance.choice(["$toInt", "$toLong"]): one()},
            lambda: self.branch("number", deeper),
        ]
        more = [
            lambda: {"$cmp": two()},
            lambda: {"$round": [self.field("number"), self.chance.choice([0, 2])]},
            lambda: {"$trunc": [one(), 0]},
            lambda: {self.chance.choice(["$strLenCP", "$strLenBytes"]): self.string(deeper)},
            lambda: {"$indexOfBytes": ["$g", self.chance.choice(["e", "r", "lu"])]},
            lambda: {"$indexOfArray": [self.field("numbers"), self.values.whole()]},
            lambda: {
                "$reduce": {"input": self.field("numbers"), "initialValue": 0, "in": {"$add": ["$$value", "$$this"]}}
            },
            lambda: {"$toDouble": one()},
            *[lambda: {self.chance.choice(ISO_PARTS): self.date(deeper)}] * 2,
            lambda: {self.chance.choice(["$stdDevPop", "$avg"]): [2, 4, self.chance.randint(0, 9)]},
            lambda: {
                self.chance.choice(["$sin", "$cos", "$tan", "$atan", "$sinh", "$degreesToRadians"]): self.field(
                    "number"
                )
            },
            lambda: {"$toLong": self.date(deeper)},
            lambda: {"$dateDiff": {"startDate": "$d", "endDate": self.date(3), "unit": self.chance.choice(UNITS)}},
        ]
        return self.pick(makers, more)

    def element(self, make, depth):
        """An element of an array, which may be missing."""
        if self.certain or depth > 1:
            return None
        if self.chance.random() < 0.4:
            return {self.chance.choice(["$first", "$last"]): self.field(make.__name__)}
        return {"$arrayElemAt": [make(depth), self.chance.choice([0, 1, -1])]}

    def part(self, depth):
        value = self.date(depth)
        if self.chance.random() < 0.4:
            value = {"date": value, "timezone": self.chance.choice(ZONES)}
        return {self.chance.choice(PARTS[:-1] if self.lone else PARTS): value}  # mingo's weeks are others

    def string(self, depth=0):
        draw = self.chance.random()
        if depth > 2 or 0 < depth and draw < 0.3:
            return self.field("string")
        if 0 < depth and draw < 0.4:
            return self.chance.choice(WORDS)
        deeper = depth + 1

        def one():
            return self.string(deeper)

        makers = [
            lambda: {"$concat": [one() for _ in range(self.chance.randint(1, 3))]},
            lambda: {self.chance.choice(["$toLower", "$toUpper"]): one()},
            lambda: {
                "$substr": [
                    self.chance.choice(["$g", {"$toString": "$h"}, {"$concat": ["$g", "-"]}]),
                    self.chance.randint(0, 2),
                    self.chance.randint(0, 3),
                ]
            },
            # Not of null, which both oracles get wrong each in its way.
            lambda: {"$toString": self.chance.choice(["$h", "$o.p", "$_id", {"$eq": ["$h", 1]}])},
            lambda: self.element(self.strings, deeper) or one(),
            lambda: {self.chance.choice(["$max", "$min"]): [one(), one()]},
            lambda: {"$dateToString": {"date": self.date(deeper), "format": self.chance.choice(FORMATS)}},
            lambda: self.branch("string", deeper),
            lambda: {"$ifNull": [self.chance.choice(["$zz", "$s", "$o.zz"]), one()]},
        ]
        more = [
            lambda: {
                self.chance.choice(["$trim", "$ltrim", "$rtrim"]): {
                    "input": one(),
                    "chars": self.chance.choice(["a", "ab", "x "]),
                }
            },
            lambda: {self.chance.choice(["$trim", "$ltrim", "$rtrim"]): {"input": {"$concat": ["  ", one(), " "]}}},
            lambda: {
                self.chance.choice(["$replaceOne", "$replaceAll"]): {
                    "input": one(),
                    "find": self.chance.choice(["a", "b"]),
                    "replacement": "-",
                }
            },
            lambda: {"$substrCP": [one(), self.chance.randint(0, 2), self.chance.randint(0, 3)]},
            lambda: {"$substrBytes": ["$g", self.chance.randint(0, 2), self.chance.randint(0, 3)]},
            lambda: {"$type": self.chance.choice(["$s", "$b", "$d", "$a", "$o", "$zz"])},
            lambda: {
                "$reduce": {
                    "input": self.field("strings"),
                    "initialValue": "",
                    "in": {"$concat": ["$$value", "$$this"]},
                }
            },
        ]
        return self.pick(makers, more)

    def boolean(self, depth=0):
        if depth > 2 or 0 < depth and self.chance.random() < 0.15:
            return self.field("boolean")
        deeper = depth + 1

        def one():
            return self.boolean(deeper)

        makers = [
            lambda: self.comparison(deeper),
            lambda: self.comparison(deeper),
            lambda: self.comparison(deeper),
            lambda: {self.chance.choice(["$and", "$or"]): [one() for _ in range(self.chance.randint(0, 3))]},
            lambda: {"$not": one()},
            lambda: {"$in": [self.number(deeper), self.numbers(deeper)]},
            lambda: {"$in": [self.string(deeper), self.strings(deeper)]},
            lambda: {"$setEquals": [self.field("numbers"), self.numbers(deeper)]},
            lambda: {
                "$regexMatch": {"input": self.string(deeper), "regex": self.chance.choice(["^a", "b$", "[A-Z]", "."])}
            },
            lambda: {"$regexMatch": {"input": self.string(deeper), "regex": "^ab", "options": "i"}},
            lambda: {"$isNumber": self.chance.choice(["$n", "$s", "$zz", "$o.p"])},
            lambda: {"$isArray": self.chance.choice(["$n", "$a", "$l.v", "$zz"])},
        ]
        more = [
            lambda: {"$not": [one()]},
            lambda: {"$setIsSubset": [self.field("numbers"), self.numbers(deeper)]},
            lambda: {self.chance.choice(["$anyElementTrue", "$allElementsTrue"]): [self.field("numbers")]},
            lambda: {"$toBool": self.chance.choice(["$n", "$b", "$h", "$d"])},
        ]
        return self.pick(makers, more)

    def comparison(self, depth):
        kind = self.chance.choice(["number", "number", "string", "date", "numbers"])
        names = ["$eq", "$ne"] if kind == "numbers" else ["$eq", "$ne", "$gt", "$gte", "$lt", "$lte"]
        self.certain += 1
        made = {self.chance.choice(names): [self.of(kind, depth), self.of(kind, depth)]}
        self.certain -= 1
        return made

    def date(self, depth=0):
        if depth > 1 or 0 < depth and self.chance.random() < 0.7:
            return self.field("date")
        makers = [
            lambda: date(self.chance.choice(DATES)),
            lambda: {"$subtract": [self.field("date"), self.chance.choice([1, 1000, 86400000])]},
            lambda: {"$dateFromParts": self.parts()},
            lambda: {"$ifNull": ["$d", date(0)]},
        ]  # fmt: skip
        more = [
            lambda: {"$add": ["$d", self.chance.choice([1, 1000, 86400000])]},
            lambda: {"$toDate": {"$multiply": [{"$abs": "$n"}, 86400000]}},
            lambda: {"$dateFromString": {"dateString": {"$dateToString": {"date": "$d", "format": "%Y-%m-%d"}}}},
            *[lambda: {self.chance.choice(["$dateAdd", "$dateSubtract"]): self.shift()}] * 3,
            lambda: {"$dateTrunc": {"date": "$d", "unit": self.chance.choice(UNITS[:1] + UNITS[4:])}},
        ]  # fmt: skip
        return self.pick(makers, more)

    def parts(self):
        day = {"$add": [{"$abs": "$h"}, 1]}
        return {"year": self.chance.randint(1971, 2030), "month": self.chance.randint(1, 12), "day": day}

    def shift(self):
        """Not by months and years, whose ends mingo does not know."""
        return {"startDate": "$d", "unit": self.chance.choice(UNITS[3:]), "amount": self.chance.randint(0, 40)}

    def array(self, depth):
        return self.of(self.chance.choice(["numbers", "strings", "objects"]), depth)

    def within(self, kind, element, input, make):
        """`make` with a variable of the element's type in scope."""
        name = self.chance.choice(["it", "each", "one"])  # mingo takes an outer `this` for that of `$reduce`
        self.names.append((name, element))
        made = make()
        self.names.pop()
        return {"input": input, "as": name} | made

    def filtered(self, kind, depth):
        element = kind.removesuffix("s")
        source = self.of(kind, depth)
        return {"$filter": self.within(kind, element, source, lambda: {"cond": self.boolean(depth)})}

    def numbers(self, depth=0):
        draw = self.chance.random()
        if depth > 2 or 0 < depth and draw < 0.4:
            return self.field("numbers")
        if 0 < depth and draw < 0.5:
            return [self.values.whole() for _ in range(self.chance.randint(0, 4))]
        deeper = depth + 1
        makers = [
            lambda: {"$concatArrays": [self.numbers(deeper) for _ in range(self.chance.randint(1, 3))]},
            lambda: {"$slice": [self.numbers(deeper), *self.chance.choice([[1], [2], [-1], [1, 2], [0, 3]])]},
            lambda: self.filtered("numbers", deeper),
            lambda: {
                "$map": self.within("numbers", "number", self.numbers(deeper), lambda: {"in": self.number(deeper)})
            },
            lambda: {"$map": self.within("objects", "object", "$l", lambda: {"in": f"$${self.names[-1][0]}.v"})},
            lambda: self.union("numbers", deeper),
            lambda: self.branch("numbers", deeper),
        ]
        more = [
            lambda: {"$range": [self.chance.randint(-2, 2), self.chance.randint(0, 9), self.chance.choice([1, 2, 3])]},
            lambda: {"$reverseArray": self.field("numbers")},
            *[lambda: self.union("numbers", deeper)] * 2,
            lambda: {"$sortArray": {"input": self.field("numbers"), "sortBy": self.chance.choice([1, -1])}},
            lambda: {
                self.chance.choice(["$firstN", "$lastN", "$maxN", "$minN"]): {
                    "n": self.chance.randint(1, 3),
                    "input": "$a",
                }
            },
            lambda: {
                "$reduce": {
                    "input": self.field("numbers"),
                    "initialValue": [],
                    "in": {"$concatArrays": [["$$this"], "$$value"]},
                }
            },
        ]
        return self.pick(makers, more)

    def union(self, kind, depth):
        """A set; only as a whole, since the order of its elements is left open."""
        if depth > 1 or not self.sets:
            return self.field(kind)
        names = ["$setIntersection", "$setDifference"] if self.lone else ["$setUnion"]
        return {self.chance.choice(names): [self.field(kind), self.of(kind, depth)]}

    def strings(self, depth=0):
        if depth > 2 or 0 < depth and self.chance.random() < 0.5:
            return self.field("strings")
        deeper = depth + 1
        makers = [
            lambda: {"$split": [self.string(deeper), self.chance.choice(["a", " ", ",", "b"])]},
            lambda: self.filtered("strings", deeper),
            lambda: {
                "$map": self.within("strings", "string", self.strings(deeper), lambda: {"in": self.string(deeper)})
            },
            lambda: {"$slice": [self.strings(deeper), self.chance.choice([1, 2, -1])]},
            lambda: self.union("strings", deeper),
        ]
        return self.pick(makers)

    def objects(self, depth=0):
        if depth > 1 or 0 < depth and self.chance.random() < 0.6:
            return self.field("objects")
        makers = [
            lambda: {"$objectToArray": self.field("object")},
            lambda: self.filtered("objects", depth + 1),
            lambda: {"$slice": ["$l", self.chance.choice([1, -1, 2])]},
        ]
        more = [
            lambda: {"$zip": {"inputs": ["$a", "$t"], "useLongestLength": True, "defaults": [0, ""]}},
            lambda: {"$regexFindAll": {"input": "$g", "regex": self.chance.choice(["gre|ed|lue", "r", "bl(u)", "x"])}},
            lambda: {"$sortArray": {"input": "$l", "sortBy": {"v": 1, "k": 1}}},
        ]
        return self.pick(makers, more)

    def object(self, depth=0):
        """A document, literal or computed."""
        deeper = depth + 1
        makers = [
            lambda: self.chance.choice(["$o", "$$ROOT", "$o.r"]),
            lambda: {"first": self.any(deeper), "second": {"inner": self.any(deeper)}},
            lambda: {"$arrayToObject": {"$objectToArray": "$o"}},
        ]
        more = [
            lambda: {"$mergeObjects": ["$o", {"p": self.number(deeper)}, "$o.r"]},
            lambda: {"$setField": {"field": "p", "input": "$o", "value": self.number(deeper)}},
            lambda: {"$unsetField": {"field": "p", "input": "$o"}},
            lambda: {"$dateToParts": {"date": "$d"}},
            lambda: {"$getField": {"field": "r", "input": "$o"}},
        ]
        return self.pick(makers, more)

    def branch(self, kind, depth):
        """The same type, by way of a condition or a variable."""
        makers = [
            lambda: {"$cond": [self.boolean(depth), self.of(kind, depth), self.of(kind, depth)]},
            lambda: {"$cond": {"if": self.boolean(depth), "then": self.of(kind, depth), "else": self.of(kind, depth)}},
            lambda: {"$ifNull": [self.field(kind), self.of(kind, depth)]},
            lambda: {"$switch": {
                "branches": [self.case(kind, depth) for _ in range(self.chance.randint(1, 2))],
                "default": self.of(kind, depth),
            }},
            lambda: self.let(kind, depth),
        ]  # fmt: skip
        return self.pick(makers)

    def case(self, kind, depth):
        return {"case": self.boolean(depth), "then": self.of(kind, depth)}

    def let(self, kind, depth):
        value = self.number(depth)
        self.names.append(("low", "number"))
        made = {"$let": {"vars": {"low": value}, "in": self.of(kind, depth)}}
        self.names.pop()
        return made

    def certainly(self, depth=0, kind=None):
        """Something that is not missing."""
        self.certain += 1
        made = self.of(kind or self.chance.choice(["number", "string", "boolean", "date", "numbers"]), depth)
        self.certain -= 1
        return made

    def any(self, depth=0):
        kinds = [
            "number",
            "number",
            "number",
            "string",
            "string",
            "boolean",
            "boolean",
            "date",
            "numbers",
            "strings",
            "objects",
            "object",
        ]
        return self.of(self.chance.choice(kinds), depth)
