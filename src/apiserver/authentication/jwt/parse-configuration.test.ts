import { describe, expect, test } from "bun:test";
import { parseAuthenticationConfiguration } from "./parse-configuration.ts";

const HEAD = "apiVersion: apiserver.config.k8s.io/v1\nkind: AuthenticationConfiguration\n";

describe("parseAuthenticationConfiguration", () => {
  test("reads all versions, in YAML and JSON", () => {
    const expected = expect.objectContaining({
      anonymous: { enabled: true, conditions: [{ path: "/livez" }] },
    });
    for (const version of ["v1", "v1beta1", "v1alpha1"]) {
      const text = `${HEAD.replace("/v1\n", `/${version}\n`)}anonymous: {enabled: true, conditions: [{path: /livez}]}`;
      expect(parseAuthenticationConfiguration(text), version).toEqual(expected);
    }
    const json = JSON.stringify({
      apiVersion: "apiserver.config.k8s.io/v1",
      kind: "AuthenticationConfiguration",
      jwt: [],
    });
    expect(parseAuthenticationConfiguration(json)).toEqual(expect.objectContaining({ jwt: [] }));
  });

  test("tells an empty prefix from none", () => {
    const text = `${HEAD}jwt: [{claimMappings: {username: {claim: sub, prefix: ""}, groups: {claim: groups}}}]`;
    const parsed = parseAuthenticationConfiguration(text);
    const [first] = typeof parsed === "string" ? [] : (parsed.jwt ?? []);
    expect(first?.claimMappings.username).toEqual(expect.objectContaining({ prefix: "" }));
    expect(first?.claimMappings.groups).not.toHaveProperty("prefix");
  });

  const bad: readonly { text: string; says: string }[] = [
    { text: "", says: "empty config data" },
    { text: "jwt: []", says: "Object 'Kind' is missing" },
    { text: "kind: AuthenticationConfiguration", says: "Object 'apiVersion' is missing" },
    {
      text: HEAD.replace("/v1\n", "/v2\n"),
      says: 'no kind "AuthenticationConfiguration" is registered for version "apiserver.config.k8s.io/v2"',
    },
    {
      text: `${HEAD}jwt: [{issuer: {urls: a}}]`,
      says: 'strict decoding error: unknown field "jwt[0].issuer.urls"',
    },
    {
      text: `${HEAD}jwt: []\njwt: []`,
      says: 'strict decoding error: yaml: unmarshal errors:\n  line 4: key "jwt" already set in map',
    },
    {
      text: `${HEAD}jwt: yes please`,
      says: "json: cannot unmarshal string into Go struct field AuthenticationConfiguration.jwt of type []v1.JWTAuthenticator",
    },
    { text: `${HEAD}jwt: [`, says: "yaml: line" },
    { text: "- a", says: "it is not an object" },
  ];

  test.each(bad)("refuses $text", ({ text, says }) => {
    expect(parseAuthenticationConfiguration(text)).toEqual(expect.stringContaining(says));
  });
});
