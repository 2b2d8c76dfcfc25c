import { describe, expect, test } from "bun:test";
import { AUTHENTICATED_GROUP } from "#apimachinery/user.ts";
import type { AuthorizationAttributes } from "../authorizer.ts";
import { abacAuthorizer } from "./abac-authorizer.ts";
import { parseAbacPolicies } from "./abac-policy.ts";

function authorizerOf(text: string) {
  const parsed = parseAbacPolicies(text);
  if (typeof parsed === "string") throw new Error(parsed);
  return abacAuthorizer(parsed.policies);
}

/** `alice get pods.group in namespace`, or `alice get /path`; everybody is known. */
function attributesOf(question: string): AuthorizationAttributes {
  const [name = "", verb = "", target = "", , namespace = ""] = question.split(" ");
  const user = { name, groups: [AUTHENTICATED_GROUP] };
  if (target.startsWith("/")) return { type: "nonResource", user, verb, path: target };
  const [resource = "", group = ""] = target.split(".");
  return {
    type: "resource",
    user,
    verb,
    group,
    version: "v1",
    resource,
    subresource: "",
    namespace,
    name: "",
  };
}

const VERSIONED = [
  { user: "*", readonly: true, nonResourcePath: "/api" },
  { user: "*", nonResourcePath: "/custom" },
  { user: "*", nonResourcePath: "/root/*" },
  { user: "noresource", nonResourcePath: "*" },
  { user: "*", readonly: true, resource: "events", namespace: "*" },
  { user: "scheduler", readonly: true, resource: "pods", namespace: "*" },
  { user: "scheduler", resource: "bindings", namespace: "*" },
  { user: "alice", resource: "*", namespace: "caribou" },
  { user: "debbie", resource: "pods", namespace: "caribou" },
  { user: "grouped", resource: "*", namespace: "any", apiGroup: "*" },
  { user: "grouped", resource: "*", namespace: "none", apiGroup: "" },
  { user: "grouped", resource: "*", namespace: "x", apiGroup: "x" },
]
  .map((spec) =>
    JSON.stringify({ apiVersion: "abac.authorization.kubernetes.io/v1beta1", kind: "Policy", spec }),
  )
  .join("\n");

const UNVERSIONED = `
# One object a line.
{"readonly": true, "resource": "events"}
  {"user":"scheduler", "readonly": true, "resource": "pods"}
{"user":"scheduler", "resource": "bindings"}
{"user":"alice", "namespace": "caribou"}
{"user":"bob", "readonly": true, "namespace": "caribou"}
{"group":"admins"}
`;

describe("abacAuthorizer", () => {
  test.each<[string, boolean]>([
    ["scheduler list pods in ns1", true],
    ["scheduler list pods", true],
    ["scheduler create pods in ns1", false],
    ["scheduler create pods", false],
    ["scheduler create bindings in ns1", true],
    ["scheduler get bindings", true],
    ["alice get pods in caribou", true],
    ["alice update widgets in caribou", true],
    ["alice update pods.apps in caribou", false],
    ["alice get pods in ns1", false],
    ["debbie update pods in caribou", true],
    ["debbie update services in caribou", false],
    ["chuck get events in ns1", true],
    ["chuck get events", true],
    ["chuck update events in ns1", false],
    ["chuck get pods in ns1", false],
    ["chuck get /", false],
    ["chuck get /api", true],
    ["chuck create /api", false],
    ["chuck update /custom", true],
    ["chuck get /root", false],
    ["chuck get /root/", true],
    ["chuck get /root/test/1/2/3", true],
    ["noresource get /", true],
    ["noresource get /foo/bar/baz", true],
    ["noresource get foo in bar", false],
    ["grouped get foo.x in any", true],
    ["grouped get foo.x in none", false],
    ["grouped get foo.x in x", true],
  ])("%s: %p", (question, isAllowed) => {
    const decision = authorizerOf(VERSIONED).authorize(attributesOf(question));
    expect(decision).toEqual(
      isAllowed ? { outcome: "allow", reason: "" } : { outcome: "noOpinion", reason: "No policy matched." },
    );
  });

  test.each<[string, boolean]>([
    ["scheduler list pods", true],
    ["scheduler create pods", false],
    ["alice update foo.bar in caribou", true],
    ["alice get pods in ns1", false],
    ["bob update pods in caribou", false],
    ["chuck get events", true],
    ["chuck update events in ns1", false],
    ["chuck get /", false],
  ])("without a version, %s: %p", async (question, isAllowed) => {
    const { outcome } = await authorizerOf(UNVERSIONED).authorize(attributesOf(question));
    expect(outcome === "allow").toBe(isAllowed);
  });

  const known = (name: string, ...groups: string[]) => ({ name, groups: [...groups, AUTHENTICATED_GROUP] });
  const nobody = { name: "system:anonymous", groups: ["system:unauthenticated"] };
  const subjects: [object, object, typeof nobody, boolean][] = [
    [{}, { namespace: "*" }, nobody, false],
    [{ user: "*" }, {}, nobody, false],
    [{ group: "*" }, {}, nobody, false],
    [{ user: "*" }, {}, known("Foo"), true],
    [{ user: "Foo" }, {}, nobody, false],
    [{ user: "Foo" }, {}, known("Bar"), false],
    [{ user: "Foo" }, {}, known("foo"), false],
    [{ user: "Foo" }, {}, known("FooBar"), false],
    [{ user: "Foo" }, {}, known("Foo"), true],
    [{ group: "A" }, {}, known("FooBar", "B"), false],
    [{ group: "b" }, {}, known("Foo", "A", "B"), false],
    [{ group: "B" }, {}, known("Foo", "A", "BBB"), false],
    [{ group: "B" }, {}, known("Foo", "A", "B"), true],
    [{ user: "Foo", group: "B" }, {}, known("Bar", "A", "B"), false],
    [{ user: "Foo", group: "D" }, {}, known("Foo", "A", "B"), false],
    [{ user: "Foo", group: "B" }, {}, known("Foo", "A", "B"), true],
  ];
  test.each(subjects)("in both forms %j is about %o %o: %p", async (subject, _, user, isAllowed) => {
    const spec = { ...subject, nonResourcePath: "*" };
    const versioned = { apiVersion: "abac.authorization.kubernetes.io/v1beta1", kind: "Policy", spec };
    for (const policy of [versioned, subject]) {
      const question = { type: "nonResource", user, verb: "get", path: "/a" } as const;
      const { outcome } = await authorizerOf(JSON.stringify(policy)).authorize(question);
      expect(outcome === "allow", JSON.stringify(policy)).toBe(isAllowed);
    }
  });

  test("an empty policy is about nobody, and without a version about everybody who is known", async () => {
    const empty = '{"apiVersion":"abac.authorization.kubernetes.io/v1beta1","kind":"Policy","spec":{}}';
    const question = attributesOf("jane get pods");
    expect((await authorizerOf(empty).authorize(question)).outcome).toBe("noOpinion");
    expect((await authorizerOf("{}").authorize(question)).outcome).toBe("allow");
  });

  test("lists what a user may do in a namespace", () => {
    const authorizer = authorizerOf(UNVERSIONED);
    const read = ["get", "list", "watch"];
    const events = { verbs: read, apiGroups: ["*"], resources: ["events"] };
    expect(authorizer.rulesFor({ name: "bob", groups: ["admins", AUTHENTICATED_GROUP] }, "caribou")).toEqual({
      resourceRules: [
        events,
        { verbs: read, apiGroups: ["*"], resources: ["*"] },
        { verbs: ["*"], apiGroups: ["*"], resources: ["*"] },
      ],
      nonResourceRules: [{ verbs: ["*"], nonResourceURLs: ["*"] }],
      incomplete: false,
    });
  });
});

describe("parseAbacPolicies", () => {
  test("counts lines without a version", () => {
    expect(parseAbacPolicies("")).toEqual({ policies: [], unversioned: 0 });
    expect(parseAbacPolicies(UNVERSIONED)).toMatchObject({ unversioned: 6 });
    expect(parseAbacPolicies(VERSIONED)).toMatchObject({ unversioned: 0 });
  });

  test.each<[string, string]>([
    ["\n{", "line 2: {: "],
    ["[]", "line 1: []: json: cannot unmarshal"],
    ['{"user":1}', 'line 1: {"user":1}: json: cannot unmarshal number into Go struct field'],
    ['{"apiVersion":"v1","kind":"Pod"}', 'no kind "Pod" is registered for version "v1"'],
  ])("says what is wrong with %j", (text, problem) => {
    expect(parseAbacPolicies(text)).toContain(problem);
  });
});
