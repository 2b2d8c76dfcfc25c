import { describe, expect, test } from "bun:test";
import { fillAbsent, fillEntries, fillField, fillZero, mapField, mapList } from "./defaulting.ts";

interface Sample {
  readonly text?: string;
  readonly count?: number;
  readonly list?: readonly number[];
}

describe("defaulting", () => {
  test("fillAbsent keeps zero values", () => {
    const sample: Sample = { count: 0 };
    expect(fillAbsent(sample, { count: 3, text: "a" })).toEqual({ count: 0, text: "a" });
    expect(sample).toEqual({ count: 0 });
  });

  test("fillZero replaces zero values", () => {
    expect(fillZero({ count: 0, text: "" } as Sample, { count: 3, text: "a" })).toEqual({
      count: 3,
      text: "a",
    });
  });

  test("complete values come back as they are", () => {
    const sample: Sample = { text: "a", count: 1, list: [1] };
    expect(fillAbsent(sample, { count: 3 })).toBe(sample);
    expect(fillZero(sample, { text: "b" })).toBe(sample);
    expect(mapField(sample, "list", (list) => mapList(list, (item) => item))).toBe(sample);
    const map = { a: 1 };
    expect(fillEntries(map, { a: 2 })).toBe(map);
    expect(fillEntries(map, undefined)).toBe(map);
  });

  test("mapField and mapList change what is there", () => {
    const sample: Sample = { list: [1, 2] };
    const doubled = mapField(sample, "list", (list) => mapList(list, (item) => (item === 2 ? 4 : item)));
    expect(doubled).toEqual({ list: [1, 4] });
    expect(sample).toEqual({ list: [1, 2] });
    expect(mapField({} as Sample, "list", () => [9])).toEqual({});
  });

  test("fillField fills a nested object, which it makes where it is absent", () => {
    const whole: { readonly part?: Sample } = { part: { text: "a" } };
    expect(fillField(whole, "part", { text: "b" })).toBe(whole);
    expect(fillField(whole, "part", { count: 2 })).toEqual({ part: { text: "a", count: 2 } });
    expect(fillField({} as typeof whole, "part", { text: "b" })).toEqual({ part: { text: "b" } });
  });

  test("fillEntries adds what a map lacks", () => {
    expect(fillEntries({ a: 1 }, { a: 2, b: 3 })).toEqual({ a: 1, b: 3 });
    expect(fillEntries(undefined, { a: 2 })).toEqual({ a: 2 });
  });
});
