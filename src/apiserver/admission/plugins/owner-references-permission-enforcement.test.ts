import { expect, test } from "bun:test";
import { kinds } from "#api/kinds.ts";
import type { OwnerReference } from "#apimachinery/generated/meta-v1.ts";
import type { ResourceAttributes } from "#apiserver/authorization/authorizer.ts";
import { KindRegistry } from "#apiserver/registry/kind-registry.ts";
import { admit, anAdmissionEnvironment, anAdmissionRequest } from "#testing/admission.ts";
import { aPod } from "#testing/objects.ts";
import { ownerReferencesPermissionEnforcementPlugin } from "./owner-references-permission-enforcement.ts";

const registry = new KindRegistry(kinds, () => {
  throw new TypeError("Not part of this test");
});

const owner = (kind: string, more: Partial<OwnerReference> = {}): OwnerReference => ({
  apiVersion: "apps/v1",
  kind,
  name: "o",
  uid: kind,
  ...more,
});
const set = owner("ReplicaSet");
const blocking = { ...set, blockOwnerDeletion: true };
const node = owner("Node", { apiVersion: "v1", blockOwnerDeletion: true });
const cannotDelete = 'pods "a" is forbidden: cannot set an ownerRef on a resource you can\'t delete: , <nil>';
const cannotBlock =
  'pods "a" is forbidden: cannot set blockOwnerDeletion if an ownerReference refers to a resource you can\'t set finalizers on: , <nil>';

interface Case {
  readonly what: string;
  /** What the user may do: `delete pods default/a`. */
  readonly may: readonly string[];
  readonly owners: readonly OwnerReference[];
  readonly before?: readonly OwnerReference[];
  readonly subresource?: string;
  readonly want?: string;
}

const cases: readonly Case[] = [
  { what: "no owner", may: [], owners: [] },
  { what: "an owner by who may not delete", may: [], owners: [set], want: cannotDelete },
  { what: "an owner by who may delete", may: ["delete pods default/a"], owners: [set] },
  { what: "the owner it has", may: [], owners: [set], before: [set] },
  { what: "no owner any more", may: [], owners: [], before: [set], want: cannotDelete },
  { what: "another owner in its status", may: [], owners: [set], before: [], subresource: "status" },
  {
    what: "an owner that waits by who may not have it wait",
    may: ["delete pods default/a"],
    owners: [blocking],
    want: cannotBlock,
  },
  {
    what: "an owner that waits by who may have it wait",
    may: ["delete pods default/a", "update replicasets/finalizers default/o"],
    owners: [blocking],
  },
  {
    what: "an owner that waits from now on",
    may: ["delete pods default/a"],
    owners: [blocking],
    before: [set],
    want: cannotBlock,
  },
  {
    what: "another owner beside one that waits already",
    may: ["delete pods default/a"],
    owners: [blocking, owner("Job")],
    before: [blocking],
  },
  {
    what: "an owner of the cluster",
    may: ["delete pods default/a", "update nodes/finalizers /o"],
    owners: [node],
  },
  {
    what: "an owner that nobody knows",
    may: ["delete pods default/a"],
    owners: [owner("Widget", { blockOwnerDeletion: true })],
    want: 'pods "a" is forbidden: cannot set blockOwnerDeletion in this case because cannot find RESTMapping for APIVersion apps/v1 Kind Widget: no matches for kind "Widget" in version "apps/v1"',
  },
];

test.each(cases)("$what", async ({ may, owners, before, subresource = "", want }) => {
  const podOf = (ownerReferences: readonly OwnerReference[]) => {
    const pod = aPod("a");
    return { ...pod, metadata: { ...pod.metadata, ownerReferences } };
  };
  const target = subresource === "" ? "pods" : `pods/${subresource}`;
  const request = anAdmissionRequest(`${before === undefined ? "CREATE" : "UPDATE"} ${target} default/a`, {
    object: podOf(owners),
    ...(before && { oldObject: podOf(before) }),
  });
  const authorizer = {
    authorize: (attributes: unknown) => {
      const { verb, resource, subresource: part, namespace, name } = attributes as ResourceAttributes;
      const asked = `${verb} ${resource}${part === "" ? "" : `/${part}`} ${namespace}/${name}`;
      return { outcome: may.includes(asked) ? "allow" : "noOpinion", reason: "" } as const;
    },
  };
  const environment = anAdmissionEnvironment([], { authorizer, kinds: registry });
  const outcome = await admit(ownerReferencesPermissionEnforcementPlugin, request, environment);
  expect(typeof outcome === "string" ? outcome : undefined).toBe(want as string);
});
