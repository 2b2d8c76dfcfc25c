import { afterAll, beforeAll, expect, test } from "bun:test";
import type {
  ParamKind,
  ValidatingAdmissionPolicyBindingSpec,
} from "#api/generated/admissionregistration-v1.ts";
import { failureOf } from "./failure.ts";
import { ADMIN, JANE, startServer, type TestServer } from "./server.ts";

const apiVersion = "admissionregistration.k8s.io/v1";
const JANE_TEXT = "&{jane  [system:authenticated] map[]}";
const configMaps = { apiVersion: "v1", kind: "ConfigMap" };
const parameterNotFoundAction = "Deny";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
  await allow("writer", {
    verbs: ["*"],
    apiGroups: ["admissionregistration.k8s.io"],
    resources: ["*"],
  });
  await allow("reader", { verbs: ["get"], apiGroups: [""], resources: ["configmaps"] });
  for (const [name, paramKind] of [
    ["maps", configMaps],
    ["secrets", { apiVersion: "v1", kind: "Secret" }],
    ["unknown", { apiVersion: "example.com/v1", kind: "Nothing" }],
  ] as const) {
    await writePolicy("ValidatingAdmissionPolicy", name, paramKind, ADMIN);
  }
});
afterAll(() => server[Symbol.asyncDispose]());

async function allow(name: string, rule: { verbs: string[]; apiGroups: string[]; resources: string[] }) {
  const rbac = "rbac.authorization.k8s.io";
  await server.client.create("ClusterRole", {
    apiVersion: `${rbac}/v1`,
    kind: "ClusterRole",
    metadata: { name },
    rules: [rule],
  });
  await server.client.create("ClusterRoleBinding", {
    apiVersion: `${rbac}/v1`,
    kind: "ClusterRoleBinding",
    metadata: { name },
    roleRef: { apiGroup: rbac, kind: "ClusterRole", name },
    subjects: [{ apiGroup: rbac, kind: "User", name: "jane" }],
  });
}

function writePolicy(
  kind: "ValidatingAdmissionPolicy" | "MutatingAdmissionPolicy",
  name: string,
  paramKind: ParamKind,
  user = JANE,
) {
  const rules = [
    { apiGroups: [""], apiVersions: ["v1"], resources: ["pods"], operations: ["CREATE" as const] },
  ];
  const common = { paramKind, matchConstraints: { resourceRules: rules } };
  const client = server.as(user);
  return kind === "ValidatingAdmissionPolicy"
    ? client.create(kind, {
        apiVersion,
        kind,
        metadata: { name },
        spec: { ...common, validations: [{ expression: "true" }] },
      })
    : client.create(kind, {
        apiVersion,
        kind,
        metadata: { name },
        spec: {
          ...common,
          reinvocationPolicy: "Never",
          mutations: [{ patchType: "ApplyConfiguration", applyConfiguration: { expression: "Object{}" } }],
        },
      });
}

test.each(["ValidatingAdmissionPolicy", "MutatingAdmissionPolicy"] as const)(
  "who writes a %s may read its parameters",
  async (kind) => {
    await writePolicy(kind, "a", configMaps);
    const refused = `"get" permission on all objects of the referenced paramKind (kind=Secret, apiVersion=v1)`;
    expect(await failureOf(writePolicy(kind, "b", { apiVersion: "v1", kind: "Secret" }))).toBe(
      `422 Invalid: ${kind}.admissionregistration.k8s.io "b" is invalid: spec.paramKind: Forbidden: user ${JANE_TEXT} must have ${refused}`,
    );
  },
);

test("a policy whose parameters stay as they are may be changed", async () => {
  const client = server.as(JANE);
  const policy = await client.get("ValidatingAdmissionPolicy", { name: "secrets" });
  const changed = { ...policy, metadata: { ...policy.metadata, labels: { a: "b" } } };
  expect((await client.update("ValidatingAdmissionPolicy", changed)).metadata.labels).toEqual({ a: "b" });
});

const lacking = (verb: string) => `user ${JANE_TEXT} does not have "${verb}" permission`;
const byName = { name: "a", namespace: "default", parameterNotFoundAction };

test.each<[string, ValidatingAdmissionPolicyBindingSpec, string | undefined]>([
  ["what may be read", { policyName: "maps", paramRef: byName }, undefined],
  ["nothing", { policyName: "secrets" }, undefined],
  [
    "what may not be read",
    { policyName: "secrets", paramRef: byName },
    `${lacking("get")} on the object referenced by paramRef`,
  ],
  [
    "what may not be listed",
    { policyName: "maps", paramRef: { selector: {}, parameterNotFoundAction } },
    `${lacking("list")} on the object referenced by paramRef`,
  ],
  [
    "an unknown policy",
    { policyName: "none", paramRef: byName },
    `unable to get policy none to determine minimum required permissions and ${lacking("get")} for all groups, versions and resources`,
  ],
  [
    "a policy of an unknown kind",
    { policyName: "unknown", paramRef: byName },
    `unable to resolve paramKind &{example.com/v1 Nothing} to determine minimum required permissions and ${lacking("get")} for all groups, versions and resources`,
  ],
])("a policy is bound to %s", async (_name, spec, refused) => {
  const created = server.as(JANE).create("ValidatingAdmissionPolicyBinding", {
    apiVersion,
    kind: "ValidatingAdmissionPolicyBinding",
    metadata: { name: `bound-to-${spec.policyName ?? ""}` },
    spec: { ...spec, validationActions: ["Deny"] },
  });
  if (refused === undefined) expect((await created).spec.policyName).toBe(spec.policyName as string);
  else expect(await failureOf(created)).toEndWith(`spec.paramRef: Forbidden: ${refused}`);
});
