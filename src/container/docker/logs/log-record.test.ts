import { describe, expect, test } from "bun:test";
import { parseRecord } from "./log-record.ts";

const parse = (text: string) => parseRecord(Buffer.from(text));

describe("parseRecord", () => {
  const cases = [
    {
      name: "a line",
      record: '{"log":"one\\n","stream":"stdout","time":"2026-01-31T10:00:00.123456789Z"}',
      line: { stream: "stdout", timestamp: "2026-01-31T10:00:00.123456789Z", content: "one\n" },
    },
    {
      name: "a part of a long line, on the other stream, with attributes of the log",
      record:
        '{"log":"\\u003ctwo\\u003e ä","stream":"stderr","attrs":{"a":"b"},"time":"2026-01-31T10:00:00Z"}',
      line: { stream: "stderr", timestamp: "2026-01-31T10:00:00.000000000Z", content: "<two> ä" },
    },
    {
      name: "a time with fewer digits, and no content",
      record: '{"stream":"stdout","time":"2026-01-31T10:00:00.5+02:00"}',
      line: { stream: "stdout", timestamp: "2026-01-31T10:00:00.500000000+02:00", content: "" },
    },
  ] as const;
  test.each(cases)("reads $name", ({ record, line }) => {
    expect(parse(record)).toEqual({ ...line, content: Buffer.from(line.content) });
  });

  test.each(['\0\0{"log":"cut o', "null", "[]", '{"log":1}', '{"log":"a","time":{}}'])(
    "knows that %j is none",
    (text) => {
      expect(parse(text)).toBeUndefined();
    },
  );
});
