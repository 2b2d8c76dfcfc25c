/** A Deployment in the middle of its life and its ReplicaSets, for tests of rollouts. */
import type { Deployment, DeploymentSpec, DeploymentStatus, ReplicaSet } from "#api/generated/apps-v1.ts";
import { controllerReference } from "#apimachinery/owners.ts";
import { aPodTemplate, aDeployment as buildDeployment, aReplicaSet as buildReplicaSet } from "./workloads.ts";

/** The moment at which the tests of Deployments happen. */
export const NOW = new Date("2026-01-01T01:00:00Z");
/** The time so many seconds before `NOW`. */
export const ago = (seconds: number): string =>
  `${new Date(NOW.getTime() - seconds * 1000).toISOString().slice(0, 19)}Z`;

/** The template of a version of the application. */
export const template = (version: string) =>
  aPodTemplate({ containers: [{ name: "web", image: `web:${version}` }] });

interface DeploymentOptions extends Partial<DeploymentSpec> {
  readonly version?: string;
  readonly status?: DeploymentStatus;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly deletionTimestamp?: string;
}

/** A rolling Deployment of the second version, with surge and unavailability of one. */
export function aRollout(replicas: number, options: DeploymentOptions = {}): Deployment {
  const { version = "2", status, annotations, deletionTimestamp, ...spec } = options;
  return buildDeployment("web", {
    uid: "d",
    generation: 1,
    ...(annotations && { annotations }),
    ...(deletionTimestamp !== undefined && { deletionTimestamp }),
    spec: { replicas, template: template(version), ...rolling(1, 1), ...spec },
    ...(status && { status }),
  });
}

export const rolling = (
  maxSurge: number | string,
  maxUnavailable: number | string,
): Partial<DeploymentSpec> => ({
  strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge, maxUnavailable } },
});
export const RECREATE: Partial<DeploymentSpec> = { strategy: { type: "Recreate" } };

interface SetOptions {
  readonly version?: string;
  readonly available?: number;
  readonly revision?: number;
  readonly desired?: number;
  readonly max?: number;
  readonly owner?: "d" | "other" | "nobody";
  readonly ageSeconds?: number;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly isTerminating?: boolean;
}

/** A ReplicaSet of the Deployment, named and versioned by a digit; its pods are all there and available. */
export function aRolledOutSet(name: string, replicas: number, options: SetOptions = {}): ReplicaSet {
  const { version = name, available = replicas, owner = "d", ageSeconds = 100 - Number(name) } = options;
  const { revision = Number(name), desired = 3, max = desired + 1 } = options;
  return buildReplicaSet(`web-${name}`, {
    uid: name,
    generation: 1,
    creationTimestamp: ago(ageSeconds),
    labels: { app: "web", "pod-template-hash": name },
    ownerReferences: owner === "nobody" ? [] : [{ ...controllerReference(aRollout(1)), uid: owner }],
    annotations: {
      "deployment.kubernetes.io/revision": String(revision),
      "deployment.kubernetes.io/desired-replicas": String(desired),
      "deployment.kubernetes.io/max-replicas": String(max),
      ...options.annotations,
    },
    ...(options.isTerminating === true && { deletionTimestamp: ago(1) }),
    spec: {
      replicas,
      template: { ...template(version), metadata: { labels: { app: "web", "pod-template-hash": name } } },
    },
    status: statusOf(replicas, available),
  });
}

/** The status of a ReplicaSet whose pods are all there. */
export const statusOf = (replicas: number, available: number) => ({
  replicas,
  readyReplicas: available,
  availableReplicas: available,
  observedGeneration: 1,
  terminatingReplicas: 0,
});
