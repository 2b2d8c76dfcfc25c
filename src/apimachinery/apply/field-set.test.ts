import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  ANY,
  difference,
  EMPTY_SET,
  type FieldSet,
  hasPath,
  intersection,
  isSubset,
  matching,
  overlaps,
  pathsOf,
  recursiveDifference,
  union,
} from "./field-set.ts";
import { fieldSetOf } from "./field-set-builder.ts";
import { parseFieldsV1 } from "./fields-v1.ts";
import { comparePathElements, fieldElement, formatPath, keyElement, valueElement } from "./path-element.ts";

const element = fc.oneof(
  fc.constantFrom("a", "b", "c").map(fieldElement),
  fc.constantFrom("x", "y").map((name) => keyElement({ name })),
  fc.constantFrom(1, 10, 9, "t", true).map(valueElement),
);
const set = fc
  .array(fc.array(element, { minLength: 1, maxLength: 3 }), { maxLength: 8 })
  .map((paths) => fieldSetOf(...paths));

function texts(fields: FieldSet): string[] {
  return pathsOf(fields).map((path) => path.join(" "));
}

describe("sets of paths", () => {
  test("are sets of their paths", () => {
    fc.assert(
      fc.property(set, set, (a, b) => {
        const [left, right] = [new Set(texts(a)), new Set(texts(b))];
        expect(new Set(texts(union(a, b)))).toEqual(left.union(right));
        expect(new Set(texts(intersection(a, b)))).toEqual(left.intersection(right));
        expect(new Set(texts(difference(a, b)))).toEqual(left.difference(right));
      }),
    );
  });

  test("lose everything below a path in a recursive difference", () => {
    fc.assert(
      fc.property(set, set, (a, b) => {
        const isBelow = (path: string): boolean =>
          texts(b).some((each) => path === each || path.startsWith(`${each} `));
        expect(texts(recursiveDifference(a, b))).toEqual(texts(a).filter((path) => !isBelow(path)));
      }),
    );
  });

  test("match patterns up to their ends and beyond", () => {
    const isPart = (path: string, pattern: string): boolean =>
      `${path} `.startsWith(`${pattern} `) || `${pattern} `.startsWith(`${path} `);
    fc.assert(
      fc.property(set, set, (a, pattern) => {
        const leaves = texts(pattern).filter(
          (each) => !texts(pattern).some((other) => other.startsWith(`${each} `)),
        );
        const isMatched = (path: string): boolean => leaves.some((leaf) => isPart(path, leaf));
        expect(texts(matching(a, pattern))).toEqual(
          texts(a).filter((path) => leaves.length === 0 || isMatched(path)),
        );
      }),
    );
  });

  test("match anything in a pattern", () => {
    const [list, x, y] = [fieldElement("list"), keyElement({ name: "x" }), keyElement({ name: "y" })];
    const [a, b] = [fieldElement("a"), fieldElement("b")];
    const fields = fieldSetOf([list, x], [list, x, a], [list, x, b], [list, y, b], [b]);
    expect(matching(fields, fieldSetOf([list, ANY, a]))).toEqual(fieldSetOf([list, x], [list, x, a]));
  });

  test("tell what they have in common", () => {
    fc.assert(
      fc.property(set, set, (a, b) => {
        const [left, right] = [new Set(texts(a)), new Set(texts(b))];
        expect(isSubset(a, b)).toBe(left.isSubsetOf(right));
        const isAtOrBelow = (path: string): boolean =>
          right.values().some((each) => `${path} `.startsWith(`${each} `));
        expect(overlaps(a, b)).toBe(left.values().some(isAtOrBelow));
      }),
    );
  });

  test("come back themselves when nothing changes, and stay in their order", () => {
    fc.assert(
      fc.property(set, set, (a, b) => {
        const both = union(a, b);
        expect(union(both, b)).toBe(both);
        expect(intersection(a, both)).toBe(a);
        expect(difference(a, difference(b, a))).toBe(a);
        for (const each of [both, intersection(a, b), difference(a, b), recursiveDifference(a, b)]) {
          expect(JSON.stringify(each)).toBe(JSON.stringify(parseFieldsV1(each)));
        }
      }),
    );
  });

  test("contain no empty nodes", () => {
    fc.assert(
      fc.property(set, (a) => {
        expect(difference(a, a)).toEqual({});
        expect(intersection(a, EMPTY_SET)).toEqual({});
        for (const path of pathsOf(a)) expect(hasPath(a, path), formatPath(path)).toBe(true);
      }),
    );
  });

  test("ignore the path of the whole object", () => {
    expect(fieldSetOf([])).toEqual({});
    expect(hasPath(fieldSetOf(["f:a"]), [])).toBe(false);
  });
});

describe("FieldsV1", () => {
  test("keeps every set", () => {
    fc.assert(
      fc.property(set, (a) => {
        expect(JSON.stringify(parseFieldsV1(JSON.parse(JSON.stringify(a))))).toBe(JSON.stringify(a));
      }),
    );
  });

  test("is written as Kubernetes writes it", () => {
    const fields = {
      "f:metadata": { "f:labels": { ".": {}, "f:app": {} } },
      "f:spec": {
        "f:containers": { 'k:{"name":"a"}': { ".": {}, "f:image": {} } },
        "f:finalizers": { 'v:"x"': {} },
        "f:replicas": {},
      },
    };
    const parsed = parseFieldsV1(fields);
    expect(JSON.stringify(parsed)).toBe(JSON.stringify(fields));
    expect(pathsOf(parsed).map(formatPath)).toEqual([
      ".metadata.labels",
      ".metadata.labels.app",
      ".spec.replicas",
      '.spec.containers[name="a"]',
      '.spec.containers[name="a"].image',
      '.spec.finalizers[="x"]',
    ]);
  });

  test("reads keys in any form and drops steps it does not know", () => {
    const parsed = parseFieldsV1({ 'k:{"b": 1, "a": "x"}': {}, "z:new": {}, "i:03": {}, "i:-0": {} });
    expect(texts(parsed)).toEqual(['k:{"a":"x","b":1}', "i:0", "i:3"]);
    expect(formatPath(['k:{"a":"x","b":1}', "i:3"])).toBe('[a="x",b=1][3]');
  });

  test.each([
    "f",
    "x",
    "k:[]",
    "v:{",
    "v:1e999",
    'k:{"a":-1e400}',
    "i:",
    "i:x",
    "i:0x1",
    "i:9223372036854775808",
  ])("%j is no step", (key) => {
    expect(() => parseFieldsV1({ [key]: {} })).toThrow(SyntaxError);
  });

  test("orders steps by kind and then by content", () => {
    const ordered = [
      "f:a",
      "f:b",
      'k:{"name":"a"}',
      'k:{"name":"a","port":1}',
      'k:{"port":9}',
      'k:{"port":10}',
      "v:9",
      "v:10",
      'v:"a"',
      "v:true",
      "i:9",
      "i:10",
    ];
    expect(ordered.toReversed().toSorted(comparePathElements)).toEqual(ordered);
  });
});
