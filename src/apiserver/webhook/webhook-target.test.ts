import { describe, expect, test } from "bun:test";
import { type WebhookClientConfig, webhookTarget } from "./webhook-target.ts";

function summary(config: WebhookClientConfig): string {
  try {
    const { host, path, serverName, place } = webhookTarget(config);
    const to = place.to === "service" ? "service" : `${place.address.host} ${String(place.address.port)}`;
    return [host, path, serverName, to].join(" ");
  } catch (error) {
    return (error as Error).message;
  }
}

const service = { namespace: "default", name: "web" };

describe("webhookTarget", () => {
  test.each<readonly [WebhookClientConfig, string]>([
    [{ service }, "web.default.svc:443 / web.default.svc service"],
    [
      { service: { ...service, port: 8443, path: "/convert" } },
      "web.default.svc:8443 /convert web.default.svc service",
    ],
    [{ service: { ...service, path: "a//b/" } }, "web.default.svc:443 /a/b web.default.svc service"],
    [{ url: "https://example.com/v1/hook/" }, "example.com /v1/hook example.com example.com 443"],
    [{ url: "https://example.com:8443" }, "example.com:8443 / example.com example.com 8443"],
    [{ url: "https://[::1]:8443/a" }, "[::1]:8443 /a ::1 ::1 8443"],
    [{}, "webhook configuration must have either service or URL"],
    [{ url: "https://a b" }, 'Unparsable URL: parse "https://a b": invalid URL'],
  ])("reads %j", (config, expected) => {
    expect(summary(config)).toBe(expected);
  });

  test("trusts the authorities of the web without a bundle, or with one of spaces", () => {
    expect(webhookTarget({ service }).authorities).toBeUndefined();
    expect(webhookTarget({ service, caBundle: btoa(" \n") }).authorities).toBeUndefined();
  });

  test("shares connections only where everything is the same", () => {
    const keys = [
      { service },
      { service: { ...service, port: 8443 } },
      { service, caBundle: btoa("a") },
      { service, caBundle: btoa("b") },
      { url: "https://web.default.svc" },
    ].map((config) => webhookTarget(config).key);
    expect(new Set(keys).size).toBe(keys.length);
    expect(webhookTarget({ service: { ...service } }).key).toBe(keys[0] ?? "");
  });
});
