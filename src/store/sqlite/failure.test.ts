import { describe, expect, test } from "bun:test";
import { StoreError } from "../store-error.ts";
import { toFailure, toStoreError } from "./failure.ts";

function sqliteError(code: string): Error {
  return Object.assign(new Error("it failed"), { code });
}

describe("toFailure", () => {
  test.each([
    { name: "a full disk", error: sqliteError("SQLITE_FULL"), want: { code: "diskFull" } },
    { name: "a failed write", error: sqliteError("SQLITE_IOERR_WRITE"), want: { code: "storageFailed" } },
    { name: "a broken file", error: sqliteError("SQLITE_NOTADB"), want: { code: "storageFailed" } },
    { name: "a file that cannot be made", error: sqliteError("EACCES"), want: { code: "storageFailed" } },
    { name: "anything else", error: "text", want: { code: "storageFailed" } },
  ] as const)("translates $name", ({ error, want }) => {
    expect(toFailure("append to the log", error).detail).toEqual(want);
  });

  test("says what failed and why", () => {
    const error = toStoreError(toFailure("append to the log", sqliteError("SQLITE_FULL")));
    expect(error).toBeInstanceOf(StoreError);
    expect(error.message).toBe("Cannot append to the log: it failed");
  });

  test("carries a store error over unchanged", () => {
    const error = new StoreError({ code: "newerFormat", found: 9, supported: 1 }, "Cannot open it");
    expect(toStoreError(toFailure("open the database", error))).toEqual(error);
  });
});
