import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { applyPatch, compare, type Operation } from "fast-json-patch";
import { StatusError } from "../status-error.ts";
import { applyJsonPatch } from "./json-patch.ts";

describe("applyJsonPatch", () => {
  const cases: [document: unknown, patch: unknown, want: unknown][] = [
    [{ a: 1 }, [{ op: "add", path: "/b", value: 2 }], { a: 1, b: 2 }],
    [{ a: [1, 3] }, [{ op: "add", path: "/a/1", value: 2 }], { a: [1, 2, 3] }],
    [{ a: [1] }, [{ op: "add", path: "/a/-", value: 2 }], { a: [1, 2] }],
    [{ a: [1] }, [{ op: "add", path: "/a/-1", value: 2 }], { a: [1, 2] }],
    [{ a: 1 }, [{ op: "add", path: "/b" }], { a: 1, b: null }],
    [{ a: 1, b: 2 }, [{ op: "remove", path: "/a" }], { b: 2 }],
    [{ a: [1, 2, 3] }, [{ op: "remove", path: "/a/1" }], { a: [1, 3] }],
    [{ a: [1, 2, 3] }, [{ op: "remove", path: "/a/-1" }], { a: [1, 2] }],
    [{ a: 1 }, [{ op: "replace", path: "/a", value: { b: 2 } }], { a: { b: 2 } }],
    [{ a: 1 }, [{ op: "replace", path: "/b", value: 2 }], { a: 1, b: 2 }],
    [{ a: [1, 2] }, [{ op: "replace", path: "/a/0", value: 3 }], { a: [3, 2] }],
    [{ a: { b: 1 }, c: {} }, [{ op: "move", from: "/a/b", path: "/c/d" }], { a: {}, c: { d: 1 } }],
    [{ a: { b: 1 } }, [{ op: "copy", from: "/a", path: "/c" }], { a: { b: 1 }, c: { b: 1 } }],
    [{ "a/b": { "~": 1 } }, [{ op: "replace", path: "/a~1b/~0", value: 2 }], { "a/b": { "~": 2 } }],
    [{ a: { x: 1, y: [2] } }, [{ op: "test", path: "/a", value: { y: [2], x: 1 } }], { a: { x: 1, y: [2] } }],
    [
      { a: null },
      [
        { op: "test", path: "/a", value: null },
        { op: "test", path: "/b" },
      ],
      { a: null },
    ],
    [{ "": 1 }, [{ op: "replace", path: "/", value: 2 }], { "": 2 }],
    [{ a: 1 }, [{ op: "replace", path: "", value: { b: 2 } }], { b: 2 }],
    [
      { a: 1 },
      [
        { op: "replace", path: "", value: { b: [] } },
        { op: "add", path: "/b/-", value: 1 },
      ],
      { b: [1] },
    ],
    [{ a: 1 }, [{ op: "test", path: "", value: { a: 1 } }], { a: 1 }],
    [{ a: 1 }, null, { a: 1 }],
  ];

  test.each(cases)("%# %j %j", (document, patch, want) => {
    const before = JSON.stringify([document, patch]);
    expect(applyJsonPatch(document, patch)).toEqual(want);
    expect(JSON.stringify([document, patch])).toBe(before);
  });

  test.each([
    [{ op: "test", path: "/a", value: 2 }, "testing value /a failed: test failed"],
    [
      { op: "add", path: "/x/y", value: 1 },
      'add operation does not apply: doc is missing path: "/x/y": missing value',
    ],
    [
      { op: "add", path: "", value: 1 },
      'add operation does not apply: doc is missing path: "": missing value',
    ],
    [
      { op: "add", path: "/l/9", value: 1 },
      "error in add for path: '/l/9': Unable to access invalid index: 9: invalid index referenced",
    ],
    [
      { op: "add", path: "/l/x", value: 1 },
      "error in add for path: '/l/x': value was not a proper array index: 'x'",
    ],
    [{ op: "add", path: 5 }, "add operation failed to decode path: missing value"],
    [
      { op: "replace", path: 5 },
      "replace operation failed to decode path: json: cannot unmarshal number into Go value of type string",
    ],
    [
      { op: "replace" },
      "replace operation failed to decode path: operation missing path field: missing value",
    ],
    [{ op: "replace", path: "", value: 1 }, "replace operation value must be object or array: %!w(<nil>)"],
    [
      { op: "move", path: "/b" },
      "move operation failed to decode from: operation, missing from field: missing value",
    ],
    [{ op: "test", path: "", value: {} }, "testing value  failed: test failed"],
    [
      { op: "remove", path: "/x" },
      "error in remove for path: '/x': Unable to remove nonexistent key: x: missing value",
    ],
    [
      { op: "remove", path: "/l/5" },
      "error in remove for path: '/l/5': Unable to access invalid index: 5: invalid index referenced",
    ],
    [
      { op: "remove", path: "/a/b" },
      'remove operation does not apply: doc is missing path: "/a/b": missing value',
    ],
    [{ op: "replace", path: "/l/5", value: 1 }, "replace operation does not apply: doc is missing key: /l/5"],
    [
      { op: "move", from: "/x", path: "/y" },
      "error in move for path: 'x': Unable to remove nonexistent key: x",
    ],
    [
      { op: "copy", from: "/x/y", path: "/z" },
      "copy operation does not apply: doc is missing from path: /x/y",
    ],
    [{ op: "patch", path: "/a" }, "Unexpected kind: patch"],
    [{ path: "/a" }, "Unexpected kind: unknown"],
    [null, "Unexpected kind: unknown"],
  ])("%j fails as 422", (operation, problem) => {
    const error = failureOf(() => applyJsonPatch({ a: 1, l: [1] }, [operation]));
    expect(error.status).toMatchObject({
      code: 422,
      reason: "Invalid",
      message: "the server rejected our request due to an error in our request",
    });
    expect((error.cause as Error).message).toContain(problem);
  });

  test("something that is no patch fails as 400", () => {
    expect(() => applyJsonPatch({}, {})).toThrow(
      "json: cannot unmarshal object into Go value of type jsonpatch.Patch",
    );
    expect(() => applyJsonPatch({}, ["x"])).toThrow(
      "json: cannot unmarshal string into Go value of type jsonpatch.Operation",
    );
    const deep = JSON.parse("[".repeat(5000) + "]".repeat(5000)) as unknown;
    expect(() => applyJsonPatch({}, deep)).toThrow("error decoding patch: exceeded max depth");
  });

  test("limits what a patch may cost", () => {
    const operations = Array.from({ length: 10_001 }, () => ({ op: "test", path: "/a", value: 1 }));
    expect(() => applyJsonPatch({ a: 1 }, operations)).toThrow(
      "Request entity too large: The allowed maximum operations in a JSON patch is 10000, got 10001",
    );
    const doubling = Array.from({ length: 40 }, (_, index) => ({
      op: "copy",
      from: "/a",
      path: `/a/${String(index)}`,
    }));
    const error = failureOf(() => applyJsonPatch({ a: { text: "x".repeat(100) } }, doubling));
    expect((error.cause as Error).message).toStartWith(
      "Unable to complete the copy, the accumulated size increase",
    );
    const deep = { op: "add", path: "/a".repeat(2000), value: 1 };
    expect(failureOf(() => applyJsonPatch({ a: {} }, [deep])).status.code).toBe(422);
  });

  test("makes fields of any name and keeps the prototype", () => {
    const patched = applyJsonPatch({}, [{ op: "add", path: "/__proto__", value: { polluted: true } }]);
    expect(Object.keys(patched as object)).toEqual(["__proto__"]);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
    expect(() => applyJsonPatch({}, [{ op: "add", path: "/constructor/x", value: 1 }])).toThrow(StatusError);
  });

  test("adding and removing cancel out", () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string({ minLength: 1 }), fc.jsonValue()),
        fc.jsonValue(),
        (document, value) => {
          const path = "/new~1field~0";
          fc.pre(!Object.hasOwn(document, "new/field~"));
          const patch = [
            { op: "add", path, value },
            { op: "test", path, value },
            { op: "remove", path },
          ];
          expect(applyJsonPatch(document, patch)).toEqual(document);
        },
      ),
    );
  });
});

describe("another implementation of RFC 6902", () => {
  const keys = fc.constantFrom("a", "b", "c~/d");
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { depthSize: "small" },
      fc.constantFrom<unknown>(null, 1, "x", true),
      fc.array(tie("value"), { maxLength: 3 }),
      fc.dictionary(keys, tie("value"), { maxKeys: 3 }),
    ),
  }));
  const document = fc.dictionary(keys, value);

  test("makes patches that work here", () => {
    fc.assert(
      fc.property(document, document, (before, after) => {
        expect(applyJsonPatch(before, compare(before, after))).toEqual(after);
      }),
    );
  });

  test("comes to the same result wherever it comes to one", () => {
    const pointerOf = (...steps: readonly string[]) =>
      fc.array(fc.constantFrom(...steps), { minLength: 1, maxLength: 3 }).map((each) => `/${each.join("/")}`);
    const pointer = pointerOf("a", "b", "c~0~1d", "0", "1", "-");
    // It moves and copies to places beyond the end of a list.
    const target = pointerOf("a", "b", "c~0~1d", "0", "-");
    const operation = fc.oneof(
      fc.record({
        op: fc.constantFrom("add" as const, "replace" as const, "test" as const),
        path: pointer,
        value,
      }),
      fc.record({ op: fc.constant("remove" as const), path: pointer }),
      fc.record({ op: fc.constantFrom("move" as const, "copy" as const), from: pointer, path: target }),
    );
    fc.assert(
      fc.property(document, fc.array(operation, { maxLength: 4 }), (before, patch) => {
        const after = resultOf(before, patch);
        if (after !== undefined) expect(applyJsonPatch(before, patch)).toEqual(after);
      }),
      { numRuns: 500 },
    );
  });

  /** Undefined for a patch that it refuses. */
  function resultOf(before: object, patch: readonly Operation[]): unknown {
    try {
      return applyPatch(structuredClone(before), structuredClone(patch), true).newDocument;
    } catch (error) {
      if (error instanceof Error) return undefined;
      throw error;
    }
  }
});

function failureOf(action: () => unknown): StatusError {
  try {
    action();
  } catch (error) {
    if (error instanceof StatusError) return error;
    throw error;
  }
  throw new Error("Nothing was thrown");
}
