import type { ClusterRole, PolicyRule, Subject } from "#api/generated/rbac-v1.ts";
import type { UserInfo } from "#apimachinery/user.ts";
import type { AuthorizationAttributes, Authorizer } from "#apiserver/authorization/authorizer.ts";
import { rbacAuthorizer } from "#apiserver/authorization/rbac/rbac-authorizer.ts";
import { RoleIndex } from "#apiserver/authorization/rbac/role-index.ts";
import { aConfigMap } from "#testing/objects.ts";
import { startServer } from "../integration/apiserver/server.ts";
import { type BenchResult, type Measurement, printResult } from "./result.ts";

const BINDINGS = 1000;
const QUESTIONS = 100_000;
const WARM_UP = 20_000;
const API_VERSION = "rbac.authorization.k8s.io/v1";
const GROUP = "rbac.authorization.k8s.io";

const JANE: UserInfo = { name: "jane", groups: ["dev", "ops", "system:authenticated"] };
const CONTROLLER: UserInfo = {
  name: "system:serviceaccount:kube-system:deployment-controller",
  groups: ["system:serviceaccounts", "system:serviceaccounts:kube-system", "system:authenticated"],
};

/** What does it cost to decide about a request? */
export async function run(): Promise<BenchResult> {
  return {
    name: "authorization",
    measurements: [...(await measureBindings()), ...(await measureRequests())],
    notes: [
      `${String(BINDINGS)} bindings of one user in one namespace, each of a role of its own with five rules.`,
      "A change drops what was made of the bindings of those whom it is about; the next question makes it again.",
      "A GET is measured without HTTP, whose cost comes on top.",
    ],
  };
}

async function measureBindings(): Promise<readonly Measurement[]> {
  const index = new RoleIndex();
  const subject: Subject = { apiGroup: GROUP, kind: "User", name: JANE.name };
  for (let each = 0; each < BINDINGS; each += 1) {
    const name = `role-${String(each)}`;
    index.putRole({
      apiVersion: API_VERSION,
      kind: "ClusterRole",
      metadata: { name, uid: name },
      rules: rulesOf(each),
    });
    const roleRef = { apiGroup: GROUP, kind: "ClusterRole", name };
    const metadata = { name, uid: name, namespace: "default" };
    index.putBinding({
      apiVersion: API_VERSION,
      kind: "RoleBinding",
      metadata,
      roleRef,
      subjects: [subject],
    });
  }
  const authorizer = rbacAuthorizer(index);
  const last = String(BINDINGS - 1);
  const target = { atMost: 20 };
  return [
    {
      name: "a question that the last of 1,000 bindings allows",
      value: await microseconds(authorizer, ask(JANE, "get", `things-${last}`)),
      unit: "µs",
      target,
    },
    {
      name: "a question about one named object",
      value: await microseconds(authorizer, ask(JANE, "update", "configmaps", `map-${last}`)),
      unit: "µs",
      target,
    },
    {
      name: "a question that none of 1,000 bindings allows",
      value: await microseconds(authorizer, ask(JANE, "delete", "secrets")),
      unit: "µs",
      target,
    },
    { name: "the first question after a change", value: await afterChange(index, authorizer), unit: "µs" },
  ];
}

async function measureRequests(): Promise<readonly Measurement[]> {
  await using server = await startServer();
  await server.client.create("ConfigMap", aConfigMap("a"));
  await server.client.create("ClusterRoleBinding", {
    apiVersion: API_VERSION,
    kind: "ClusterRoleBinding",
    metadata: { name: "readers" },
    roleRef: { apiGroup: GROUP, kind: "ClusterRole", name: "system:aggregate-to-view" },
    subjects: [{ apiGroup: GROUP, kind: "Group", name: "dev" }],
  });
  const { authorizer } = server.core;
  const deciding = await microseconds(authorizer, ask(JANE, "get", "configmaps", "a"));
  const place = { kind: "ConfigMap", namespace: "default", name: "a" } as const;
  const getting = await timed(async () => {
    (await server.sendForObject(place, { verb: "get" }, { user: JANE })).bytes();
  });
  return [
    { name: "all authorizers, for a user who may read", value: deciding, unit: "µs" },
    {
      name: "all authorizers, for a controller",
      value: await microseconds(authorizer, { ...ask(CONTROLLER, "update", "deployments"), group: "apps" }),
      unit: "µs",
    },
    { name: "a GET from the pipeline to the bytes", value: getting, unit: "µs" },
    { name: "share of authorization in it", value: (100 * deciding) / getting, unit: "%" },
  ];
}

function rulesOf(index: number): readonly PolicyRule[] {
  const own = String(index);
  return [
    {
      verbs: ["get", "list", "watch"],
      apiGroups: [""],
      resources: [`things-${own}`, `things-${own}/status`],
    },
    { verbs: ["update"], apiGroups: [""], resources: ["configmaps"], resourceNames: [`map-${own}`] },
    { verbs: ["create"], apiGroups: ["batch"], resources: ["jobs"] },
    { verbs: ["get"], apiGroups: ["apps"], resources: ["deployments", "*/scale"] },
    { verbs: ["get"], nonResourceURLs: [`/path/${own}`] },
  ];
}

function ask(user: UserInfo, verb: string, resource: string, name = "") {
  const target = { group: "", version: "v1", resource, subresource: "", namespace: "default", name };
  return { type: "resource", user, verb, ...target } as const;
}

function microseconds(
  authorizer: Pick<Authorizer, "authorize">,
  attributes: AuthorizationAttributes,
): Promise<number> {
  return timed(async () => {
    await authorizer.authorize(attributes);
  });
}

async function timed(operation: () => Promise<void>): Promise<number> {
  for (let each = 0; each < WARM_UP; each += 1) await operation();
  const startedAt = performance.now();
  for (let each = 0; each < QUESTIONS; each += 1) await operation();
  return ((performance.now() - startedAt) * 1000) / QUESTIONS;
}

async function afterChange(index: RoleIndex, authorizer: Pick<Authorizer, "authorize">): Promise<number> {
  const rounds = 50;
  const changed: ClusterRole = {
    apiVersion: API_VERSION,
    kind: "ClusterRole",
    metadata: { name: "role-0", uid: "role-0" },
    rules: rulesOf(0),
  };
  const startedAt = performance.now();
  for (let round = 0; round < rounds; round += 1) {
    index.putRole(changed);
    await authorizer.authorize(ask(JANE, "delete", "secrets"));
  }
  return ((performance.now() - startedAt) * 1000) / rounds;
}

if (import.meta.main) printResult(await run());
