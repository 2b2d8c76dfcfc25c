import { expect, test } from "bun:test";
import { kinds } from "#api/kinds.ts";
import { resourceOf } from "#api/resource.ts";
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
  const resource = resourceOf(kind);
  const found = kinds.find((each) => each.resource === resource);
  const object = { metadata, ...fields } as KubeObject;
  const table = toTable({ ...(found?.columns && { columns: found.columns }) }, [object], { now: NOW });
  expect(table.rows.map((row) => row.cells)).toEqual([[...cells]]);
});
