import { describe, expect, test } from "bun:test";
import { formatServerList, parseServerList } from "./server-list-file.ts";

describe("parseServerList", () => {
  test.each([[["10.0.0.1:6443"]], [["10.0.0.1:6443", "[fd00::1]:6443", "server.example.com:443"]]])(
    "reads what has been written: %j",
    (servers) => {
      expect(parseServerList(formatServerList(servers))).toEqual(servers);
    },
  );

  test.each([
    "",
    "{",
    "null",
    "[]",
    "{}",
    '{"servers":[]}',
    '{"servers":["a"]}',
    '{"servers":["a:b"]}',
    '{"servers":[1]}',
    '{"servers":"a:1"}',
    '{"servers":["fd00::1:6443"]}',
  ])("takes no list from %j", (text) => {
    expect(parseServerList(text)).toBeUndefined();
  });
});
