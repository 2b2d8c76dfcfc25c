import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLogger } from "#observability/logger.ts";
import { Metrics } from "#observability/metrics.ts";
import { FakeClock } from "#testing/fake-clock.ts";
import { openAuthenticationConfiguration } from "./authentication-configuration.ts";

const OWN_ISSUER = "https://kubernetes.default.svc.cluster.local";
const HEAD = "apiVersion: apiserver.config.k8s.io/v1\nkind: AuthenticationConfiguration\n";
const NO_FLAGS = {
  oidcIssuerUrl: "",
  oidcClientId: "",
  oidcUsernameClaim: "sub",
  oidcUsernamePrefix: "",
  oidcGroupsClaim: "",
  oidcGroupsPrefix: "",
  oidcRequiredClaims: [],
  oidcCaFile: "",
  oidcSigningAlgs: ["RS256"],
};

let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "authentication-configuration-"));
});

afterAll(() => rm(directory, { recursive: true }));

type Config = Parameters<typeof openAuthenticationConfiguration>[0];

function open(changes: Partial<Config>) {
  const config = {
    ...NO_FLAGS,
    nodeName: "n1",
    authenticationConfig: "",
    anonymousAuth: undefined,
    ...changes,
  };
  const dependencies = { clock: new FakeClock(), logger: silentLogger, metrics: new Metrics() };
  return openAuthenticationConfiguration(config, [OWN_ISSUER], dependencies);
}

describe("openAuthenticationConfiguration", () => {
  const bad: readonly { name: string; text: string; anonymousAuth?: boolean; says: string }[] = [
    { name: "an unknown field", text: `${HEAD}a: 1`, says: 'strict decoding error: unknown field "a"' },
    {
      name: "an expression that makes no sense, in one line",
      text: `${HEAD}jwt: [{issuer: {url: "https://a", audiences: [a]}, claimMappings: {username: {expression: foo}}}]`,
      says: `jwt[0].claimMappings.username.expression: Invalid value: "foo": compilation failed: ERROR: <input>:1:1: undeclared reference to 'foo' (in container '') | foo | ^`,
    },
    {
      name: "the cluster's own issuer",
      text: `${HEAD}jwt: [{issuer: {url: "${OWN_ISSUER}", audiences: [a]}, claimMappings: {username: {claim: sub, prefix: a}}}]`,
      says: `jwt[0].issuer.url: Invalid value: "${OWN_ISSUER}": URL must not overlap with disallowed issuers: [${OWN_ISSUER}]`,
    },
    {
      name: "anonymous users, of whom a flag speaks too",
      text: `${HEAD}anonymous: {enabled: true}`,
      anonymousAuth: false,
      says: "anonymous: Forbidden: --anonymous-auth flag cannot be set when anonymous field is configured in authentication configuration file",
    },
  ];

  test.each(bad)("refuses a file with $name", async ({ text, anonymousAuth, says }) => {
    const file = join(directory, "bad.yaml");
    await writeFile(file, text);
    await expect(open({ authenticationConfig: file, anonymousAuth })).rejects.toThrow(
      `Cannot use the file of --authentication-config "${file}": ${says}`,
    );
  });

  test("refuses the cluster's own issuer from flags", async () => {
    await expect(open({ oidcIssuerUrl: OWN_ISSUER, oidcClientId: "a" })).rejects.toThrow(
      `Cannot use the flags --oidc-…: jwt[0].issuer.url: Invalid value: "${OWN_ISSUER}"`,
    );
  });

  test("takes the flag where the file says nothing of anonymous users", async () => {
    const file = join(directory, "empty.yaml");
    await writeFile(file, HEAD);
    for (const [anonymousAuth, anonymous] of [
      [undefined, undefined],
      [true, { enabled: true }],
      [false, { enabled: false }],
    ] as const) {
      const opened = await open({ authenticationConfig: file, anonymousAuth });
      expect(opened.anonymous, String(anonymousAuth)).toEqual(anonymous);
      await opened.reload?.[Symbol.asyncDispose]();
    }
  });
});
