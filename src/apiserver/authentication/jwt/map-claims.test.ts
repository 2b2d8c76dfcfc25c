import { describe, expect, test } from "bun:test";
import type { JWTAuthenticator } from "./authentication-configuration.ts";
import { compilePrograms } from "./claim-programs.ts";
import { lazyExpressions } from "./lazy-expressions.ts";
import { type Claims, mapClaims } from "./map-claims.ts";

const expressions = lazyExpressions();

interface Mapping {
  readonly mappings?: Partial<JWTAuthenticator["claimMappings"]>;
  readonly claimRules?: JWTAuthenticator["claimValidationRules"];
  readonly userRules?: JWTAuthenticator["userValidationRules"];
}

/** The user, or why there is none. */
function userOf(claims: Claims, { mappings, claimRules = [], userRules = [] }: Mapping) {
  const authenticator: JWTAuthenticator = {
    issuer: { url: "https://auth.example.com", audiences: ["my-client"] },
    claimMappings: { username: { claim: "username", prefix: "" }, groups: {}, uid: {}, ...mappings },
    claimValidationRules: claimRules,
    userValidationRules: userRules,
  };
  try {
    const { groups, ...user } = mapClaims(claims, authenticator, compilePrograms(authenticator, expressions));
    return { ...user, groups: groups.filter((group) => group !== "system:authenticated") };
  } catch (error) {
    return (error as Error).message;
  }
}

interface Case extends Mapping {
  readonly name: string;
  readonly claims: Claims;
  readonly user: ReturnType<typeof userOf>;
}

const JANE = { name: "jane", groups: [] };
const GROUPS = { groups: { claim: "groups", prefix: "" } };

const claimCases: readonly Case[] = [
  { name: "a name", claims: { username: "jane" }, user: JANE },
  {
    name: "a name with a prefix",
    claims: { username: "jane" },
    mappings: { username: { claim: "username", prefix: "oidc:" } },
    user: { name: "oidc:jane", groups: [] },
  },
  {
    name: "no name",
    claims: {},
    user: 'oidc: parse username claims "username": claim not present',
  },
  {
    name: "a name that is inherited by all objects",
    claims: {},
    mappings: { username: { claim: "toString", prefix: "" } },
    user: 'oidc: parse username claims "toString": claim not present',
  },
  {
    name: "a name that is a number",
    claims: { username: 1 },
    user: 'oidc: parse username claims "username": json: cannot unmarshal number into Go value of type string',
  },
  {
    name: "an address",
    claims: { email: "jane@example.com" },
    mappings: { username: { claim: "email", prefix: "" } },
    user: { name: "jane@example.com", groups: [] },
  },
  {
    name: "an address that is verified",
    claims: { email: "jane@example.com", email_verified: true },
    mappings: { username: { claim: "email", prefix: "" } },
    user: { name: "jane@example.com", groups: [] },
  },
  {
    name: "an address that is not verified",
    claims: { email: "jane@example.com", email_verified: false },
    mappings: { username: { claim: "email", prefix: "" } },
    user: "oidc: email not verified",
  },
  {
    name: "an address that is verified with words",
    claims: { email: "jane@example.com", email_verified: "true" },
    mappings: { username: { claim: "email", prefix: "" } },
    user: "oidc: parse 'email_verified' claim: json: cannot unmarshal string into Go value of type bool",
  },
  {
    name: "groups",
    claims: { username: "jane", groups: ["team1", "team2"] },
    mappings: { groups: { claim: "groups", prefix: "groups:" } },
    user: { name: "jane", groups: ["groups:team1", "groups:team2"] },
  },
  {
    name: "a single group",
    claims: { username: "jane", groups: "team1" },
    mappings: GROUPS,
    user: { name: "jane", groups: ["team1"] },
  },
  { name: "no groups", claims: { username: "jane" }, mappings: GROUPS, user: JANE },
  { name: "null as groups", claims: { username: "jane", groups: null }, mappings: GROUPS, user: JANE },
  {
    name: "groups that are numbers",
    claims: { username: "jane", groups: 42 },
    mappings: GROUPS,
    user: 'oidc: parse groups claim "groups": json: cannot unmarshal number into Go value of type string',
  },
  {
    name: "a UID, and the id of the token",
    claims: { username: "jane", uid: "1234", jti: "t1" },
    mappings: { uid: { claim: "uid" } },
    user: {
      name: "jane",
      uid: "1234",
      groups: [],
      extra: { "authentication.kubernetes.io/credential-id": ["JTI=t1"] },
    },
  },
  {
    name: "a claim that is required",
    claims: { username: "jane", hd: "example.com" },
    claimRules: [{ claim: "hd", requiredValue: "example.com" }],
    user: JANE,
  },
  {
    name: "a claim that is missing",
    claims: { username: "jane" },
    claimRules: [{ claim: "hd", requiredValue: "example.com" }],
    user: "oidc: required claim hd not present in ID token",
  },
  {
    name: "a claim of another value",
    claims: { username: "jane", hd: "example.org" },
    claimRules: [{ claim: "hd", requiredValue: "example.com" }],
    user: "oidc: required claim hd value does not match. Got = example.org, want = example.com",
  },
];

const NAMED = { username: { expression: "claims.username" } };
const NO_LIST = "expression must return a string or a list of strings";
const GROUP_ERROR = "oidc: error evaluating group claim expression";
const RULE_ERROR = "oidc: error evaluating claim validation expression";
const USER_ERROR = "oidc: error evaluating user info validation rule";

function groupsCase(name: string, expression: string, groups: readonly string[] | string): Case {
  return {
    name,
    claims: { username: "jane", groups: ["a", "", "b"], group: "a", empty: "", number: 1, nothing: null },
    mappings: { ...NAMED, groups: { expression } },
    user: typeof groups === "string" ? groups : { name: "jane", groups: [...groups] },
  };
}

const expressionCases: readonly Case[] = [
  { name: "a computed name", claims: { username: "jane" }, mappings: NAMED, user: JANE },
  {
    name: "a computed name that is empty",
    claims: { username: "" },
    mappings: NAMED,
    user: "oidc: empty username via CEL expression is not allowed",
  },
  {
    name: "a computed name that is a number",
    claims: { username: 1 },
    mappings: NAMED,
    user: "oidc: error evaluating username claim expression: username claim expression must return a string",
  },
  {
    name: "a computed name of what is not there",
    claims: {},
    mappings: NAMED,
    user: "oidc: error evaluating username claim expression: expression 'claims.username' resulted in error: no such key: username",
  },
  groupsCase("computed groups, without empty ones", "claims.groups", ["a", "b"]),
  groupsCase("a computed group", "claims.group", ["a"]),
  groupsCase("an empty text for groups", "claims.empty", []),
  groupsCase("null for groups", "claims.nothing", []),
  groupsCase("groups of the expression", '["x", "y" + claims.group]', ["x", "ya"]),
  groupsCase("a number for groups", "claims.number", `${GROUP_ERROR}: ${NO_LIST}`),
  groupsCase("numbers for groups", "[claims.number]", `${GROUP_ERROR}: ${NO_LIST}`),
  groupsCase(
    "groups of what is not there",
    "claims.a.b",
    `${GROUP_ERROR}: expression 'claims.a.b' resulted in error: no such key: a`,
  ),
  {
    name: "claims with names that are no identifiers, however deep",
    claims: {
      "kubernetes.io": { namespace: "ns", pod: { uid: "p1" }, warnafter: 1_700_000_000 },
      data: [{ "groups.io": "g1" }],
    },
    mappings: {
      username: { expression: '"system:" + claims.kubernetes__dot__io.namespace' },
      groups: { expression: "claims.data[0].groups__dot__io" },
      uid: { expression: "claims.kubernetes__dot__io.pod.uid" },
      extra: [
        {
          key: "example.org/warnafter",
          valueExpression: "string(int(claims.kubernetes__dot__io.warnafter))",
        },
      ],
    },
    claimRules: [{ expression: "has(claims.kubernetes__dot__io.pod.uid)" }],
    userRules: [{ expression: 'user.extra.example__dot__org__slash__warnafter[0] == "1700000000"' }],
    user: {
      name: "system:ns",
      uid: "p1",
      groups: ["g1"],
      extra: { "example.org/warnafter": ["1700000000"] },
    },
  },
  {
    name: "extras, without empty ones",
    claims: { username: "jane", foo: "bar", bar: ["baz", "qux"] },
    mappings: {
      extra: [
        { key: "example.org/foo", valueExpression: "claims.foo" },
        { key: "example.org/bar", valueExpression: "claims.bar" },
        { key: "example.org/none", valueExpression: "''" },
      ],
    },
    user: {
      name: "jane",
      groups: [],
      extra: { "example.org/foo": ["bar"], "example.org/bar": ["baz", "qux"] },
    },
  },
  {
    name: "a rule that is met, with times that are doubles",
    claims: { username: "jane", exp: 2_000_000, nbf: 1_999_000 },
    claimRules: [{ expression: "claims.exp - claims.nbf <= 86400" }],
    user: JANE,
  },
  {
    name: "a rule that is not met",
    claims: { username: "jane", aud: ["foo", "bar"] },
    claimRules: [
      {
        expression: 'sets.equivalent(claims.aud, ["bar", "foo", "baz"])',
        message: "audience must exactly contain [bar, foo, baz]",
      },
    ],
    user: `${RULE_ERROR}: validation expression 'sets.equivalent(claims.aud, ["bar", "foo", "baz"])' failed: audience must exactly contain [bar, foo, baz]`,
  },
  {
    name: "a rule about what is not there",
    claims: { username: "jane" },
    claimRules: [{ expression: 'claims.hd == "example.com"' }],
    user: `${RULE_ERROR}: expression 'claims.hd == "example.com"' resulted in error: no such key: hd`,
  },
  {
    name: "a user with a name of the system's",
    claims: { username: "jane" },
    mappings: { username: { claim: "username", prefix: "system:" } },
    userRules: [
      {
        expression: "!user.username.startsWith('system:')",
        message: "username cannot used reserved system: prefix",
      },
    ],
    user: `${USER_ERROR}: validation expression '!user.username.startsWith('system:')' failed: username cannot used reserved system: prefix`,
  },
  {
    name: "a user whose token has been revoked",
    claims: { username: "jane", jti: "t1" },
    userRules: [
      {
        expression:
          "!(user.extra[?'authentication.kubernetes.io/credential-id'][0].orValue('') in ['JTI=t1'])",
        message: "credential is revoked",
      },
    ],
    user: `${USER_ERROR}: validation expression '!(user.extra[?'authentication.kubernetes.io/credential-id'][0].orValue('') in ['JTI=t1'])' failed: credential is revoked`,
  },
  {
    name: "a user without anything else",
    claims: { username: "jane" },
    userRules: [{ expression: "user.uid == '' && user.groups.size() == 0 && user.extra.size() == 0" }],
    user: JANE,
  },
];

describe("mapClaims", () => {
  test.each([...claimCases, ...expressionCases])("$name", ({ claims, user, ...mapping }) => {
    expect(userOf(claims, mapping)).toEqual(user);
  });
});
