import type { Deployment, ReplicaSet } from "#api/generated/apps-v1.ts";
import { semanticallyEqual } from "#api/validation/equality.ts";
import { hashObject } from "#apimachinery/hash-object.ts";
import { controllerReference } from "#apimachinery/owners.ts";
import type { Action } from "#reconcile/action.ts";
import { desiredReplicas, maxSurge } from "./strategy.ts";

/** Tells the pods of a Deployment's ReplicaSets apart. */
const HASH_LABEL = "pod-template-hash";
const DESIRED_REPLICAS = "deployment.kubernetes.io/desired-replicas";
const MAX_REPLICAS = "deployment.kubernetes.io/max-replicas";

const MAX_NAME_LENGTH = 253;

/** The ReplicaSets of a Deployment by their part in the rollout, as they are or as they should be. */
export interface ReplicaSets {
  /** The one whose template is the Deployment's; without a uid it is yet to be created. */
  readonly current: ReplicaSet | undefined;
  /** All others, the oldest first. */
  readonly old: readonly ReplicaSet[];
}

export function classify(deployment: Deployment, replicaSets: readonly ReplicaSet[]): ReplicaSets {
  const sorted = replicaSets.toSorted(byCreation);
  // Of several with the same template the oldest is the one: all readers of the list agree on it.
  const current = sorted.find(({ spec }) => isSameTemplate(spec.template, deployment.spec.template));
  return { current, old: sorted.filter((each) => each !== current) };
}

export function allOf({ current, old }: ReplicaSets): readonly ReplicaSet[] {
  return current === undefined ? old : [...old, current];
}

/** Those that should have pods. */
export function activeOf(replicaSets: readonly ReplicaSet[]): readonly ReplicaSet[] {
  return replicaSets.filter((each) => replicasOf(each) > 0);
}

export function replicasOf({ spec }: ReplicaSet): number {
  return spec.replicas ?? 1;
}

export function totalReplicas(replicaSets: readonly ReplicaSet[]): number {
  return replicaSets.reduce((sum, each) => sum + replicasOf(each), 0);
}

/** The sum of one number of their statuses. */
export function statusTotal(
  replicaSets: readonly ReplicaSet[],
  field: "replicas" | "readyReplicas" | "availableReplicas",
): number {
  return replicaSets.reduce((sum, { status }) => sum + (status?.[field] ?? 0), 0);
}

export function byCreation(a: ReplicaSet, b: ReplicaSet): number {
  const [timeA, timeB] = [a.metadata.creationTimestamp ?? "", b.metadata.creationTimestamp ?? ""];
  if (timeA !== timeB) return timeA < timeB ? -1 : 1;
  return a.metadata.name < b.metadata.name ? -1 : Number(a.metadata.name > b.metadata.name);
}

/** The same size, and the numbers that a later change of the Deployment's size is measured against. */
export function withReplicas(replicaSet: ReplicaSet, replicas: number, deployment: Deployment): ReplicaSet {
  const desired = desiredReplicas(deployment);
  return {
    ...replicaSet,
    metadata: {
      ...replicaSet.metadata,
      annotations: {
        ...replicaSet.metadata.annotations,
        [DESIRED_REPLICAS]: String(desired),
        [MAX_REPLICAS]: String(desired + maxSurge(deployment)),
      },
    },
    spec: { ...replicaSet.spec, replicas },
  };
}

/** What the Deployment's size was when the ReplicaSet was last scaled, if that is known. */
export function recordedDesired(replicaSet: ReplicaSet): number | undefined {
  return readCount(replicaSet, DESIRED_REPLICAS);
}

/** The most pods that there could be when the ReplicaSet was last scaled, if that is known. */
export function recordedMax(replicaSet: ReplicaSet): number | undefined {
  return readCount(replicaSet, MAX_REPLICAS);
}

/** The name that the current ReplicaSet gets when it is created. */
export function nameOfCurrent(deployment: Deployment): string {
  const hash = templateHash(deployment);
  return `${deployment.metadata.name.slice(0, MAX_NAME_LENGTH - hash.length - 1)}-${hash}`;
}

/** The current ReplicaSet that is yet to be created, without pods and annotations. */
export function newReplicaSet(deployment: Deployment): ReplicaSet {
  const { namespace } = deployment.metadata;
  const { template, selector, minReadySeconds } = deployment.spec;
  const hashLabel = { [HASH_LABEL]: templateHash(deployment) };
  const labels = { ...template.metadata?.labels, ...hashLabel };
  return {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: {
      name: nameOfCurrent(deployment),
      ...(namespace !== undefined && { namespace }),
      labels,
      ownerReferences: [controllerReference(deployment)],
      uid: "",
    },
    spec: {
      replicas: 0,
      ...(minReadySeconds !== undefined && { minReadySeconds }),
      selector: { ...selector, matchLabels: { ...selector?.matchLabels, ...hashLabel } },
      template: { ...template, metadata: { ...template.metadata, labels } },
    },
  };
}

/** The writes that turn the ReplicaSets into what they should be, each with the event that it is worth. */
export function planReplicaSets(
  deployment: Deployment,
  from: ReplicaSets,
  to: ReplicaSets,
): readonly Action[] {
  const before = new Map(allOf(from).map((each) => [each.metadata.uid, each]));
  const next = to.current === undefined ? to.old : [to.current, ...to.old];
  return next.flatMap((replicaSet) => {
    const present = before.get(replicaSet.metadata.uid);
    if (present === undefined) return create(deployment, replicaSet);
    if (semanticallyEqual(present, replicaSet)) return [];
    return [
      { type: "update", object: replicaSet },
      ...scaled(deployment, replicaSet.metadata.name, replicasOf(present), replicasOf(replicaSet)),
    ] satisfies Action[];
  });
}

function create(deployment: Deployment, replicaSet: ReplicaSet): readonly Action[] {
  const { uid: _, ...metadata } = replicaSet.metadata;
  const failed = {
    type: "Warning",
    reason: "ReplicaSetCreateError",
    message: `Failed to create new replica set ${JSON.stringify(metadata.name)}: {error}`,
  } as const;
  return [
    { type: "create", object: { ...replicaSet, metadata }, report: { about: deployment, failed } },
    ...scaled(deployment, metadata.name, 0, replicasOf(replicaSet)),
  ];
}

function scaled(deployment: Deployment, name: string, from: number, to: number): readonly Action[] {
  if (from === to) return [];
  const message = `Scaled ${from < to ? "up" : "down"} replica set ${name} from ${String(from)} to ${String(to)}`;
  return [
    { type: "event", about: deployment, event: { type: "Normal", reason: "ScalingReplicaSet", message } },
  ];
}

function templateHash({ spec, status }: Deployment): string {
  return hashObject(spec.template, status?.collisionCount);
}

/** The ReplicaSet's template has the hash label in addition. */
function isSameTemplate(
  template: ReplicaSet["spec"]["template"],
  wanted: Deployment["spec"]["template"],
): boolean {
  return semanticallyEqual(withoutHash(template), withoutHash(wanted));
}

function withoutHash(template: ReplicaSet["spec"]["template"]): ReplicaSet["spec"]["template"] {
  const { [HASH_LABEL]: _, ...labels } = template?.metadata?.labels ?? {};
  return { ...template, metadata: { ...template?.metadata, labels } };
}

function readCount({ metadata }: ReplicaSet, annotation: string): number | undefined {
  const text = metadata.annotations?.[annotation] ?? "";
  const count = /^\d+$/.test(text) ? Number(text) : undefined;
  return count !== undefined && count <= 2 ** 31 - 1 ? count : undefined;
}
