import { expect, test } from "bun:test";
import { errorTexts } from "#testing/kinds.ts";
import type { TokenRequest, TokenRequestSpec } from "../../generated/authentication-v1.ts";
import { setTokenRequestDefaults, validateTokenRequest } from "./tokenrequest.ts";

function aTokenRequest(spec: Partial<TokenRequestSpec>): TokenRequest {
  return {
    apiVersion: "authentication.k8s.io/v1",
    kind: "TokenRequest",
    metadata: { name: "", uid: "" },
    spec: { audiences: [], ...spec },
  };
}

test("tokens live for an hour by default", () => {
  expect(setTokenRequestDefaults(aTokenRequest({})).spec.expirationSeconds).toBe(3600);
  expect(setTokenRequestDefaults(aTokenRequest({ expirationSeconds: 700 })).spec.expirationSeconds).toBe(700);
});

test.each<[seconds: number, want: string[]]>([
  [600, []],
  [2 ** 32, []],
  [599, ["spec.expirationSeconds: Invalid value: 599: may not specify a duration less than 10 minutes"]],
  [
    2 ** 32 + 1,
    [
      "spec.expirationSeconds: Invalid value: 4294967297: may not specify a duration larger than 2^32 seconds",
    ],
  ],
])("a token of %d seconds", (expirationSeconds, want) => {
  expect(errorTexts(validateTokenRequest(aTokenRequest({ expirationSeconds })))).toEqual(want);
});
