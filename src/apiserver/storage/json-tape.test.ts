import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { ESCAPED_TEXT, JsonTape, LIST, LITERAL, NOTHING, NULL, OBJECT, ROOT, TEXT } from "./json-tape.ts";

function read(value: unknown): JsonTape {
  const tape = new JsonTape();
  tape.read(Buffer.from(JSON.stringify(value)));
  return tape;
}

/** What the tape says of the value at a place. */
function valueAt(tape: JsonTape, place: number): unknown {
  switch (tape.kind(place)) {
    case TEXT:
    case ESCAPED_TEXT:
      return tape.textOf(place);
    case NULL:
      return null;
    case LITERAL:
      return JSON.parse(tape.textOf(place)) as unknown;
    case LIST:
      return placesIn(tape, place).map((item) => valueAt(tape, item));
    case OBJECT:
      return Object.fromEntries(
        pairs(placesIn(tape, place)).map(([key, value]) => [tape.textOf(key), valueAt(tape, value)]),
      );
    default:
      throw new RangeError("No such kind");
  }
}

function placesIn(tape: JsonTape, parent: number): number[] {
  const places: number[] = [];
  for (let place = tape.first(parent); place < tape.next(parent); place = tape.next(place))
    places.push(place);
  return places;
}

function pairs(places: readonly number[]): [number, number][] {
  return places.flatMap((place, index) => (index % 2 === 0 ? [[place, places[index + 1] ?? NOTHING]] : []));
}

describe("JsonTape", () => {
  const tricky = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.constantFrom("", '"', "\\", "a\\", "ä€\u2028", "\n"),
  );
  const values = fc
    .jsonValue()
    .chain((value) => fc.oneof(fc.constant(value), tricky, fc.dictionary(tricky, tricky)));

  test("holds any JSON value", () => {
    fc.assert(
      fc.property(values, (value) => {
        const wanted = JSON.parse(JSON.stringify(value)) as unknown;
        // Texts are UTF-8, which has no halves of characters.
        expect(valueAt(read(value), ROOT)).toEqual(JSON.parse(JSON.stringify(wanted).toWellFormed()));
      }),
    );
  });

  test("reads one text after the other, however long", () => {
    const tape = new JsonTape();
    for (const length of [3, 200_000, 2]) {
      const list = Array.from({ length }, (_, index) => index);
      tape.read(Buffer.from(JSON.stringify(list)));
      expect(valueAt(tape, ROOT)).toEqual(list);
    }
  });

  test("reads what is nested deeply", () => {
    const deep = `${"[".repeat(5000)}${"]".repeat(5000)}`;
    const tape = new JsonTape();
    tape.read(Buffer.from(deep));
    expect([tape.kind(ROOT), tape.end(ROOT)]).toEqual([LIST, deep.length]);
  });

  test("finds members by their names", () => {
    const tape = read({ a: { b: 1 }, b: "c" });
    expect(tape.textOf(tape.member(ROOT, "b"))).toBe("c");
    expect(tape.kind(tape.member(tape.member(ROOT, "a"), "b"))).toBe(LITERAL);
    expect(tape.member(ROOT, "c")).toBe(NOTHING);
    expect([tape.kind(NOTHING), tape.textOf(NOTHING)]).toEqual([NULL, ""]);
  });
});
