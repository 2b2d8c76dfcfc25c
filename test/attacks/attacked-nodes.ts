import type { Pod } from "#api/generated/core-v1.ts";
import { aNode, aPod } from "#testing/objects.ts";
import { AttackedCluster } from "./attacked-cluster.ts";

export const IN = "/api/v1/namespaces/default";
export const PROJECTED_TOKEN = { sources: [{ serviceAccountToken: { path: "token" } }] };

/**
 * Two nodes, each with pods that use what the other's do not: "own" is for those of n1, whose kubelet has been taken
 * over, and "foreign" for those of n2.
 */
export async function startAttackedNodes() {
  const cluster = await AttackedCluster.start();
  const { client } = cluster;
  const node = await client.create(
    "Node",
    aNode("n1", { labels: { "node-restriction.kubernetes.io/tier": "low" } }),
  );
  await client.create("Node", aNode("n2"));
  for (const name of ["own", "foreign"]) {
    const metadata = { name, namespace: "default" };
    await client.create("Secret", { apiVersion: "v1", kind: "Secret", metadata });
    await client.create("ConfigMap", { apiVersion: "v1", kind: "ConfigMap", metadata });
    await client.create("ServiceAccount", { apiVersion: "v1", kind: "ServiceAccount", metadata });
  }
  const pods = {
    mine: await client.create("Pod", aPodOn("n1", "mine", "own")),
    spare: await client.create("Pod", aPodOn("n1", "spare", "own")),
    theirs: await client.create("Pod", aPodOn("n2", "theirs", "foreign")),
    unbound: await client.create("Pod", aPodOn("", "unbound", "foreign")),
  };
  await client.create("PersistentVolume", {
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: { name: "foreign" },
    spec: {
      capacity: { storage: "1Gi" },
      accessModes: ["ReadWriteOnce"],
      hostPath: { path: "/srv" },
      claimRef: { namespace: "default", name: "foreign" },
    },
  });
  await client.create("PersistentVolumeClaim", {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { name: "foreign", namespace: "default" },
    spec: {
      accessModes: ["ReadWriteOnce"],
      resources: { requests: { storage: "1Gi" } },
      volumeName: "foreign",
    },
  });
  const lease = { apiVersion: "coordination.k8s.io/v1", kind: "Lease", spec: {} } as const;
  await client.create("Lease", { ...lease, metadata: { name: "n2", namespace: "kube-node-lease" } });
  await client.create("Lease", { ...lease, metadata: { name: "n1", namespace: "default" } });
  await client.create("CSINode", {
    apiVersion: "storage.k8s.io/v1",
    kind: "CSINode",
    metadata: { name: "n2" },
    spec: { drivers: [] },
  });
  return {
    cluster,
    n1: await cluster.asNode("n1"),
    node,
    pods,
    [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose](),
  };
}

export function aPodOn(nodeName: string, name: string, uses: string): Pod {
  return aPod(name, {
    namespace: "default",
    spec: {
      ...(nodeName !== "" && { nodeName }),
      serviceAccountName: uses,
      volumes: [
        { name: "s", secret: { secretName: uses } },
        { name: "m", configMap: { name: uses } },
        { name: "c", persistentVolumeClaim: { claimName: uses } },
        { name: "t", projected: PROJECTED_TOKEN },
      ],
    },
  });
}

/** A request for a token of a pod. */
export function tokenFor({ metadata: { name, uid } }: Pod, changes: object = {}) {
  return {
    spec: { audiences: [""], boundObjectRef: { apiVersion: "v1", kind: "Pod", name, uid }, ...changes },
  };
}
