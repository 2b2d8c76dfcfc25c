import type { Deployment, ReplicaSet } from "#api/generated/apps-v1.ts";
import type { Action } from "#reconcile/action.ts";
import { refTo } from "#reconcile/claim.ts";
import { byCreation, type ReplicaSets, replicasOf } from "./replica-sets.ts";

/** The place of a ReplicaSet in the history of its Deployment, counted from 1; `kubectl rollout` reads it. */
export const REVISION = "deployment.kubernetes.io/revision";
/** The revisions that a ReplicaSet had before a rollback to it. */
const REVISION_HISTORY = "deployment.kubernetes.io/revision-history";

/** About 100 revisions (upstream's number). */
const MAX_HISTORY_CHARACTERS = 2000;

/** A history without limit. */
const UNLIMITED = 2 ** 31 - 1;

/** Annotations of a Deployment that its ReplicaSets do not inherit. */
const NOT_INHERITED = new Set([
  "kubectl.kubernetes.io/last-applied-configuration",
  REVISION,
  REVISION_HISTORY,
  "deployment.kubernetes.io/desired-replicas",
  "deployment.kubernetes.io/max-replicas",
  "deprecated.deployment.rollback.to",
]);

type Annotations = Readonly<Record<string, string>>;

/** The current ReplicaSet with the Deployment's annotations and the highest revision of all. */
export function withRevision(
  current: ReplicaSet,
  old: readonly ReplicaSet[],
  deployment: Deployment,
): ReplicaSet {
  const revision = Math.max(0, ...old.map((each) => revisionOf(each) ?? 0)) + 1;
  const inherited = Object.entries(deployment.metadata.annotations ?? {}).filter(
    ([key]) => !NOT_INHERITED.has(key),
  );
  const annotations = { ...current.metadata.annotations, ...Object.fromEntries(inherited) };
  return {
    ...current,
    metadata: { ...current.metadata, annotations: raiseRevision(annotations, revision) },
  };
}

/** The revision of a ReplicaSet: 0 without one, undefined when the annotation is not a number. */
export function revisionOf({ metadata }: ReplicaSet): number | undefined {
  const text = metadata.annotations?.[REVISION];
  if (text === undefined) return 0;
  return /^[+-]?\d+$/.test(text) ? Number(text) : undefined;
}

/** A revision only grows; one that is left behind by a rollback is kept as history. */
function raiseRevision(annotations: Annotations, revision: number): Annotations {
  const before = annotations[REVISION];
  if (before !== undefined && before !== "" && !/^[+-]?\d+$/.test(before)) return annotations;
  if (Number(before ?? "0") >= revision) return annotations;
  const raised = { ...annotations, [REVISION]: String(revision) };
  if (before === undefined) return raised;
  const history = appendHistory(annotations[REVISION_HISTORY] ?? "", before);
  return history === undefined ? raised : { ...raised, [REVISION_HISTORY]: history };
}

/** Drops the oldest revisions while the text is too long; undefined when the newest alone would be. */
function appendHistory(history: string, revision: string): string | undefined {
  if (history === "") return revision;
  const revisions = [...history.split(","), revision];
  while (revisions.length > 1 && revisions.join(",").length > MAX_HISTORY_CHARACTERS) revisions.shift();
  const text = revisions.join(",");
  return text.length <= MAX_HISTORY_CHARACTERS ? text : undefined;
}

/** Deletes the oldest ReplicaSets beyond the history limit, but none that has or may get pods. */
export function planHistory({ spec }: Deployment, { old }: ReplicaSets): readonly Action[] {
  const limit = spec.revisionHistoryLimit ?? UNLIMITED;
  if (limit === UNLIMITED) return [];
  const kept = old.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  return kept
    .toSorted(byRevision)
    .slice(0, Math.max(0, kept.length - limit))
    .filter(isIdle)
    .map((each) => ({ type: "delete", target: refTo(each, "ReplicaSet"), uid: each.metadata.uid }));
}

function byRevision(a: ReplicaSet, b: ReplicaSet): number {
  const [revisionA, revisionB] = [revisionOf(a), revisionOf(b)];
  if (revisionA === undefined || revisionB === undefined || revisionA === revisionB) return byCreation(a, b);
  return revisionA - revisionB;
}

function isIdle(replicaSet: ReplicaSet): boolean {
  const { metadata, status } = replicaSet;
  const isObserved = (metadata.generation ?? 0) <= (status?.observedGeneration ?? 0);
  return replicasOf(replicaSet) === 0 && (status?.replicas ?? 0) === 0 && isObserved;
}
