/** The fixtures of all groups but the core one. */
import type { HorizontalPodAutoscaler } from "#api/generated/autoscaling-v1.ts";
import type { Event } from "#api/generated/events-v1.ts";
import type { KindMap } from "#api/generated/kind-map.ts";
import type { KubeObject } from "#apimachinery/meta.ts";
import { CERTIFICATE, ED25519_REQUEST } from "./certificates.ts";
import { clusterMetadataOf, metadataOf } from "./metadata.ts";
import {
  aControllerRevision,
  aCronJob,
  aDaemonSet,
  aDeployment,
  aHorizontalPodAutoscaler,
  aJob,
  anEndpointSlice,
  anIngress,
  aReplicaSet,
  aServiceBackend,
  aStatefulSet,
  WORKLOAD_LABELS,
} from "./workloads.ts";

interface Fixture {
  readonly valid: KubeObject;
  readonly invalid?: KubeObject;
}

const metadata = metadataOf("a");
const clusterMetadata = clusterMetadataOf("a");
const rules = [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }];
const noRules = { rules: [{ verbs: [] }] };
const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "a" };
const resourceRules = [
  { operations: ["CREATE"], apiGroups: [""], apiVersions: ["v1"], resources: ["pods"] },
] as const;
const webhook = {
  name: "a.example.com",
  clientConfig: { url: "https://a" },
  sideEffects: "None",
  admissionReviewVersions: ["v1"],
} as const;
const resourceAttributes = { verb: "get", resource: "pods" };
const devices = { requests: [{ name: "a", exactly: { deviceClassName: "a" } }] };
const noDevices = { requests: [{ name: "a" }] };
const pool = { name: "a", generation: 1, resourceSliceCount: 1 };

/** By group, version and kind, as in `apps/v1/Deployment`. */
export const groupFixtures: Readonly<Record<string, Fixture>> = Object.fromEntries([
  ...admissionFixtures(),
  ...reviewFixtures(),
  ...workloadFixtures(),
  ...networkFixtures(),
  ...accessFixtures(),
  ...storageFixtures(),
  ...deviceFixtures(),
  ...extensionFixtures(),
]);

function admissionFixtures() {
  const apiVersion = "admissionregistration.k8s.io/v1";
  const selection = { apiVersion, metadata: clusterMetadata } as const;
  const matchConstraints = { resourceRules };
  const mutations = [{ patchType: "JSONPatch", jsonPatch: { expression: "[JSONPatch{}]" } }] as const;
  return [
    of(
      "MutatingWebhookConfiguration",
      { ...selection, webhooks: [webhook] },
      { webhooks: [webhook, webhook] },
    ),
    of(
      "ValidatingWebhookConfiguration",
      { ...selection, webhooks: [webhook] },
      { webhooks: [webhook, webhook] },
    ),
    of(
      "MutatingAdmissionPolicy",
      { ...selection, spec: { matchConstraints, mutations, reinvocationPolicy: "Never" } },
      { spec: {} },
    ),
    of("MutatingAdmissionPolicyBinding", { ...selection, spec: { policyName: "a" } }, { spec: {} }),
    of(
      "ValidatingAdmissionPolicy",
      { ...selection, spec: { matchConstraints, validations: [{ expression: "true" }] } },
      { spec: {} },
    ),
    of(
      "ValidatingAdmissionPolicyBinding",
      { ...selection, spec: { policyName: "a", validationActions: ["Deny"] } },
      { spec: {} },
    ),
  ];
}

/** Reviews are not kept, and have no names. */
function reviewFixtures() {
  const apiVersion = "authorization.k8s.io/v1";
  const nameless = { name: "", uid: "" };
  const asked = { user: "jane", resourceAttributes };
  return [
    of("SelfSubjectReview", { apiVersion: "authentication.k8s.io/v1", metadata: nameless }),
    of("TokenReview", { apiVersion: "authentication.k8s.io/v1", metadata: nameless, spec: {} }),
    of(
      "LocalSubjectAccessReview",
      {
        apiVersion,
        metadata: { ...nameless, namespace: "a" },
        spec: { ...asked, resourceAttributes: { ...resourceAttributes, namespace: "a" } },
      },
      { spec: {} },
    ),
    of(
      "SelfSubjectAccessReview",
      { apiVersion, metadata: nameless, spec: { resourceAttributes } },
      { spec: {} },
    ),
    of("SelfSubjectRulesReview", { apiVersion, metadata: nameless, spec: { namespace: "default" } }),
    of("SubjectAccessReview", { apiVersion, metadata: nameless, spec: asked }, { spec: {} }),
  ];
}

function workloadFixtures() {
  const scaler = aHorizontalPodAutoscaler("a");
  const { scaleTargetRef } = scaler.spec;
  const olderScaler: HorizontalPodAutoscaler = {
    apiVersion: "autoscaling/v1",
    kind: "HorizontalPodAutoscaler",
    metadata,
    spec: { scaleTargetRef, maxReplicas: 1 },
  };
  // The selector of a Job is made when it is created.
  const selected = { manualSelector: true, selector: { matchLabels: WORKLOAD_LABELS } };
  const happened: Event = {
    apiVersion: "events.k8s.io/v1",
    kind: "Event",
    metadata,
    eventTime: "2026-01-31T09:59:00.000000Z",
    type: "Normal",
    reason: "Started",
    action: "Starting",
    regarding: { kind: "Pod", name: "a", namespace: "default" },
    reportingController: "a",
    reportingInstance: "a",
  };
  return [
    pair(aControllerRevision("a"), aControllerRevision("a", { revision: -1 })),
    pair(aDaemonSet("a"), aDaemonSet("a", { spec: { minReadySeconds: -1 } })),
    pair(aDeployment("a"), aDeployment("a", { spec: { replicas: -1 } })),
    pair(aReplicaSet("a"), aReplicaSet("a", { spec: { replicas: -1 } })),
    pair(aStatefulSet("a"), aStatefulSet("a", { spec: { replicas: -1 } })),
    pair(aCronJob("a"), aCronJob("a", { spec: { schedule: "never" } })),
    pair(aJob("a", { spec: selected }), aJob("a", { spec: { ...selected, parallelism: -1 } })),
    pair(scaler, aHorizontalPodAutoscaler("a", { spec: { maxReplicas: -1 } })),
    pair(olderScaler),
    pair(happened, { ...happened, type: "" }),
    of(
      "PodDisruptionBudget",
      { apiVersion: "policy/v1", metadata, spec: { minAvailable: 1 } },
      { spec: { minAvailable: -1 } },
    ),
    of(
      "PriorityClass",
      { apiVersion: "scheduling.k8s.io/v1", metadata: clusterMetadata, value: 1 },
      { value: 2_000_000_000 },
    ),
    of(
      "RuntimeClass",
      { apiVersion: "node.k8s.io/v1", metadata: clusterMetadata, handler: "a" },
      { handler: "" },
    ),
    of(
      "Lease",
      { apiVersion: "coordination.k8s.io/v1", metadata, spec: { leaseDurationSeconds: 1 } },
      { spec: { leaseDurationSeconds: -1 } },
    ),
  ];
}

function networkFixtures() {
  const apiVersion = "networking.k8s.io/v1";
  const slice = anEndpointSlice("a", ["10.0.0.1"]);
  return [
    pair(
      anIngress("a", { spec: { defaultBackend: aServiceBackend("a", 80) } }),
      anIngress("a", { spec: {} }),
    ),
    pair(slice, { ...slice, addressType: "IPv6" }),
    of(
      "IngressClass",
      { apiVersion, metadata: clusterMetadata, spec: { controller: "example.com/a" } },
      { spec: { controller: "a" } },
    ),
    of(
      "IPAddress",
      {
        apiVersion,
        metadata: clusterMetadataOf("10.0.0.1"),
        spec: { parentRef: { resource: "services", name: "a", namespace: "default" } },
      },
      { spec: {} },
    ),
    of(
      "NetworkPolicy",
      { apiVersion, metadata, spec: { podSelector: {} } },
      { spec: { podSelector: {}, egress: [{ ports: [{ port: 0 }] }] } },
    ),
    of(
      "ServiceCIDR",
      { apiVersion, metadata: clusterMetadata, spec: { cidrs: ["10.0.0.0/24"] } },
      { spec: { cidrs: [] } },
    ),
  ];
}

function accessFixtures() {
  const apiVersion = "rbac.authorization.k8s.io/v1";
  const badRef = { roleRef: { ...roleRef, kind: "Group" } };
  const flow = { priorityLevelConfiguration: { name: "a" }, matchingPrecedence: 2 };
  const limited = { type: "Limited", limited: { limitResponse: { type: "Reject" } } } as const;
  return [
    of("ClusterRole", { apiVersion, metadata: clusterMetadata, rules }, noRules),
    of("ClusterRoleBinding", { apiVersion, metadata: clusterMetadata, roleRef }, badRef),
    of("Role", { apiVersion, metadata, rules }, noRules),
    of("RoleBinding", { apiVersion, metadata, roleRef }, badRef),
    of(
      "FlowSchema",
      { apiVersion: "flowcontrol.apiserver.k8s.io/v1", metadata: clusterMetadata, spec: flow },
      { spec: { ...flow, matchingPrecedence: -1 } },
    ),
    of(
      "PriorityLevelConfiguration",
      { apiVersion: "flowcontrol.apiserver.k8s.io/v1", metadata: clusterMetadata, spec: limited },
      { spec: { type: "Some" as "Limited" } },
    ),
    of(
      "CertificateSigningRequest",
      {
        apiVersion: "certificates.k8s.io/v1",
        metadata: clusterMetadata,
        spec: {
          request: btoa(ED25519_REQUEST),
          signerName: "example.com/a",
          usages: ["client auth"],
        },
      },
      { spec: { request: "", signerName: "" } },
    ),
    of(
      "ClusterTrustBundle",
      {
        apiVersion: "certificates.k8s.io/v1beta1",
        metadata: clusterMetadata,
        spec: { trustBundle: CERTIFICATE },
      },
      { spec: { trustBundle: "" } },
    ),
  ];
}

function storageFixtures() {
  const apiVersion = "storage.k8s.io/v1";
  const cluster = { apiVersion, metadata: clusterMetadata } as const;
  return [
    of("CSIDriver", { ...cluster, spec: {} }, { spec: { volumeLifecycleModes: ["Odd" as "Persistent"] } }),
    of(
      "CSINode",
      { ...cluster, spec: { drivers: [] } },
      { spec: { drivers: [{ name: "", nodeID: "", topologyKeys: [] }] } },
    ),
    of("CSIStorageCapacity", { apiVersion, metadata, storageClassName: "a" }, { storageClassName: "" }),
    of("StorageClass", { ...cluster, provisioner: "a" }, { provisioner: "" }),
    of(
      "VolumeAttachment",
      { ...cluster, spec: { attacher: "a", nodeName: "a", source: { persistentVolumeName: "a" } } },
      { spec: { attacher: "", nodeName: "", source: {} } },
    ),
    of("VolumeAttributesClass", { ...cluster, driverName: "a", parameters: { a: "b" } }, { driverName: "" }),
  ];
}

function deviceFixtures() {
  const apiVersion = "resource.k8s.io/v1";
  return [
    of("DeviceClass", { apiVersion, metadata: clusterMetadata, spec: {} }, { spec: { selectors: [{}] } }),
    of("ResourceClaim", { apiVersion, metadata, spec: { devices } }, { spec: { devices: noDevices } }),
    of(
      "ResourceClaimTemplate",
      { apiVersion, metadata, spec: { spec: { devices } } },
      { spec: { spec: { devices: noDevices } } },
    ),
    of(
      "ResourceSlice",
      { apiVersion, metadata: clusterMetadata, spec: { driver: "a", pool, allNodes: true } },
      { spec: { driver: "a", pool } },
    ),
  ];
}

function extensionFixtures() {
  const priorities = { groupPriorityMinimum: 1, versionPriority: 1 };
  const definition = {
    group: "example.com",
    scope: "Cluster",
    names: { plural: "widgets", kind: "Widget" },
    versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } }],
  };
  return [
    of(
      "CustomResourceDefinition",
      {
        apiVersion: "apiextensions.k8s.io/v1",
        metadata: clusterMetadataOf("widgets.example.com"),
        spec: definition,
      },
      { spec: { ...definition, scope: "" } },
    ),
    of(
      "APIService",
      {
        apiVersion: "apiregistration.k8s.io/v1",
        metadata: clusterMetadataOf("v1.example.com"),
        spec: { group: "example.com", version: "v1", ...priorities },
      },
      { spec: { ...priorities } },
    ),
  ];
}

type Entry = readonly [name: string, fixture: Fixture];

function of<K extends keyof KindMap>(
  kind: K,
  fields: Omit<KindMap[K], "kind">,
  wrong?: Partial<KindMap[K]>,
): Entry {
  // The compiler does not see that fields and kind together are the type that the fields were taken from.
  const valid = { ...fields, kind } as unknown as KindMap[K];
  return pair(valid, wrong && { ...valid, ...wrong });
}

function pair<T extends KubeObject>(valid: T, invalid?: T): Entry {
  return [`${valid.apiVersion}/${valid.kind}`, { valid, ...(invalid && { invalid }) }];
}
