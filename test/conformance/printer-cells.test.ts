import { expect, test } from "bun:test";
import { kinds } from "#api/kinds.ts";
import { resourceOf } from "#api/resource.ts";
import type { Table } from "#apimachinery/generated/meta-v1.ts";
import type { KubeObject } from "#apimachinery/meta.ts";
import { toTable } from "#apiserver/tables/to-table.ts";

const NOW = Date.parse("2026-01-01T00:03:00Z");
const metadata = { name: "a", uid: "u", creationTimestamp: "2026-01-01T00:00:00Z" };

interface Case {
  readonly name: string;
  readonly kind: Parameters<typeof resourceOf>[0];
  readonly fields: object;
  /** What upstream `pkg/printers/internalversion/printers.go` of v1.36 prints. */
  readonly cells: readonly unknown[];
}

const NAMESPACED_PARAM = { policyName: "p", paramRef: { name: "b", namespace: "n" } };
const SELECTED_PARAM = {
  policyName: "p",
  paramRef: {
    selector: {
      matchLabels: { a: "b" },
      matchExpressions: [{ key: "c", operator: "In", values: ["d", "e"] }],
    },
  },
};

const cases: Case[] = [
  {
    name: "a plain IngressClass",
    kind: "IngressClass",
    fields: { spec: { controller: "c" } },
    cells: ["a", "c", "<none>", "3m"],
  },
  {
    name: "the default IngressClass, with parameters",
    kind: "IngressClass",
    fields: {
      metadata: { ...metadata, annotations: { "ingressclass.kubernetes.io/is-default-class": "true" } },
      spec: { controller: "c", parameters: { apiGroup: "g.io", kind: "P", name: "x" } },
    },
    cells: ["a (default)", "c", "P.g.io/x", "3m"],
  },
  {
    name: "an IPAddress of a Service",
    kind: "IPAddress",
    fields: { spec: { parentRef: { group: "", resource: "services", namespace: "n", name: "s" } } },
    // Upstream's row has an age that no column is for; kubectl leaves it out.
    cells: ["a", "services/n/s"],
  },
  {
    name: "a ServiceCIDR",
    kind: "ServiceCIDR",
    fields: { spec: { cidrs: ["10.0.0.0/8", "fd00::/64"] } },
    cells: ["a", "10.0.0.0/8,fd00::/64", "3m"],
  },
  {
    name: "a CSIDriver that says nothing",
    kind: "CSIDriver",
    fields: { spec: {} },
    cells: ["a", true, false, false, "<unset>", false, "<none>", "3m"],
  },
  {
    name: "a CSIDriver that says everything",
    kind: "CSIDriver",
    fields: {
      spec: {
        attachRequired: false,
        podInfoOnMount: true,
        storageCapacity: true,
        tokenRequests: [{ audience: "x" }, { audience: "y" }],
        requiresRepublish: true,
        volumeLifecycleModes: ["Persistent", "Ephemeral"],
      },
    },
    cells: ["a", false, true, true, "x,y", true, "Persistent,Ephemeral", "3m"],
  },
  {
    name: "a CSINode",
    kind: "CSINode",
    fields: { spec: { drivers: [{ name: "d", nodeID: "n" }] } },
    cells: ["a", 1, "3m"],
  },
  {
    name: "a CSIStorageCapacity",
    kind: "CSIStorageCapacity",
    fields: { storageClassName: "fast", capacity: "1Gi" },
    cells: ["a", "fast", "1Gi"],
  },
  {
    name: "a CSIStorageCapacity that is not known",
    kind: "CSIStorageCapacity",
    fields: { storageClassName: "fast" },
    cells: ["a", "fast", "<unset>"],
  },
  {
    name: "a VolumeAttachment",
    kind: "VolumeAttachment",
    fields: {
      spec: { attacher: "at", nodeName: "n1", source: { persistentVolumeName: "pv" } },
      status: { attached: true },
    },
    cells: ["a", "at", "pv", "n1", true, "3m"],
  },
  {
    name: "a VolumeAttributesClass",
    kind: "VolumeAttributesClass",
    fields: { driverName: "d" },
    cells: ["a", "d", "3m"],
  },
  {
    name: "the default VolumeAttributesClass",
    kind: "VolumeAttributesClass",
    fields: {
      metadata: {
        ...metadata,
        annotations: { "volumeattributesclass.alpha.kubernetes.io/is-default-class": "true" },
      },
      driverName: "d",
    },
    cells: ["a (default)", "d", "3m"],
  },
  {
    name: "a MutatingWebhookConfiguration",
    kind: "MutatingWebhookConfiguration",
    fields: { webhooks: [{}, {}] },
    cells: ["a", 2, "3m"],
  },
  {
    name: "a ValidatingWebhookConfiguration",
    kind: "ValidatingWebhookConfiguration",
    fields: {},
    cells: ["a", 0, "3m"],
  },
  {
    name: "a ValidatingAdmissionPolicy",
    kind: "ValidatingAdmissionPolicy",
    fields: {
      spec: { validations: [{ expression: "true" }], paramKind: { apiVersion: "v1", kind: "ConfigMap" } },
    },
    cells: ["a", 1, "v1/ConfigMap", "3m"],
  },
  {
    name: "a MutatingAdmissionPolicy",
    kind: "MutatingAdmissionPolicy",
    fields: { spec: { mutations: [{ patchType: "JSONPatch" }] } },
    cells: ["a", 1, "<unset>", "3m"],
  },
  {
    name: "a ValidatingAdmissionPolicyBinding without a parameter",
    kind: "ValidatingAdmissionPolicyBinding",
    fields: { spec: { policyName: "p" } },
    cells: ["a", "p", "<unset>", "3m"],
  },
  {
    name: "a ValidatingAdmissionPolicyBinding with a parameter anywhere",
    kind: "ValidatingAdmissionPolicyBinding",
    fields: { spec: { policyName: "p", paramRef: { name: "b" } } },
    cells: ["a", "p", "*/b", "3m"],
  },
  {
    name: "a MutatingAdmissionPolicyBinding with a parameter of a namespace",
    kind: "MutatingAdmissionPolicyBinding",
    fields: { spec: NAMESPACED_PARAM },
    cells: ["a", "p", "n/b", "3m"],
  },
  {
    name: "a MutatingAdmissionPolicyBinding with selected parameters",
    kind: "MutatingAdmissionPolicyBinding",
    fields: { spec: SELECTED_PARAM },
    cells: [
      "a",
      "p",
      "&LabelSelector{MatchLabels:map[string]string{a: b,},MatchExpressions:[]LabelSelectorRequirement{LabelSelectorRequirement{Key:c,Operator:In,Values:[d e],},},}",
      "3m",
    ],
  },
  { name: "a DeviceClass", kind: "DeviceClass", fields: { spec: {} }, cells: ["a", "3m"] },
  { name: "a Role", kind: "Role", fields: { rules: [] }, cells: ["a", metadata.creationTimestamp] },
  { name: "a LimitRange", kind: "LimitRange", fields: {}, cells: ["a", metadata.creationTimestamp] },
  { name: "a ServiceAccount", kind: "ServiceAccount", fields: {}, cells: ["a", "3m"] },
];

test.each(cases)("$name", ({ kind, fields, cells }) => {
  const object = { metadata, ...fields } as KubeObject;
  expect(rowsOf(kind, [object]).map((row) => row.cells)).toEqual([[...cells]]);
});

test.each([
  ["Running", undefined],
  ["Succeeded", "The pod has completed successfully."],
  ["Failed", "The pod failed."],
])("a row tells of a pod that is %s", (phase, message) => {
  const pod = { metadata, spec: {}, status: { phase } } as unknown as KubeObject;
  const completed = message && [{ type: "Completed", status: "True", reason: phase, message }];
  expect(rowsOf("Pod", [pod])[0]?.conditions).toEqual(completed || undefined);
});

test("FlowSchemas are listed in the order in which they match", () => {
  const schemas = [
    ["a", 100],
    ["c", 1],
    ["b", 1],
  ].map(([name, matchingPrecedence]) => ({
    metadata: { ...metadata, name },
    spec: { matchingPrecedence, priorityLevelConfiguration: { name: "p" } },
  }));
  const rows = rowsOf("FlowSchema", schemas as unknown as KubeObject[]);
  expect(rows.map(({ cells }) => cells[0])).toEqual(["b", "c", "a"]);
});

function rowsOf(kind: Case["kind"], objects: readonly KubeObject[]): Table["rows"] {
  const found = kinds.find(({ resource }) => resource === resourceOf(kind));
  return toTable(found ?? {}, objects, { now: NOW }).rows;
}
