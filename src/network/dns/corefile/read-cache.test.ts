import { describe, expect, test } from "bun:test";
import type { CacheLimits } from "../server-block.ts";
import { parseCorefile } from "./directive.ts";
import { readCache } from "./read-cache.ts";

/** `success 5-3600, denial 5-1800, failures 5`. */
function describeLimits({ success, denial, failureSeconds }: CacheLimits): string {
  const range = ({ minSeconds, maxSeconds }: CacheLimits["success"]): string =>
    `${String(minSeconds)}-${String(maxSeconds)}`;
  return `success ${range(success)}, denial ${range(denial)}, failures ${String(failureSeconds)}`;
}

function read(text: string): string {
  const [directive] = parseCorefile(text);
  return directive === undefined ? "" : describeLimits(readCache(directive));
}

describe("cache", () => {
  const cases: readonly (readonly [text: string, want: string])[] = [
    ["cache", "success 5-3600, denial 5-1800, failures 5"],
    ["cache 30", "success 5-30, denial 5-30, failures 5"],
    ["cache 9999", "success 5-3600, denial 5-1800, failures 5"],
    [
      "cache 30 {\n success 9984\n denial 9984 5\n prefetch 10 1m 10%\n}",
      "success 5-30, denial 5-5, failures 5",
    ],
    ["cache {\n success 9984 300 60\n servfail 1m\n}", "success 60-300, denial 5-1800, failures 60"],
    ["cache 30 {\n disable denial\n servfail 0\n}", "success 5-30, denial 0-0, failures 0"],
    ["cache {\n serve_stale 1h verified\n keepttl\n}", "success 5-3600, denial 5-1800, failures 5"],
  ];
  test.each(cases)("%j", (text, want) => expect(read(text)).toBe(want));

  const mistakes: readonly (readonly [text: string, says: string])[] = [
    ["cache much", '"much" is no number of seconds'],
    ["cache {\n success 9984 soon\n}", '"soon" is no number of seconds'],
    ["cache {\n servfail 6m\n}", "servfail of cache has at most 5 minutes"],
    ["cache {\n disable all\n}", '"disable all" of cache is not known'],
    ["cache {\n quickly\n}", 'the option "quickly" of cache is not known'],
  ];
  test.each(mistakes)("refuses %j", (text, says) => expect(() => read(text)).toThrow(says));
});
