/** What a node whose kubelet has been taken over reads and writes of the rest of the cluster: nothing. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { send } from "./attacked-cluster.ts";
import { IN, startAttackedNodes, tokenFor } from "./attacked-nodes.ts";
import { type Attack, expectRefusal } from "./refusal.ts";

const UNRELATED = "no relationship found between node 'n1' and this object";

const DNS_SLICES = "/apis/discovery.k8s.io/v1/namespaces/kube-system/endpointslices";

/** Of the server on a node, for the pods on another. */
function aDnsSlice(of: string, forPodsOf: string, service = "kube-dns"): object {
  return {
    metadata: { name: `kube-dns-${of}`, labels: { "kubernetes.io/service-name": service } },
    addressType: "IPv4",
    endpoints: [{ addresses: ["198.51.100.53"], nodeName: forPodsOf }],
    ports: [{ name: "dns", port: 53, protocol: "UDP" }],
  };
}

let nodes: Awaited<ReturnType<typeof startAttackedNodes>>;
beforeAll(async () => {
  nodes = await startAttackedNodes();
  const admin = await nodes.cluster.as("system:admin", "system:masters");
  await send(admin, `POST ${DNS_SLICES}`, aDnsSlice("n2", "n2"));
});
afterAll(() => nodes?.[Symbol.asyncDispose]());

describe("what is allowed", () => {
  test.each([
    `GET ${IN}/secrets/own`,
    `GET ${IN}/configmaps/own`,
    `GET ${IN}/serviceaccounts/own`,
    `GET ${IN}/pods/mine`,
    "GET /api/v1/pods?fieldSelector=spec.nodeName=n1",
    "GET /api/v1/nodes/n1",
  ])("%s", async (what) => {
    expect((await send(nodes.n1, what)).code).toBe(200);
  });

  test("a node's status, labels, tokens, the place of its DNS server and the deletion of its pods", async () => {
    const labels = { metadata: { labels: { "example.com/a": "b" } } };
    expect(
      (await send(nodes.n1, "PATCH /api/v1/nodes/n1/status", { status: { phase: "Running" } })).code,
    ).toBe(200);
    expect((await send(nodes.n1, "PATCH /api/v1/nodes/n1", labels)).code).toBe(200);
    expect(
      (await send(nodes.n1, `POST ${IN}/serviceaccounts/own/token`, tokenFor(nodes.pods.mine))).code,
    ).toBe(201);
    expect((await send(nodes.n1, `POST ${DNS_SLICES}`, aDnsSlice("n1", "n1"))).code).toBe(201);
    const again = { endpoints: [{ addresses: ["198.51.100.54"], nodeName: "n1" }] };
    expect((await send(nodes.n1, `PATCH ${DNS_SLICES}/kube-dns-n1`, again)).code).toBe(200);
    expect((await send(nodes.n1, `DELETE ${IN}/pods/spare?gracePeriodSeconds=0`)).code).toBe(200);
  });
});

describe("a node does not read", () => {
  const attacks: Attack[] = [
    { name: "the Secret of a pod elsewhere", what: `GET ${IN}/secrets/foreign`, why: UNRELATED },
    { name: "the ConfigMap of a pod elsewhere", what: `GET ${IN}/configmaps/foreign`, why: UNRELATED },
    { name: "the account of a pod elsewhere", what: `GET ${IN}/serviceaccounts/foreign`, why: UNRELATED },
    {
      name: "the claim of a pod elsewhere",
      what: `GET ${IN}/persistentvolumeclaims/foreign`,
      why: UNRELATED,
    },
    { name: "the volume of a pod elsewhere", what: "GET /api/v1/persistentvolumes/foreign", why: UNRELATED },
    { name: "a pod elsewhere", what: `GET ${IN}/pods/theirs`, why: UNRELATED },
    { name: "a pod that waits for a node", what: `GET ${IN}/pods/unbound`, why: UNRELATED },
    { name: "all Secrets of a namespace", what: `GET ${IN}/secrets`, why: "No Object name found" },
    { name: "all Secrets", what: "GET /api/v1/secrets", why: "can only read namespaced object of this type" },
    {
      name: "a Secret elsewhere by a list",
      what: `GET ${IN}/secrets?fieldSelector=metadata.name=foreign`,
      why: UNRELATED,
    },
    {
      name: "a Secret elsewhere by a watch",
      what: `GET ${IN}/secrets?watch=true&fieldSelector=metadata.name=foreign`,
      why: UNRELATED,
    },
    {
      name: "Secrets by a watch of old",
      what: `GET /api/v1/watch/namespaces/default/secrets/foreign`,
      why: UNRELATED,
    },
    {
      name: "a Secret elsewhere by naming its own as well",
      what: `GET ${IN}/secrets?fieldSelector=metadata.name=own,metadata.name=foreign`,
      why: UNRELATED,
    },
    {
      name: "pods elsewhere by a list",
      what: "GET /api/v1/pods?fieldSelector=spec.nodeName=n2",
      why: "can only list/watch pods with spec.nodeName field selector",
    },
    {
      name: "pods elsewhere by a list of others",
      what: "GET /api/v1/pods?fieldSelector=spec.nodeName!=n1",
      why: "can only list/watch pods with spec.nodeName field selector",
    },
    {
      name: "all pods",
      what: "GET /api/v1/pods",
      why: "can only list/watch pods with spec.nodeName field selector",
    },
    { name: "another Node", what: "GET /api/v1/nodes/n2", why: "only its own Node object" },
    { name: "all Nodes", what: "GET /api/v1/nodes", why: "only its own Node object" },
    {
      name: "another's Lease",
      what: "GET /apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/n2",
      why: "can only access node lease with the same name",
    },
    {
      name: "another's CSINode",
      what: "GET /apis/storage.k8s.io/v1/csinodes/n2",
      why: "can only access CSINode with the same name",
    },
    {
      name: "the roles of the cluster",
      what: "GET /apis/rbac.authorization.k8s.io/v1/clusterroles",
      why: 'cannot list resource "clusterroles"',
    },
  ];
  test.each(attacks)("$name", (attack) => expectRefusal(nodes.n1, attack));

  test.each(["system:kubelith:cluster-dns", "system:kube-proxy"])("pods elsewhere, as %s", async (user) => {
    const why = 'cannot list resource "pods"';
    await expectRefusal(await nodes.cluster.as(user), { what: "GET /api/v1/pods", why });
  });
});

describe("a node does not harm", () => {
  const attacks: Attack[] = [
    {
      name: "a pod elsewhere by deleting it",
      what: `DELETE ${IN}/pods/theirs`,
      why: 'node "n1" can only delete pods with spec.nodeName set to itself',
    },
    {
      name: "a pod that waits for a node by deleting it",
      what: `DELETE ${IN}/pods/unbound?gracePeriodSeconds=0`,
      why: 'node "n1" can only delete pods with spec.nodeName set to itself',
    },
    {
      name: "all pods by deleting them",
      what: `DELETE ${IN}/pods`,
      why: 'cannot deletecollection resource "pods"',
    },
    {
      name: "a pod by changing it",
      what: `PATCH ${IN}/pods/mine`,
      body: () => ({}),
      why: 'cannot patch resource "pods"',
    },
    {
      name: "a pod elsewhere by its status",
      what: `PATCH ${IN}/pods/theirs/status`,
      body: () => ({ status: { phase: "Failed" } }),
      why: "can only update pod status for pods with spec.nodeName set to itself",
    },
    {
      name: "Services by the labels of its pods",
      what: `PATCH ${IN}/pods/mine/status`,
      body: () => ({ metadata: { labels: { app: "bait" } } }),
      why: "cannot update labels through pod status",
    },
    {
      name: "a pod elsewhere by evicting it",
      what: `POST ${IN}/pods/theirs/eviction`,
      body: () => ({
        apiVersion: "policy/v1",
        kind: "Eviction",
        metadata: { name: "theirs", namespace: "default" },
      }),
      why: "can only evict pods with spec.nodeName set to itself",
    },
    {
      name: "a pod by evicting another than it says",
      what: `POST ${IN}/pods/mine/eviction`,
      body: () => ({
        apiVersion: "policy/v1",
        kind: "Eviction",
        metadata: { name: "theirs", namespace: "default" },
      }),
      code: 400,
      why: "name in URL does not match name in Eviction object",
    },
    {
      name: "a pod by debugging it",
      what: `PATCH ${IN}/pods/mine/ephemeralcontainers`,
      body: () => ({ spec: { ephemeralContainers: [{ name: "d", image: "i" }] } }),
      why: 'cannot patch resource "pods/ephemeralcontainers"',
    },
    {
      name: "a pod by running commands in it",
      what: `POST ${IN}/pods/theirs/exec?command=sh`,
      why: 'cannot create resource "pods/exec"',
    },
    {
      name: "another kubelet through the API server",
      what: "GET /api/v1/nodes/n2/proxy/pods",
      why: 'cannot get resource "nodes/proxy"',
    },
    {
      name: "another Node by changing it",
      what: "PATCH /api/v1/nodes/n2",
      body: () => ({ metadata: { labels: { a: "b" } } }),
      why: 'node "n1" is not allowed to modify node "n2"',
    },
    {
      name: "another Node by its status",
      what: "PATCH /api/v1/nodes/n2/status",
      body: () => ({ status: { addresses: [] } }),
      why: 'node "n1" is not allowed to modify node "n2"',
    },
    {
      name: "another Node by making it",
      what: "POST /api/v1/nodes",
      body: () => ({ metadata: { name: "n3" } }),
      why: 'is not allowed to modify node "n3"',
    },
    {
      name: "another Node by deleting it",
      what: "DELETE /api/v1/nodes/n2",
      why: 'cannot delete resource "nodes"',
    },
    // CVE-2025-5187: whoever deletes its own Node makes it anew with other labels and taints.
    {
      name: "its own Node by deleting it",
      what: "DELETE /api/v1/nodes/n1",
      why: 'cannot delete resource "nodes"',
    },
    {
      name: "its own Node by an owner that does not exist",
      what: "PATCH /api/v1/nodes/n1",
      body: () => ({
        metadata: { ownerReferences: [{ apiVersion: "v1", kind: "ConfigMap", name: "gone", uid: "gone" }] },
      }),
      why: "is not allowed to modify ownerReferences",
    },
    {
      name: "the cluster by a label that draws pods",
      what: "PATCH /api/v1/nodes/n1",
      body: () => ({ metadata: { labels: { "node-restriction.kubernetes.io/tier": "high" } } }),
      why: "is not allowed to modify labels: node-restriction.kubernetes.io/tier",
    },
    {
      name: "the cluster by a label that draws pods, by its status",
      what: "PATCH /api/v1/nodes/n1/status",
      body: () => ({ metadata: { labels: { "a.node-restriction.kubernetes.io/b": "" } } }),
      why: "is not allowed to modify labels: a.node-restriction.kubernetes.io/b",
    },
    {
      name: "the cluster by becoming one of its servers",
      what: "PATCH /api/v1/nodes/n1",
      body: () => ({ metadata: { labels: { "node-role.kubernetes.io/control-plane": "" } } }),
      why: "is not allowed to modify labels: node-role.kubernetes.io/control-plane",
    },
    {
      name: "the cluster by taking away a label",
      what: "PATCH /api/v1/nodes/n1",
      body: () => ({ metadata: { labels: { "node-restriction.kubernetes.io/tier": null } } }),
      why: "is not allowed to modify labels",
    },
    {
      name: "the cluster by its taints",
      what: "PATCH /api/v1/nodes/n1",
      body: () => ({ spec: { taints: [{ key: "a", effect: "NoSchedule" }] } }),
      why: "is not allowed to modify taints",
    },
    {
      name: "pods elsewhere by having their range of addresses",
      what: "PATCH /api/v1/nodes/n1",
      body: () => ({ spec: { podCIDR: "10.42.9.0/24", podCIDRs: ["10.42.9.0/24"] } }),
      why: "is not allowed to set podCIDRs",
    },
    {
      name: "the names that pods elsewhere ask for",
      what: `PATCH ${DNS_SLICES}/kube-dns-n2`,
      body: () => aDnsSlice("n2", "n1"),
      why: "can only write EndpointSlices of its own DNS server",
    },
    {
      name: "the names that pods elsewhere will ask for",
      what: `POST ${DNS_SLICES}`,
      body: () => aDnsSlice("n3", "n1"),
      why: "can only write EndpointSlices of its own DNS server",
    },
    {
      name: "the names that pods elsewhere ask for, by its own slice",
      what: `POST ${DNS_SLICES}`,
      body: () => aDnsSlice("n1", "n2"),
      why: "can only write EndpointSlices of its own DNS server",
    },
    {
      name: "other Services, by its own slice",
      what: `POST ${DNS_SLICES}`,
      body: () => aDnsSlice("n1", "n1", "metrics-server"),
      why: "can only write EndpointSlices of its own DNS server",
    },
    {
      name: "another's Lease by renewing it",
      what: "PATCH /apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/n2",
      body: () => ({ spec: { holderIdentity: "n1" } }),
      why: "can only access node lease with the same name",
    },
    {
      name: "another's Lease by making it",
      what: "POST /apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases",
      body: () => ({ metadata: { name: "n9" } }),
      why: "can only access node lease with the same name",
    },
    {
      name: "the Leases of others' elections",
      what: "PATCH /apis/coordination.k8s.io/v1/namespaces/default/leases/n1",
      body: () => ({ spec: { holderIdentity: "n1" } }),
      why: "can only access leases in the",
    },
    {
      name: "another's CSINode",
      what: "POST /apis/storage.k8s.io/v1/csinodes",
      body: () => ({ metadata: { name: "n3" }, spec: { drivers: [] } }),
      why: "can only access CSINode with the same name",
    },
    {
      name: "others' devices",
      what: "POST /apis/resource.k8s.io/v1/resourceslices",
      body: () => ({
        metadata: { name: "s" },
        spec: {
          nodeName: "n2",
          driver: "d.example.com",
          pool: { name: "p", resourceSliceCount: 1, generation: 1 },
          devices: [],
        },
      }),
      why: "can only create ResourceSlice with the same NodeName",
    },
    {
      name: "Secrets by writing them",
      what: `PATCH ${IN}/secrets/own`,
      body: () => ({ stringData: { a: "b" } }),
      why: "can only read resources of this type",
    },
    {
      name: "the roles of the cluster",
      what: "POST /apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
      body: () => ({
        metadata: { name: "root" },
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "cluster-admin" },
        subjects: [{ kind: "User", apiGroup: "rbac.authorization.k8s.io", name: "system:node:n1" }],
      }),
      why: 'cannot create resource "clusterrolebindings"',
    },
  ];
  test.each(attacks)("$name", (attack) => expectRefusal(nodes.n1, attack));

  test("pods elsewhere by joining with their range of addresses", async () => {
    const spec = { podCIDR: "10.42.9.0/24", podCIDRs: ["10.42.9.0/24"] };
    const body = () => ({ metadata: { name: "n7" }, spec });
    const n7 = await nodes.cluster.asNode("n7");
    await expectRefusal(n7, { what: "POST /api/v1/nodes", body, why: "is not allowed to set podCIDRs" });
  });

  test("the names that pods ask for, as the DNS server that it also is", async () => {
    const dns = await nodes.cluster.as("system:kubelith:cluster-dns");
    for (const what of [`POST ${DNS_SLICES}`, `PATCH ${DNS_SLICES}/kube-dns-n2`])
      await expectRefusal(dns, { what, body: () => aDnsSlice("n2", "n2"), why: 'resource "endpointslices"' });
  });
});
