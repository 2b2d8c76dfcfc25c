import { describe, expect, test } from "bun:test";
import { formatFieldError } from "#apimachinery/field-error.ts";
import { generateKey, issueCertificate } from "#pki/certificate.ts";
import type {
  AuthenticationConfiguration,
  ClaimMappings,
  Issuer,
  JWTAuthenticator,
} from "./authentication-configuration.ts";
import { lazyExpressions } from "./lazy-expressions.ts";
import { validateAuthenticationConfiguration } from "./validate-configuration.ts";

interface Changes {
  readonly issuer?: Partial<Issuer>;
  readonly mappings?: Partial<ClaimMappings>;
  readonly claimRules?: JWTAuthenticator["claimValidationRules"];
  readonly userRules?: JWTAuthenticator["userValidationRules"];
}

const named = { claim: "claim", prefix: "prefix" };

function anAuthenticator(changes: Changes = {}): JWTAuthenticator {
  return {
    issuer: { url: "https://issuer-url", audiences: ["audience"], ...changes.issuer },
    claimValidationRules: changes.claimRules ?? [],
    claimMappings: { username: named, groups: {}, uid: {}, ...changes.mappings },
    userValidationRules: changes.userRules ?? [],
  };
}

const expressions = lazyExpressions();

function problemsOf(configuration: AuthenticationConfiguration, own: readonly string[] = []): string[] {
  return validateAuthenticationConfiguration(configuration, own, expressions).map(formatFieldError);
}

interface Case extends Changes {
  readonly name: string;
  /** Below `jwt[0].`. */
  readonly problem?: string;
}

const AUTHORITY = aRoot();

function aRoot(): string {
  const key = generateKey();
  const subject = { commonName: "ca" };
  const validity = { notBefore: 0, notAfter: Date.parse("2100-01-01T00:00:00Z") };
  return issueCertificate({ subject, usage: "authority", ...validity }, key, { subject, key });
}

const BAD_PORT = "https://issuer-url:invalid-port";
const NOT_COMPILED = `Invalid value: "foo.bar": compilation failed: ERROR: <input>:1:1: undeclared reference to 'foo' (in container '')
 | foo.bar
 | ^`;
const NO_PREFIX =
  "Required value: prefix is required when claim is set. It can be set to an empty string to disable prefixing";

const issuers: readonly Case[] = [
  { name: "no URL", issuer: { url: "" }, problem: "issuer.url: Required value" },
  {
    name: "a URL with a bad port",
    issuer: { url: BAD_PORT },
    problem: `issuer.url: Invalid value: "${BAD_PORT}": parse "${BAD_PORT}": invalid port ":invalid-port" after host`,
  },
  {
    name: "a URL that is not https",
    issuer: { url: "http://issuer-url" },
    problem: 'issuer.url: Invalid value: "http://issuer-url": URL scheme must be https',
  },
  {
    name: "a URL that is none",
    issuer: { url: "invalid-url" },
    problem: 'issuer.url: Invalid value: "invalid-url": URL scheme must be https',
  },
  {
    name: "a URL with a user",
    issuer: { url: "https://user:pass@issuer-url" },
    problem:
      'issuer.url: Invalid value: "https://user:pass@issuer-url": URL must not contain a username or password',
  },
  {
    name: "a URL with a query",
    issuer: { url: "https://issuer-url?query" },
    problem: 'issuer.url: Invalid value: "https://issuer-url?query": URL must not contain a query',
  },
  {
    name: "a URL with a fragment",
    issuer: { url: "https://issuer-url#fragment" },
    problem: 'issuer.url: Invalid value: "https://issuer-url#fragment": URL must not contain a fragment',
  },
  {
    name: "the same URL for discovery",
    issuer: { discoveryURL: "https://issuer-url///" },
    problem:
      'issuer.discoveryURL: Invalid value: "https://issuer-url///": discoveryURL must be different from URL',
  },
  {
    name: "a URL for discovery that is not https",
    issuer: { discoveryURL: "http://oidc.oidc-namespace.svc" },
    problem: 'issuer.discoveryURL: Invalid value: "http://oidc.oidc-namespace.svc": URL scheme must be https',
  },
  { name: "a URL for discovery", issuer: { discoveryURL: "https://oidc.oidc-namespace.svc/path" } },
  {
    name: "no audiences",
    issuer: { audiences: [] },
    problem: "issuer.audiences: Required value: at least one jwt[0].issuer.audiences is required",
  },
  {
    name: "an empty audience",
    issuer: { audiences: [""] },
    problem: "issuer.audiences[0]: Required value",
  },
  {
    name: "an audience twice",
    issuer: { audiences: ["audience", "audience"], audienceMatchPolicy: "MatchAny" },
    problem: 'issuer.audiences[1]: Duplicate value: "audience"',
  },
  {
    name: "several audiences without a policy",
    issuer: { audiences: ["audience1", "audience2"] },
    problem:
      'issuer.audienceMatchPolicy: Invalid value: "": audienceMatchPolicy must be MatchAny for multiple audiences',
  },
  {
    name: "an unknown policy",
    issuer: { audienceMatchPolicy: "MatchExact" },
    problem:
      'issuer.audienceMatchPolicy: Invalid value: "MatchExact": audienceMatchPolicy must be empty or MatchAny for single audience',
  },
  {
    name: "several audiences",
    issuer: { audiences: ["audience1", "audience2"], audienceMatchPolicy: "MatchAny" },
  },
  {
    name: "an authority that is none",
    issuer: { certificateAuthority: "invalid" },
    problem:
      'issuer.certificateAuthority: Invalid value: "<omitted>": data does not contain any valid RSA or ECDSA certificates',
  },
  { name: "an authority", issuer: { certificateAuthority: AUTHORITY } },
  {
    name: "an unknown way out",
    issuer: { egressSelectorType: "panda" },
    problem:
      'issuer.egressSelectorType: Invalid value: "panda": egress selector must be either controlplane or cluster',
  },
  {
    name: "a way out that there is not",
    issuer: { egressSelectorType: "cluster" },
    problem:
      'issuer.egressSelectorType: Invalid value: "cluster": egress lookup for "cluster" is not configured',
  },
];

const rules: readonly Case[] = [
  {
    name: "an empty rule",
    claimRules: [{}],
    problem: "claimValidationRules[0]: Required value: claim or expression is required",
  },
  {
    name: "a rule with both",
    claimRules: [{ claim: "claim", expression: "expression" }],
    problem: `claimValidationRules[0]: Invalid value: "claim": claim and expression can't both be set`,
  },
  {
    name: "a message for a claim",
    claimRules: [{ claim: "claim", message: "message" }],
    problem:
      'claimValidationRules[0].message: Invalid value: "message": may not be specified when claim is set',
  },
  {
    name: "a value for an expression",
    claimRules: [{ expression: "claims.foo == 'bar'", requiredValue: "value" }],
    problem:
      'claimValidationRules[0].requiredValue: Invalid value: "value": may not be specified when expression is set',
  },
  {
    name: "a claim twice",
    claimRules: [{ claim: "claim" }, { claim: "claim" }],
    problem: 'claimValidationRules[1].claim: Duplicate value: "claim"',
  },
  {
    name: "an expression twice",
    claimRules: [{ expression: "claims.foo == 'bar'" }, { expression: "claims.foo == 'bar'" }],
    problem: `claimValidationRules[1].expression: Duplicate value: "claims.foo == 'bar'"`,
  },
  {
    name: "a rule that names nothing",
    claimRules: [{ expression: "foo.bar" }],
    problem: `claimValidationRules[0].expression: ${NOT_COMPILED}`,
  },
  {
    name: "a rule that may be no condition",
    claimRules: [{ expression: "claims.foo" }],
    problem: 'claimValidationRules[0].expression: Invalid value: "claims.foo": must evaluate to bool',
  },
  {
    name: "a rule about users among those about claims",
    claimRules: [{ expression: "user.username == 'foo'" }],
    problem: `claimValidationRules[0].expression: Invalid value: "user.username == 'foo'": compilation failed: ERROR: <input>:1:1: undeclared reference to 'user' (in container '')
 | user.username == 'foo'
 | ^`,
  },
  {
    name: "several rules",
    claimRules: [{ claim: "claim1", requiredValue: "value1" }, { expression: "has(claims.email_verified)" }],
  },
  {
    name: "an empty rule about users",
    userRules: [{ expression: "" }],
    problem: "userValidationRules[0].expression: Required value",
  },
  {
    name: "a rule about users twice",
    userRules: [{ expression: "user.username == 'foo'" }, { expression: "user.username == 'foo'" }],
    problem: `userValidationRules[1].expression: Duplicate value: "user.username == 'foo'"`,
  },
  {
    name: "a rule about users that is no condition",
    userRules: [{ expression: "user.username" }],
    problem: 'userValidationRules[0].expression: Invalid value: "user.username": must evaluate to bool',
  },
  {
    name: "a rule about what users have not",
    userRules: [{ expression: "user.unknown == 'foo'" }],
    problem: `userValidationRules[0].expression: Invalid value: "user.unknown == 'foo'": compilation failed: ERROR: <input>:1:5: undefined field 'unknown'
 | user.unknown == 'foo'
 | ....^`,
  },
  {
    name: "rules about users",
    userRules: [
      { expression: "user.username == 'foo'" },
      { expression: "!user.username.startsWith('system:')", message: "username cannot used reserved prefix" },
    ],
  },
];

const mappings: readonly Case[] = [
  {
    name: "a name of both",
    mappings: { username: { claim: "claim", expression: "claims.username" } },
    problem: `claimMappings.username: Invalid value: "": claim and expression can't both be set`,
  },
  {
    name: "no name",
    mappings: { username: {} },
    problem: "claimMappings.username: Required value: claim or expression is required",
  },
  {
    name: "a prefix of an expression",
    mappings: { username: { expression: "claims.username", prefix: "prefix" } },
    problem:
      'claimMappings.username.prefix: Invalid value: "prefix": may not be specified when expression is set',
  },
  {
    name: "a claim without a prefix",
    mappings: { username: { claim: "claim" } },
    problem: `claimMappings.username.prefix: ${NO_PREFIX}`,
  },
  {
    name: "a name that cannot be computed",
    mappings: { username: { expression: "foo.bar" } },
    problem: `claimMappings.username.expression: ${NOT_COMPILED}`,
  },
  {
    name: "groups of both",
    mappings: { groups: { claim: "claim", expression: "claims.groups" } },
    problem: `claimMappings.groups: Invalid value: "": claim and expression can't both be set`,
  },
  {
    name: "groups without a prefix",
    mappings: { groups: { claim: "claim" } },
    problem: `claimMappings.groups.prefix: ${NO_PREFIX}`,
  },
  {
    name: "groups that cannot be computed",
    mappings: { groups: { expression: "foo.bar" } },
    problem: `claimMappings.groups.expression: ${NOT_COMPILED}`,
  },
  {
    name: "a UID of both",
    mappings: { uid: { claim: "claim", expression: "claims.uid" } },
    problem: `claimMappings.uid: Invalid value: "": claim and expression can't both be set`,
  },
  {
    name: "a UID that cannot be computed",
    mappings: { uid: { expression: "foo.bar" } },
    problem: `claimMappings.uid.expression: ${NOT_COMPILED}`,
  },
  {
    name: "an extra without a key",
    mappings: { extra: [{ key: "", valueExpression: "claims.extra" }] },
    problem: "claimMappings.extra[0].key: Required value",
  },
  {
    name: "an extra without a domain",
    mappings: { extra: [{ key: "foo", valueExpression: "claims.extra" }] },
    problem:
      'claimMappings.extra[0].key: Invalid value: "foo": must be a domain-prefixed path (such as "acme.io/foo")',
  },
  {
    name: "an extra in capitals",
    mappings: { extra: [{ key: "example.org/Foo", valueExpression: "claims.extra" }] },
    problem: 'claimMappings.extra[0].key: Invalid value: "example.org/Foo": must be lowercase',
  },
  {
    name: "an extra of Kubernetes' own",
    mappings: { extra: [{ key: "authentication.kubernetes.io/foo", valueExpression: "claims.extra" }] },
    problem:
      'claimMappings.extra[0].key: Invalid value: "authentication.kubernetes.io/foo": k8s.io, kubernetes.io and their subdomains are reserved for Kubernetes use',
  },
  {
    name: "an extra that is only called like Kubernetes' own",
    mappings: { extra: [{ key: "notk8s.io/foo", valueExpression: "claims.extra" }] },
  },
  {
    name: "an extra without a value",
    mappings: { extra: [{ key: "example.org/foo", valueExpression: "" }] },
    problem: "claimMappings.extra[0].valueExpression: Required value",
  },
  {
    name: "an extra twice",
    mappings: {
      extra: [
        { key: "example.org/foo", valueExpression: "claims.extra" },
        { key: "example.org/foo", valueExpression: "claims.other" },
      ],
    },
    problem: 'claimMappings.extra[1].key: Duplicate value: "example.org/foo"',
  },
];

const cases = [...issuers, ...rules, ...mappings];

describe("validateAuthenticationConfiguration", () => {
  test.each(cases)("$name", ({ problem, ...changes }) => {
    expect(problemsOf({ jwt: [anAuthenticator(changes)] })).toEqual(
      problem === undefined ? [] : [`jwt[0].${problem}`],
    );
  });

  const emails: readonly { username: string; rule?: string; extra?: string; isVerified: boolean }[] = [
    { username: "claims.email", isVerified: false },
    { username: "has(claims.email) ? 'a' : 'b'", isVerified: false },
    { username: "['yay', string(claims.email), 'panda'].join(' ')", isVerified: false },
    { username: "claims.?email", isVerified: false },
    { username: `{claims.?email: "panda"}`, isVerified: false },
    { username: `{"fancy": claims.?email}`, isVerified: false },
    { username: `["a"].map(i, i + claims.email)`, isVerified: false },
    { username: "claims.email", rule: "has(claims.email_verified_)", isVerified: false },
    { username: "claims.email_", isVerified: true },
    { username: "claims.other.claims.email", isVerified: true },
    { username: "claims.email", rule: "has(claims.email_verified)", isVerified: true },
    { username: "claims.email", rule: `string(claims.email_verified) == "panda"`, isVerified: true },
    { username: "claims.email", extra: "claims.?email_verified", isVerified: true },
    {
      username: "claims.?email_verified.orValue(true) ? claims.email : claims.sub",
      isVerified: true,
    },
  ];

  test.each(emails)("wants addresses verified: $username, $rule, $extra", (each) => {
    const { username, rule, extra, isVerified } = each;
    const authenticator = anAuthenticator({
      mappings: {
        username: { expression: username },
        ...(extra !== undefined && { extra: [{ key: "example.org/foo", valueExpression: extra }] }),
      },
      ...(rule !== undefined && { claimRules: [{ expression: rule }] }),
    });
    const problems = problemsOf({ jwt: [authenticator] });
    expect(problems).toEqual(
      isVerified
        ? []
        : [
            expect.stringContaining(
              "claims.email_verified must be used in claimMappings.username.expression or",
            ),
          ],
    );
  });

  test("no two authenticators have an issuer in common", () => {
    const [first, second] = [
      anAuthenticator({ issuer: { discoveryURL: "https://discovery" } }),
      anAuthenticator({ issuer: { discoveryURL: "https://discovery" } }),
    ];
    expect(problemsOf({ jwt: [first, second] })).toEqual([
      'jwt[1].issuer.url: Duplicate value: "https://issuer-url"',
      'jwt[1].issuer.discoveryURL: Duplicate value: "https://discovery"',
    ]);
  });

  test("there are not too many", () => {
    const jwt = Array.from({ length: 65 }, () => anAuthenticator());
    expect(problemsOf({ jwt })).toEqual(["jwt: Too many: 65: must have at most 64 items"]);
  });

  test("the issuer is not the cluster's own", () => {
    expect(problemsOf({ jwt: [anAuthenticator()] }, ["https://issuer-url", "a"])).toEqual([
      'jwt[0].issuer.url: Invalid value: "https://issuer-url": URL must not overlap with disallowed issuers: [a https://issuer-url]',
    ]);
  });

  test("nobody is anonymous on some paths alone where nobody is", () => {
    expect(problemsOf({ anonymous: { enabled: false, conditions: [{ path: "/livez" }] } })).toEqual([
      'anonymous.conditions: Invalid value: [{"path":"/livez"}]: enabled should be set to true when conditions are defined',
    ]);
    expect(problemsOf({ jwt: [], anonymous: { enabled: true, conditions: [{ path: "/livez" }] } })).toEqual(
      [],
    );
  });
});
