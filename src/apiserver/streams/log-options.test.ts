import { describe, expect, test } from "bun:test";
import { logOptions } from "./log-options.ts";

const read = (query: string) => logOptions(new URLSearchParams(query), "web");

describe("logOptions", () => {
  test("reads all options", () => {
    expect(
      read(
        "container=app&follow=true&previous=1&timestamps=true&sinceSeconds=5&tailLines=0&limitBytes=1&insecureSkipTLSVerifyBackend=true",
      ),
    ).toEqual({
      container: "app",
      follow: true,
      previous: true,
      timestamps: true,
      sinceSeconds: 5,
      sinceTime: undefined,
      tailLines: 0,
      limitBytes: 1,
      stream: "All",
      insecureSkipTLSVerifyBackend: true,
    });
  });

  test("asks for everything by default", () => {
    expect(read("")).toMatchObject({ container: "", follow: false, previous: false, timestamps: false });
  });

  test.each(["stream=Stdout", "stream=Stderr&sinceTime=2026-01-01T00:00:00Z", "stream=All&tailLines=1"])(
    "accepts %s",
    (query) => {
      expect(() => read(query)).not.toThrow();
    },
  );

  test.each([
    { query: "tailLines=-1", error: "tailLines: Invalid value: -1: must be greater than or equal to 0" },
    { query: "limitBytes=0", error: "limitBytes: Invalid value: 0: must be greater than 0" },
    { query: "sinceSeconds=0", error: "sinceSeconds: Invalid value: 0: must be greater than 0" },
    {
      query: "sinceSeconds=1&sinceTime=2026-01-01T00:00:00Z",
      error: "Forbidden: at most one of `sinceTime` or `sinceSeconds` may be specified",
    },
    {
      query: "stream=stdout",
      error: 'stream: Unsupported value: "stdout": supported values: "All", "Stderr", "Stdout"',
    },
    {
      query: "stream=Stdout&tailLines=1",
      error: "Forbidden: `tailLines` and specific `stream` are mutually exclusive for now",
    },
  ])("refuses $query", ({ query, error }) => {
    expect(() => read(query)).toThrow(`PodLogOptions "web" is invalid: `);
    expect(() => read(query)).toThrow(error);
  });

  test("refuses what is no number", () => {
    expect(() => read("tailLines=x")).toThrow('strconv.ParseInt: parsing "x": invalid syntax');
  });
});
