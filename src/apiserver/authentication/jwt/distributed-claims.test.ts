import { describe, expect, test } from "bun:test";
import { type ClaimEndpoint, expandClaims } from "./distributed-claims.ts";
import type { Claims } from "./map-claims.ts";

const endpoint = "https://claims.example.com/groups";
const names = { _claim_names: { groups: "src" } };
const elsewhere = { ...names, _claim_sources: { src: { endpoint, access_token: "open" } } };

async function expand(claims: Claims, answer: Claims | Error = { groups: ["dev"] }) {
  const asked: ClaimEndpoint[] = [];
  const outcome = await expandClaims(claims, "groups", (from) => {
    asked.push(from);
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  }).then(
    ({ groups }) => JSON.stringify(groups),
    (error: Error) => error.message.replace("oidc: could not expand distributed claims: ", ""),
  );
  return { outcome, asked };
}

describe("expandClaims", () => {
  test("asks where the claim is", async () => {
    expect(await expand(elsewhere)).toEqual({
      outcome: '["dev"]',
      asked: [{ url: endpoint, accessToken: "open" }],
    });
  });

  const unasked: [string, Claims, string | undefined][] = [
    ["a claim that is here", { ...elsewhere, groups: ["here"] }, '["here"]'],
    ["a claim that is nowhere", {}, undefined],
    ["another claim", { ...elsewhere, _claim_names: { email: "src" } }, undefined],
    ["a claim in another token", { ...names, _claim_sources: { src: { JWT: "x" } } }, undefined],
    [
      "names that are none",
      { ...elsewhere, _claim_names: [] },
      "oidc: error parsing distributed claim names",
    ],
    [
      "names of nothing",
      { ...elsewhere, _claim_names: { a: 1 } },
      "oidc: error parsing distributed claim names",
    ],
    ["no sources", names, "oidc: no claim sources"],
    ["sources that are none", { ...names, _claim_sources: "x" }, "oidc: could not parse claim sources"],
    [
      "a source that is missing",
      { ...names, _claim_sources: {} },
      "id token _claim_names contained a source src missing in _claims_sources",
    ],
  ];
  test.each(unasked)("asks nobody for %s", async (_, claims, outcome) => {
    expect(await expand(claims)).toEqual({ outcome: outcome as never, asked: [] });
  });

  test.each<[Claims | Error, string]>([
    [new Error("404 Not Found"), 'while getting distributed claim "groups": 404 Not Found'],
    [
      { email: "a" },
      `jwt returned by distributed claim endpoint "${endpoint}" did not contain claim: groups`,
    ],
  ])("is not satisfied with %p", async (answer, outcome) => {
    expect((await expand(elsewhere, answer)).outcome).toBe(outcome);
  });
});
