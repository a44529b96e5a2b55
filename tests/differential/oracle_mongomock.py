"""Answers cases with mongomock: one JSON line in, one out."""

import datetime
import json
import math
import re
import sys
import uuid
import warnings

import mongomock
from mongomock import aggregate, filtering

EPOCH = datetime.datetime(1970, 1, 1)
FLAGS = {"i": re.I, "m": re.M, "s": re.S, "x": re.X}


def read(value, element=False):
    if isinstance(value, list):
        return [read(each, True) for each in value]
    if not isinstance(value, dict):
        return value
    if "$date" in value:
        return EPOCH + datetime.timedelta(milliseconds=value["$date"])
    if "$uuid" in value:
        return uuid.UUID(value["$uuid"])
    if element and "$regex" in value:
        return re.compile(value["$regex"], sum(FLAGS[option] for option in value.get("$options", "")))
    return {key: read(inner) for key, inner in value.items()}


def write(value):
    if isinstance(value, (list, tuple)):
        return [write(each) for each in value]
    if isinstance(value, dict):
        return {key: write(inner) for key, inner in value.items()}
    if isinstance(value, float) and not math.isfinite(value):
        return {"$number": "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"}
    if isinstance(value, datetime.datetime):
        return {"$date": (value - EPOCH) // datetime.timedelta(milliseconds=1)}
    if isinstance(value, uuid.UUID):
        return {"$uuid": value.hex}
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    raise TypeError(f"mongomock answers a {type(value).__name__}")


def answer(given):
    documents = read(given["documents"])
    if "filter" in given:
        query = read(given["filter"])
        return {"matches": [at for at, each in enumerate(documents) if filtering.filter_applies(query, each)]}
    database = mongomock.MongoClient().database
    for name, others in given.get("collections", {}).items():
        if others:
            database[name].insert_many(read(others))
    return {"documents": write(list(aggregate.process_pipeline(documents, database, read(given["pipeline"]), None)))}


def main():
    warnings.simplefilter("ignore")
    for line in sys.stdin:
        given = json.loads(line)
        try:
            made = answer(given)
        except Exception as error:  # whatever it is, this oracle has no answer to the case
            made = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(made), flush=True)


if __name__ == "__main__":
    main()
