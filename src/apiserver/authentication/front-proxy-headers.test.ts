import { describe, expect, test } from "bun:test";
import { frontProxyHeaderTest, REMOTE_HEADERS } from "./front-proxy-headers.ts";

describe("frontProxyHeaderTest", () => {
  const isOfFrontProxy = frontProxyHeaderTest({
    username: ["X-Proxy-User"],
    uid: [],
    group: ["X-Proxy-Group"],
    extraPrefix: ["X-Proxy-Extra-"],
  });

  test.each([
    ["x-remote-user", true],
    ["x-remote-uid", true],
    ["x-remote-group", true],
    ["x-remote-extra-scopes", true],
    ["x-remote", false],
    ["x-remote-user-agent", false],
    ["x-proxy-user", true],
    ["x-proxy-group", true],
    ["x-proxy-extra-scopes", true],
    ["x-proxy-uid", false],
  ])("only a front proxy may say %s: %p", (name, expected) => {
    expect(isOfFrontProxy(name)).toBe(expected);
  });

  test("knows this server's own headers in any case", () => {
    expect(frontProxyHeaderTest(REMOTE_HEADERS)("x-proxy-user")).toBe(false);
  });
});
