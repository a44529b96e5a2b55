// Answers cases with mingo: node oracle_mingo.mjs PATH_OF_MINGO, one JSON line in, one out.
//
// Numbers are JavaScript's: cases with whole numbers beyond 2^53 get other answers here than elsewhere and drop out.

import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const { Query, Aggregator } = createRequire(import.meta.url)(process.argv[2]);

// A UUID as mingo takes foreign types: told apart by class, equal and ordered by text.
class Uuid {
  #hex;
  constructor(hex) {
    this.#hex = hex;
  }
  toString() {
    return this.#hex;
  }
}

function read(value, element = false) {
  if (Array.isArray(value)) return value.map((each) => read(each, true));
  if (value === null || typeof value !== "object") return value;
  if ("$date" in value) return new Date(value.$date);
  if ("$uuid" in value) return new Uuid(value.$uuid);
  if (element && "$regex" in value) return new RegExp(value.$regex, value.$options ?? "");
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, read(inner)]));
}

function write(value) {
  if (Array.isArray(value)) return value.map((each) => write(each) ?? null);
  if (typeof value === "number" && !Number.isFinite(value)) return { $number: String(value) };
  if (value instanceof Date) return { $date: value.getTime() };
  if (value instanceof Uuid) return { $uuid: value.toString() };
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, write(inner)]));
}

function answer(given) {
  const documents = read(given.documents);
  if (given.filter !== undefined) {
    const query = new Query(read(given.filter));
    return { matches: documents.flatMap((document, index) => (query.test(document) ? [index] : [])) };
  }
  const collections = read(given.collections ?? {});
  const options = { collectionResolver: (name) => collections[name] ?? [] };
  return { documents: write(new Aggregator(read(given.pipeline), options).run(documents)) };
}

for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  let made;
  try {
    made = answer(JSON.parse(line));
  } catch (error) {
    made = { error: String(error?.message ?? error) };
  }
  process.stdout.write(JSON.stringify(made) + "\n");
}
