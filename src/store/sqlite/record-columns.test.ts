import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { buffersOf, copyToColumns, fromColumns, toColumns } from "./record-columns.ts";

const REVISION = fc.nat({ max: Number.MAX_SAFE_INTEGER });

const RECORD = fc.record({
  key: fc.string(),
  revision: REVISION,
  createRevision: REVISION,
  previousRevision: REVISION,
  value: fc.option(fc.uint8Array({ maxLength: 20 }), { nil: undefined }),
});

test.each([
  { name: "toColumns", columns: toColumns },
  { name: "copyToColumns", columns: copyToColumns },
])("$name is undone by fromColumns, also on the other side of postMessage", ({ columns }) => {
  fc.assert(
    fc.property(fc.array(RECORD), (records) => {
      const want = structuredClone(records);
      const sent = columns(records);
      const received = structuredClone(sent, { transfer: buffersOf(sent) });
      expect(fromColumns(received)).toEqual(want);
    }),
  );
});

describe("copyToColumns", () => {
  const record = { key: "/a", revision: 1, createRevision: 1, previousRevision: 0 };

  test("leaves the values where they are", () => {
    const value = new Uint8Array([1, 2]);
    const columns = copyToColumns([{ ...record, value }]);
    structuredClone(columns, { transfer: buffersOf(columns) });
    expect(value).toEqual(new Uint8Array([1, 2]));
  });

  test("takes only the values out of larger buffers, and those into one", () => {
    const value = new Uint8Array(1000).subarray(10, 12);
    const columns = copyToColumns([
      { ...record, value },
      { ...record, value: undefined },
      { ...record, value },
    ]);
    expect(buffersOf(columns).map(({ byteLength }) => byteLength)).toEqual([72, 4]);
  });
});
