import { expect, test } from "bun:test";
import { fixedToken } from "#client/credentials.ts";
import { webhookUser } from "./webhook-user.ts";

const HOST = "web.default.svc:443";

async function nameOf(host: string, names: readonly string[], current?: string): Promise<string> {
  const byName = new Map(names.map((name) => [name, fixedToken(name)]));
  const user = webhookUser(
    { byName, current: current === undefined ? undefined : fixedToken(current) },
    host,
  );
  return (await user?.token?.()) ?? "nobody";
}

test.each<[string, string, readonly string[]]>([
  [HOST, HOST, ["*", "web.default.svc", "*.default.svc:443", HOST]],
  [HOST, "*.default.svc:443", ["*", "web.default.svc", "*.svc:443", "*.default.svc:443"]],
  [HOST, "*.svc:443", ["web.default.svc", "*.svc:443"]],
  [HOST, "web.default.svc", ["*.default.svc", "web.default.svc"]],
  [HOST, "*.svc", ["*.svc", "*"]],
  [HOST, "*", ["other.default.svc", "*.example.com", "*"]],
  ["web.default.svc:8443", "*", ["web.default.svc", "*.svc", "*"]],
  ["web.default.svc:8443", "*.svc:8443", ["*.svc:8443"]],
  ["hook.example.com:443", "hook.example.com", ["hook.example.com"]],
])("%s is called as %s", async (host, name, names) => {
  expect(await nameOf(host, names)).toBe(name);
});

test("all others are called as the user of the context, or as nobody", async () => {
  expect(await nameOf(HOST, ["other"], "current")).toBe("current");
  expect(await nameOf(HOST, ["other"])).toBe("nobody");
});
