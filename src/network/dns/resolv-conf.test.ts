import { describe, expect, test } from "bun:test";
import { parseResolvConf } from "./resolv-conf.ts";

describe("parseResolvConf", () => {
  test("reads servers, searches and options, the last search line winning", () => {
    const text =
      "# c\nnameserver 1.1.1.1\nnameserver ::1 ; x\ndomain a\nsearch b c\noptions ndots:2 rotate\n";
    expect(parseResolvConf(text)).toEqual({
      nameservers: ["1.1.1.1", "::1"],
      searches: ["b", "c"],
      options: ["ndots:2", "rotate"],
    });
  });
});
