import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { packRecords, transferablesOf, unpackRecords } from "./packed-records.ts";

const REVISION = fc.nat({ max: Number.MAX_SAFE_INTEGER });

const RECORD = fc.record({
  key: fc.string(),
  revision: REVISION,
  createRevision: REVISION,
  previousRevision: REVISION,
  value: fc.option(fc.uint8Array({ maxLength: 20 }), { nil: undefined }),
});

describe("packRecords", () => {
  test("is undone by unpackRecords", () => {
    fc.assert(
      fc.property(fc.array(RECORD), (records) => {
        expect(unpackRecords(packRecords(records))).toEqual(records);
      }),
    );
  });

  test("takes only the value out of a larger buffer", () => {
    const value = new Uint8Array(1000).subarray(10, 12);
    const packed = packRecords([{ key: "/a", revision: 1, createRevision: 1, previousRevision: 0, value }]);
    expect(transferablesOf(packed).map(({ byteLength }) => byteLength)).toEqual([32, 2]);
  });
});
