import { describe, expect, test } from "bun:test";
import type { Node, Pod } from "#api/generated/core-v1.ts";
import type { KubeObject } from "#apimachinery/meta.ts";
import { StatusError } from "#apimachinery/status-error.ts";
import { createCertificateRequest, generateKey } from "#pki/certificate.ts";
import { anAdmissionEnvironment, anAdmissionRequest } from "#testing/admission.ts";
import { aNode, aPod } from "#testing/objects.ts";
import { nodeRestrictionPlugin } from "./node-restriction.ts";

const user = { name: "system:node:n1", groups: ["system:nodes"] };
const node: Node = aNode("n1", { uid: "node-uid" });

const projected = { sources: [{ serviceAccountToken: { path: "token" } }] };
const web = aPod("web", {
  uid: "web-uid",
  namespace: "default",
  spec: { nodeName: "n1", volumes: [{ name: "t", projected }] },
});
const other = aPod("other", { uid: "other-uid", namespace: "default", spec: { nodeName: "n2" } });
const OBJECTS: readonly KubeObject[] = [node, web, other];

const environment = anAdmissionEnvironment(OBJECTS);

const owner = { apiVersion: "v1", kind: "Node", name: "n1", uid: "node-uid", controller: true };
function aMirror(changes: Parameters<typeof aPod>[1] = {}): Pod {
  return aPod("m", {
    namespace: "default",
    annotations: { "kubernetes.io/config.mirror": "x" },
    ownerReferences: [owner],
    ...changes,
    spec: { nodeName: "n1", ...changes.spec },
  });
}

const REQUESTS = "certificatesigningrequests.certificates.k8s.io";

const aCertificateRequest = (signer: string, commonName: string): object => ({
  metadata: { name: "r" },
  spec: {
    signerName: `kubernetes.io/${signer}`,
    request: btoa(createCertificateRequest({ commonName }, generateKey())),
  },
});

interface Case {
  /** `CREATE pods/status default/a`. */
  readonly what: string;
  readonly object?: object;
  readonly oldObject?: object;
}

async function refusalOf({ what, object, oldObject }: Case, by = user): Promise<string> {
  const request = anAdmissionRequest(what, {
    ...(object && { object: object as KubeObject }),
    ...(oldObject && { oldObject: oldObject as KubeObject }),
    user: by,
  });
  const { mutate, validate } = nodeRestrictionPlugin;
  const refusal =
    request.operation === "DELETE"
      ? await validate?.(request, environment)
      : await mutate?.(request, environment);
  return refusal instanceof StatusError ? (refusal.status.message ?? "") : "";
}

const named = (name: string, metadata: object = {}) => ({ metadata: { name, ...metadata } });
const token = (changes: object, audiences: readonly string[] = []) => ({
  metadata: { name: "robot" },
  spec: {
    audiences,
    boundObjectRef: { apiVersion: "v1", kind: "Pod", name: "web", uid: "web-uid", ...changes },
  },
});
const labelled = (labels: object): object => ({ ...node, metadata: { ...node.metadata, labels } });
const withStatus = (pod: Pod, labels: Readonly<Record<string, string>>): Pod => ({
  ...pod,
  metadata: { ...pod.metadata, labels },
});

describe("nodeRestrictionPlugin", () => {
  const allowed: Case[] = [
    { what: "CREATE pods default/m", object: aMirror() },
    { what: "DELETE pods default/web", oldObject: web },
    { what: "UPDATE pods/status default/web", object: web, oldObject: web },
    { what: "CREATE pods/eviction default/web", object: named("web") },
    { what: "CREATE nodes n1", object: labelled({ "kubernetes.io/os": "linux", "example.com/a": "b" }) },
    {
      what: "CREATE nodes n1",
      object: labelled({ "a.node.kubernetes.io/x": "b", "kubelet.kubernetes.io/y": "" }),
    },
    { what: "UPDATE nodes n1", object: labelled({ plain: "b" }), oldObject: node },
    { what: "UPDATE nodes/status n1", object: node, oldObject: node },
    { what: "CREATE leases.coordination.k8s.io kube-node-lease/n1", object: named("n1") },
    { what: "UPDATE leases.coordination.k8s.io kube-node-lease/n1", object: named("n1") },
    { what: "CREATE csinodes.storage.k8s.io n1", object: named("n1") },
    { what: `CREATE ${REQUESTS}`, object: aCertificateRequest("kubelet-serving", "system:node:n1") },
    { what: `CREATE ${REQUESTS}`, object: aCertificateRequest("kube-apiserver-client", "jane") },
    { what: "CREATE serviceaccounts/token default/robot", object: token({}) },
    { what: "CREATE events default/e", object: named("e") },
  ];
  test.each(allowed)("lets a node: $what", async (each) => {
    expect(await refusalOf(each)).toBe("");
  });

  const refused: (Case & { readonly why: string })[] = [
    {
      what: "CREATE pods default/a",
      object: aPod("a", { namespace: "default", spec: { nodeName: "n1" } }),
      why: 'pods "a" is forbidden: pod does not have "kubernetes.io/config.mirror" annotation, node "n1" can only create mirror pods',
    },
    {
      what: "CREATE pods default/m",
      object: aMirror({ spec: { nodeName: "n2" } }),
      why: 'node "n1" can only create pods with spec.nodeName set to itself',
    },
    {
      what: "CREATE pods default/m",
      object: aMirror({ ownerReferences: [] }),
      why: 'node "n1" can only create pods with an owner reference set to itself',
    },
    {
      what: "CREATE pods default/m",
      object: aMirror({ ownerReferences: [{ ...owner, controller: false }] }),
      why: "with a controller owner reference set to itself",
    },
    {
      what: "CREATE pods default/m",
      object: aMirror({ ownerReferences: [owner, owner] }),
      why: "with a single owner reference set to itself",
    },
    {
      what: "CREATE pods default/m",
      object: aMirror({ ownerReferences: [{ ...owner, blockOwnerDeletion: true }] }),
      why: 'node "n1" must not set blockOwnerDeletion on an owner reference',
    },
    {
      what: "CREATE pods default/m",
      object: aMirror({ ownerReferences: [{ ...owner, uid: "old" }] }),
      why: "node n1 UID mismatch: expected old got node-uid",
    },
    {
      what: "CREATE pods default/m",
      object: aMirror({ spec: { imagePullSecrets: [{ name: "s" }] } }),
      why: 'node "n1" can not create pods that reference secrets',
    },
    {
      what: "CREATE pods default/m",
      object: aMirror({ spec: { volumes: [{ name: "v", persistentVolumeClaim: { claimName: "c" } }] } }),
      why: 'node "n1" can not create pods that reference persistentvolumeclaims',
    },
    {
      what: "CREATE pods default/m",
      object: aMirror({ spec: { volumes: [{ name: "v", projected }] } }),
      why: "can not create pods that reference serviceaccounts (via projected volumes)",
    },
    {
      what: "UPDATE pods default/web",
      object: web,
      oldObject: web,
      why: 'unexpected operation "UPDATE", node "n1" can only create and delete mirror pods',
    },
    {
      what: "DELETE pods default/other",
      oldObject: other,
      why: 'node "n1" can only delete pods with spec.nodeName set to itself',
    },
    {
      what: "UPDATE pods/status default/other",
      object: other,
      oldObject: other,
      why: 'node "n1" can only update pod status for pods with spec.nodeName set to itself',
    },
    {
      what: "UPDATE pods/status default/web",
      object: withStatus(web, { app: "bait" }),
      oldObject: web,
      why: 'node "n1" cannot update labels through pod status',
    },
    {
      what: "CREATE pods/eviction default/other",
      object: named("other"),
      why: "node n1 can only evict pods with spec.nodeName set to itself",
    },
    { what: "CREATE pods/eviction default/gone", object: named("gone"), why: 'pods "gone" not found' },
    {
      what: "UPDATE pods/ephemeralcontainers default/web",
      object: web,
      oldObject: web,
      why: `unexpected pod subresource "ephemeralcontainers", only 'status' and 'eviction' are allowed`,
    },
    {
      what: "UPDATE nodes n2",
      object: aNode("n2"),
      oldObject: aNode("n2"),
      why: 'node "n1" is not allowed to modify node "n2"',
    },
    { what: "DELETE nodes n2", oldObject: aNode("n2"), why: 'node "n1" is not allowed to modify node "n2"' },
    {
      what: "CREATE nodes n1",
      object: labelled({ "node-restriction.kubernetes.io/a": "b", "k8s.io/role": "c" }),
      why: 'node "n1" is not allowed to set the following labels: k8s.io/role, node-restriction.kubernetes.io/a',
    },
    {
      what: "UPDATE nodes n1",
      object: node,
      oldObject: labelled({ "x.node-restriction.kubernetes.io/a": "b" }),
      why: "is not allowed to modify labels: x.node-restriction.kubernetes.io/a",
    },
    {
      what: "UPDATE nodes/status n1",
      object: { ...node, spec: { taints: [] } },
      oldObject: { ...node, spec: { taints: [{ key: "a", effect: "NoSchedule" }] } },
      why: 'node "n1" is not allowed to modify taints',
    },
    {
      what: "UPDATE nodes n1",
      object: { ...node, metadata: { ...node.metadata, ownerReferences: [owner] } },
      oldObject: node,
      why: 'node "n1" is not allowed to modify ownerReferences',
    },
    {
      what: "CREATE leases.coordination.k8s.io kube-node-lease/n2",
      object: named("n2"),
      why: "can only access node lease with the same name as the requesting node",
    },
    {
      what: "UPDATE leases.coordination.k8s.io default/n1",
      object: named("n1"),
      why: 'can only access leases in the "kube-node-lease" system namespace',
    },
    {
      what: `CREATE ${REQUESTS}`,
      object: aCertificateRequest("kube-apiserver-client-kubelet", "system:node:n2"),
      why: "can only create a node CSR with CN=system:node:n1",
    },
    {
      what: `CREATE ${REQUESTS}`,
      object: {
        ...named("r"),
        spec: { signerName: "kubernetes.io/kubelet-serving", request: btoa("no request") },
      },
      why: "unable to parse csr: PEM block type must be CERTIFICATE REQUEST",
    },
    {
      what: "CREATE csinodes.storage.k8s.io n2",
      object: named("n2"),
      why: "can only access CSINode with the same name as the requesting node",
    },
    {
      what: "CREATE resourceslices.resource.k8s.io s",
      object: { ...named("s"), spec: { nodeName: "n2" } },
      why: "can only create ResourceSlice with the same NodeName as the requesting node",
    },
    {
      what: "DELETE resourceslices.resource.k8s.io s",
      oldObject: { ...named("s"), spec: {} },
      why: "can only delete ResourceSlice with the same NodeName as the requesting node",
    },
    {
      what: "CREATE serviceaccounts/token default/robot",
      object: { spec: { audiences: [] } },
      why: "node requested token not bound to a pod",
    },
    {
      what: "CREATE serviceaccounts/token default/robot",
      object: token({ uid: "" }),
      why: "node requested token with a pod binding without a uid",
    },
    {
      what: "CREATE serviceaccounts/token default/robot",
      object: token({ uid: "old" }),
      why: "the UID in the bound object reference (old) does not match the UID in record",
    },
    {
      what: "CREATE serviceaccounts/token default/robot",
      object: token({ name: "other", uid: "other-uid" }),
      why: "node requested token bound to a pod scheduled on a different node",
    },
    {
      what: "CREATE serviceaccounts/token default/robot",
      object: token({}, ["vault"]),
      why: 'audience "vault" not found in pod spec volume, system:node:n1 is not authorized to request tokens for this audience',
    },
    {
      what: "CREATE serviceaccounts/token default/robot",
      object: token({}, ["a", "b"]),
      why: "node may only request 0 or 1 audiences",
    },
    {
      what: "UPDATE persistentvolumeclaims default/c",
      object: named("c"),
      oldObject: named("c"),
      why: "may only update PVC status",
    },
    {
      what: "UPDATE persistentvolumeclaims/status default/c",
      object: named("c", { labels: { a: "b" } }),
      oldObject: named("c"),
      why: 'node "n1" is not allowed to update fields other than status.quantity and status.conditions',
    },
  ];
  test.each(refused)("does not let a node: $what: $why", async ({ why, ...each }) => {
    expect(await refusalOf(each)).toContain(why);
    // Nobody else is restricted.
    expect(await refusalOf(each, { name: "jane", groups: [] })).toBe("");
  });

  test("lets a node change what it knows about the size of a claim", async () => {
    const claim = (capacity: string, resourceVersion: string) => ({
      ...named("c", { resourceVersion }),
      spec: {},
      status: { phase: "Bound", capacity: { storage: capacity } },
    });
    const what = "UPDATE persistentvolumeclaims/status default/c";
    expect(await refusalOf({ what, object: claim("2Gi", ""), oldObject: claim("1Gi", "7") })).toBe("");
  });

  test("refuses everything to a node that does not say which it is", async () => {
    expect(
      await refusalOf(
        { what: "CREATE events default/e", object: named("e") },
        { ...user, name: "system:node:" },
      ),
    ).toBe('events "e" is forbidden: could not determine node from user "system:node:"');
  });
});
