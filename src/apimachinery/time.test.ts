import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { canonicalMicroTime, canonicalTime, formatMicroTime, formatTime, parseTime } from "./time.ts";

describe("canonicalTime", () => {
  test.each([
    ["2026-01-31T10:00:00Z", "2026-01-31T10:00:00Z"],
    ["2026-01-31T10:00:00.999999999Z", "2026-01-31T10:00:00Z"],
    ["2026-01-31T10:00:00,5Z", "2026-01-31T10:00:00Z"],
    ["2026-01-31T10:00:00+02:30", "2026-01-31T07:30:00Z"],
    ["2026-01-31T23:30:00-01:00", "2026-02-01T00:30:00Z"],
    ["2026-01-31T9:00:00Z", "2026-01-31T09:00:00Z"],
    ["2024-02-29T00:00:00Z", "2024-02-29T00:00:00Z"],
    ["0099-02-01T00:00:00Z", "0099-02-01T00:00:00Z"],
    ["0001-01-01T00:00:00Z", null],
    ["9999-12-31T23:59:59-01:00", "10000-01-01T00:59:59Z"],
    ["0000-01-01T00:00:00+01:00", "-0001-12-31T23:00:00Z"],
  ])("%s is written as %p", (text, want) => {
    expect(canonicalTime(text)).toBe(want);
  });

  test.each([
    ["tomorrow", 'parsing time "tomorrow" as "2006-01-02T15:04:05Z07:00": cannot parse "tomorrow" as "2006"'],
    ["", 'parsing time "" as "2006-01-02T15:04:05Z07:00": cannot parse "" as "2006"'],
    ["2026-01-31", 'parsing time "2026-01-31" as "2006-01-02T15:04:05Z07:00": cannot parse "" as "T"'],
    [
      "2026-01-31T10:00:00",
      'parsing time "2026-01-31T10:00:00" as "2006-01-02T15:04:05Z07:00": cannot parse "" as "Z07:00"',
    ],
    ["2026-13-01T00:00:00Z", 'parsing time "2026-13-01T00:00:00Z": month out of range'],
    ["2026-02-29T00:00:00Z", 'parsing time "2026-02-29T00:00:00Z": day out of range'],
    ["2026-01-01T24:00:00Z", 'parsing time "2026-01-01T24:00:00Z": hour out of range'],
    ["2026-01-01T00:00:00Zx", 'parsing time "2026-01-01T00:00:00Zx": extra text: "x"'],
    [
      "2026-01-01T00:00:00+25:00",
      'parsing time "2026-01-01T00:00:00+25:00": time zone offset hour out of range',
    ],
  ])("%j is refused in Go's words", (text, message) => {
    expect(() => canonicalTime(text)).toThrow(message);
  });

  test("agrees with the runtime on every instant", () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date(0), max: new Date("9999-12-31T00:00:00Z"), noInvalidDate: true }),
        (date) => {
          expect(canonicalTime(date.toISOString())).toBe(formatTime(date.getTime()));
          expect(parseTime(date.toISOString())).toBe(date.getTime());
        },
      ),
    );
  });
});

describe("canonicalMicroTime", () => {
  test.each([
    ["2026-01-31T10:00:00.123456Z", "2026-01-31T10:00:00.123456Z"],
    ["2026-01-31T10:00:00.000001+01:00", "2026-01-31T09:00:00.000001Z"],
    ["0001-01-01T00:00:00.000000Z", null],
    ["9999-12-31T23:59:59.000001-01:00", "10000-01-01T00:59:59.000001Z"],
  ])("%s is written as %p", (text, want) => {
    expect(canonicalMicroTime(text)).toBe(want);
  });

  test("needs exactly six digits", () => {
    expect(() => canonicalMicroTime("2026-01-31T10:00:00Z")).toThrow('cannot parse "Z" as ".000000"');
    expect(() => canonicalMicroTime("2026-01-31T10:00:00.1234567Z")).toThrow('cannot parse "7Z" as "Z07:00"');
  });
});

test("times are formatted from milliseconds", () => {
  expect(formatTime(1_769_853_600_999)).toBe("2026-01-31T10:00:00Z");
  expect(formatMicroTime(1_769_853_600_123)).toBe("2026-01-31T10:00:00.123000Z");
  expect(formatMicroTime(1_769_853_600_123.25)).toBe("2026-01-31T10:00:00.123250Z");
});
