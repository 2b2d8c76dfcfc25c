import { describe, expect, test } from "bun:test";
import { toEvents } from "./log-events.ts";
import type { LogRecord } from "./revision-log.ts";

function aRecord(revision: number, overrides: Partial<LogRecord> = {}): LogRecord {
  return {
    key: "/a",
    revision,
    value: new Uint8Array([revision]),
    createRevision: 1,
    previousRevision: revision - 1,
    ...overrides,
  };
}

describe("toEvents", () => {
  test("joins each record with what it replaced", () => {
    const [put, removal] = toEvents([aRecord(5), aRecord(6, { value: undefined })], [aRecord(4), aRecord(5)]);
    expect(put).toMatchObject({ type: "put", entry: { revision: 5 }, previous: { revision: 4 } });
    expect(removal).toMatchObject({ type: "delete", key: "/a", revision: 6, previous: { revision: 5 } });
  });

  test("leaves `previous` out where the key was created", () => {
    expect(toEvents([aRecord(5, { previousRevision: 0 })], [])).toMatchObject([{ previous: undefined }]);
  });

  test("leaves out deletions of which nothing else is known", () => {
    expect(toEvents([aRecord(6, { value: undefined })], [])).toEqual([]);
  });
});
