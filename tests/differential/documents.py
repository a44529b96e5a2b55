"""Documents for generated cases: every type, nested and mixed, from a seeded source of chance.

Keys always come in the same order, because both oracles take sub-documents with other key orders for equal, which
MongoDB does not. Whole numbers between 2^31 and 2^32 are left out: both oracles call them ints.
"""

STRINGS = [
    "", "a", "b", "ab", "abc", "Abc", "ABD", "x1", "zebra", " a ", "10", "2.5", "a.b", "a,b,c", "$a",
    "two words", "Ünï", "日本", "😀", "line\nbreak", "\u0001", "a\"b\\c",
]  # fmt: skip
WORDS = ["a", "b", "ab", "abc", "Abc", "ABD", "x1", "zebra", "two words", "日本"]
LIMITS = [2147483647, -2147483648, 8589934592, 9007199254740991, -9007199254740991]
UUIDS = [f"{digit * 8}00004000800000000000000{digit}" for digit in "137f"]
OIDS = [f"{digit * 24}" for digit in "15a"]
DATES = [-86400001, 0, 951782400000, 1583020799999, 1609459200000, 1700000000123, 1735689599000]
ROOT = ["n", "s", "b", "d", "u", "m", "x", "o", "a", "t", "l"]


def date(ms):
    return {"$date": ms, "$zone": "UTC", "$offset": None}


def uuid(text):
    return {"$uuid": text}


class Documents:
    """Makes values and documents by chance."""

    def __init__(self, chance):
        self.chance = chance

    def whole(self):
        return self.chance.randint(-3, 9)

    def number(self):
        draw = self.chance.random()
        if draw < 0.6:
            return self.whole()
        if draw < 0.9:
            return self.chance.randint(-12, 40) / 4
        return self.chance.choice(LIMITS)

    def date(self):
        return date(self.chance.choice(DATES))

    def string(self):
        return self.chance.choice(STRINGS)

    def scalar(self):
        draw = self.chance.random()
        if draw < 0.35:
            return self.number()
        if draw < 0.6:
            return self.string()
        makers = [lambda: None, lambda: self.chance.random() < 0.5, self.date, lambda: uuid(self.chance.choice(UUIDS))]
        return self.chance.choice(makers)()

    def object(self):
        """An object with some of the keys that paths ask for."""
        made = {}
        if self.chance.random() < 0.8:
            made["p"] = self.scalar()
        if self.chance.random() < 0.8:
            made["q"] = self.number()
        if self.chance.random() < 0.4:
            made["r"] = {"t": self.scalar()} if self.chance.random() < 0.8 else {}
        return made

    def entry(self):
        """An element of an array of objects."""
        made = {}
        if self.chance.random() < 0.9:
            made["k"] = self.chance.choice(WORDS)
        if self.chance.random() < 0.9:
            made["v"] = self.number() if self.chance.random() < 0.9 else None
        if self.chance.random() < 0.25:
            made["w"] = [self.whole() for _ in range(self.chance.randint(0, 3))]
        return made

    def array(self, make, longest=4):
        return [make() for _ in range(self.chance.randint(0, longest))]

    def anything(self):
        makers = [
            self.scalar,
            self.scalar,
            self.object,
            lambda: self.array(self.scalar),
            lambda: self.array(self.entry, 2),
        ]
        return self.chance.choice(makers)()

    def mixed_array(self):
        draw = self.chance.random()
        if draw < 0.6:
            return self.array(self.number)
        if draw < 0.95:
            return self.array(self.scalar)
        return [self.whole(), self.number(), self.array(self.whole, 2)]  # not at an index that filters ask for

    def field(self, name):
        makers = {
            "n": self.number,
            "s": self.string,
            "b": lambda: self.chance.random() < 0.5,
            "d": self.date,
            "u": lambda: uuid(self.chance.choice(UUIDS)),
            "m": self.scalar,
            "x": self.anything,
            "o": self.object,
            "a": self.mixed_array,
            "t": lambda: self.array(self.string, 3),
            "l": lambda: self.array(self.entry, 3),
        }
        return makers[name]()

    def document(self, number, holes):
        """A document; with the probability `holes` a field is missing, null or of another type."""
        made = {"_id": number}
        for name in ROOT:
            draw = self.chance.random()
            if draw >= holes:
                made[name] = self.field(name)
            elif draw >= holes / 2:
                continue
            elif draw >= holes / 4:
                made[name] = None
            else:
                made[name] = self.anything()
        made["z"] = self.whole()
        return made

    def several(self, least, most, holes):
        return [self.document(number, holes) for number in range(self.chance.randint(least, most))]

    def tidy(self, number):
        """A document whose every field is there and of one type: what the weaker oracle can compute with."""
        pick = self.chance.choice
        return {
            "_id": number,
            "n": self.whole(),
            "f": self.chance.randint(-12, 40) / 4,
            "g": pick(["red", "green", "blue"]),
            "h": self.chance.randint(0, 2),
            "s": pick(WORDS),
            "b": self.chance.random() < 0.5,
            "d": self.date(),
            "o": {"p": self.whole(), "q": pick(WORDS), "r": {"t": self.whole()}},
            "a": self.array(self.whole),
            "t": self.array(lambda: pick(WORDS), 3),
            "l": [{"k": pick(WORDS), "v": self.whole()} for _ in range(self.chance.randint(0, 3))],
        }

    def tidies(self, least, most, holes):
        """Tidy documents; with the probability `holes` a field is null; missing ones both oracles compare wrongly."""
        made = [self.tidy(number) for number in range(self.chance.randint(least, most))]
        for document in made:
            for name in "nfgsbdat":
                if self.chance.random() < holes:
                    document[name] = None
        return made
