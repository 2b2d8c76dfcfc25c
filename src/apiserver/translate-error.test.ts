import { describe, expect, test } from "bun:test";
import { notFound } from "#apimachinery/status-error.ts";
import { type Logger, silentLogger } from "#observability/logger.ts";
import { StoreError } from "#store/store-error.ts";
import { translateError } from "./translate-error.ts";

const never = new AbortController().signal;

describe("translateError", () => {
  test("passes on what was meant for the client", () => {
    const error = notFound({ group: "", resource: "pods" }, "a");
    expect(translateError(error, never, silentLogger)).toBe(error);
  });

  test("says when the time is over", () => {
    const { status } = translateError(new Error("aborted"), AbortSignal.abort(), silentLogger);
    expect(status).toMatchObject({ code: 504, reason: "Timeout" });
  });

  test.each([
    ["closed", 503, "ServiceUnavailable"],
    ["diskFull", 500, "InternalError"],
    ["storageFailed", 500, "InternalError"],
  ] as const)("says what a store means that is %s", (code, http, reason) => {
    const error = new StoreError({ code }, "the store failed");
    expect(translateError(error, never, silentLogger).status).toMatchObject({ code: http, reason });
  });

  test("logs what nobody has thought of", () => {
    const logged: string[] = [];
    const logger: Logger = { ...silentLogger, error: (message) => void logged.push(message) };
    const { status } = translateError(new TypeError("mistake"), never, logger);
    expect(status).toMatchObject({ code: 500, message: "Internal error occurred: mistake" });
    expect(logged).toEqual(["Failed to answer request"]);
  });
});
