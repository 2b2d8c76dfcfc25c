import { describe, expect, test } from "bun:test";
import type { Secret } from "#api/generated/core-v1.ts";
import { aSecret } from "#testing/objects.ts";
import { BootstrapTokens } from "./bootstrap-tokens.ts";

const NOW = Date.parse("2026-11-29T12:00:00Z");
const TEXT = "abcdef.0123456789abcdef";

const GOOD = {
  "token-id": "abcdef",
  "token-secret": "0123456789abcdef",
  "usage-bootstrap-authentication": "true",
};

function tokenSecret(
  texts: Readonly<Record<string, string>>,
  type = "bootstrap.kubernetes.io/token",
): Secret {
  const data = Object.entries(texts).map(([key, text]) => [key, btoa(text)]);
  const secret = aSecret("bootstrap-token-abcdef", { type, data: Object.fromEntries(data) });
  return { ...secret, metadata: { ...secret.metadata, namespace: "kube-system" } };
}

function ownerOf(text: string, secret: Secret | undefined) {
  const objects = {
    get: (_kind: "Secret", { namespace, name }: { readonly namespace: string; readonly name: string }) =>
      namespace === secret?.metadata.namespace && name === secret.metadata.name ? secret : undefined,
  };
  return new BootstrapTokens({ objects, clock: { now: () => NOW } }).authenticateToken(text);
}

describe("a bootstrap token", () => {
  test("is somebody's who may become something", () => {
    expect(ownerOf(TEXT, tokenSecret(GOOD))).toEqual({
      name: "system:bootstrap:abcdef",
      groups: ["system:bootstrappers", "system:authenticated"],
    });
  });

  test("gives groups", () => {
    const groups = "system:bootstrappers:z,system:bootstrappers:a:b";
    expect(ownerOf(TEXT, tokenSecret({ ...GOOD, "auth-extra-groups": groups }))?.groups).toEqual([
      "system:bootstrappers",
      "system:bootstrappers:a:b",
      "system:bootstrappers:z",
      "system:authenticated",
    ]);
  });

  const refusals: { name: string; text?: string; secret: Secret | undefined }[] = [
    { name: "another form", text: "abcdef:0123456789abcdef", secret: tokenSecret(GOOD) },
    { name: "no Secret", secret: undefined },
    { name: "another Secret's type", secret: tokenSecret(GOOD, "Opaque") },
    { name: "a wrong secret", text: "abcdef.0123456789abcdeg", secret: tokenSecret(GOOD) },
    { name: "another id in the Secret", secret: tokenSecret({ ...GOOD, "token-id": "ghijkl" }) },
    { name: "no secret in the Secret", secret: tokenSecret({ ...GOOD, "token-secret": "" }) },
    { name: "its end", secret: tokenSecret({ ...GOOD, expiration: "2026-11-29T12:00:00Z" }) },
    { name: "an end that nobody can read", secret: tokenSecret({ ...GOOD, expiration: "tomorrow" }) },
    { name: "another use", secret: tokenSecret({ ...GOOD, "usage-bootstrap-authentication": "yes" }) },
  ];

  test.each(refusals)("is nobody's with $name", ({ text = TEXT, secret }) => {
    expect(ownerOf(text, secret)).toBeUndefined();
  });

  test("is good until its end", () => {
    expect(ownerOf(TEXT, tokenSecret({ ...GOOD, expiration: "2026-11-29T12:00:01Z" }))).toBeDefined();
  });

  test("is nobody's while its Secret is deleted", () => {
    const secret = tokenSecret(GOOD);
    const deleted = {
      ...secret,
      metadata: { ...secret.metadata, deletionTimestamp: "2026-11-29T11:00:00Z" },
    };
    expect(ownerOf(TEXT, deleted)).toBeUndefined();
  });

  test("is refused for a group that no token gives", () => {
    expect(() => ownerOf(TEXT, tokenSecret({ ...GOOD, "auth-extra-groups": "system:masters" }))).toThrow(
      'bootstrap token "abcdef" must not be of the group "system:masters"',
    );
  });
});
