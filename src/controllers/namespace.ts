import type { Namespace, NamespaceCondition } from "#api/generated/core-v1.ts";
import { setCondition } from "#apimachinery/conditions.ts";
import { formatApiVersion, type KubeObject } from "#apimachinery/meta.ts";
import { formatTime } from "#apimachinery/time.ts";
import type { Action, Plan, Requirement } from "#reconcile/action.ts";
import type { WatchedKind } from "#reconcile/caches.ts";
import { refTo } from "#reconcile/claim.ts";
import { defineController, type FailedWrite } from "#reconcile/controller.ts";

/** Holds a namespace until this controller has removed what is in it. */
const FINALIZER = "kubernetes";

/** Somebody waits for a namespace to go (upstream `nsControllerRateLimiter`). */
const MAX_RETRY_MS = 60_000;

/** How soon somebody looks again whether a server says what it has (as soon as upstream tries for the first time). */
const UNDISCOVERED_MS = 5000;

/** What a namespace has of one kind. */
export interface Content extends WatchedKind {
  readonly objects: readonly KubeObject[];
}

export interface NamespaceView {
  readonly namespace: Namespace;
  /** Every namespaced kind, those without objects included. */
  readonly content: readonly Content[];
  /** The `apiVersion`s in which there may be more: nobody says what kinds they have. */
  readonly undiscovered: readonly string[];
  readonly now: Date;
  readonly failed: FailedWrite | undefined;
}

/** Removes the content of namespaces that are being deleted. */
export const namespaceController = defineController<NamespaceView>({
  name: "namespace",
  primary: "Namespace",
  workers: 10,
  maxRetryMs: MAX_RETRY_MS,
  watches: [
    { kind: "Namespace", wakes: "itself", when: ({ metadata }) => metadata.deletionTimestamp !== undefined },
    {
      kind: "*",
      // The events of this group are those of the core group, seen another way.
      except: ["events.k8s.io/v1/Event"],
      wakes: ({ metadata: { namespace = "" } }, caches) => {
        const owner = namespace === "" ? undefined : caches.get("Namespace", "", namespace);
        const isEmptied = owner?.metadata.deletionTimestamp !== undefined;
        return isEmptied ? [{ kind: "Namespace", namespace: "", name: namespace }] : [];
      },
    },
  ],
  writes: ["*"],
  observe: ({ name }, caches, now, failed) => {
    const namespace = caches.get("Namespace", "", name);
    if (namespace?.metadata.deletionTimestamp === undefined) return undefined;
    const undiscovered = caches.undiscovered();
    const kinds = caches
      .kinds()
      .filter(({ resource }) => resource.namespaced && !undiscovered.includes(formatApiVersion(resource)));
    const content = kinds.map((each) => ({ ...each, objects: caches.listOf(each.kind, name) }));
    return { namespace, content, undiscovered, now, failed };
  },
  plan: planNamespace,
});

/** Deletes pods first and then everything else; the namespace itself goes when nothing is left. */
export function planNamespace(view: NamespaceView): Plan {
  const { namespace, content, undiscovered } = view;
  if (namespace.metadata.deletionTimestamp === undefined) return { actions: [] };
  const remaining = content.filter(({ objects }) => objects.length > 0).toSorted(byResource);
  const deletions = planDeletions(remaining, view.failed);
  const isHeld = namespace.spec?.finalizers?.includes(FINALIZER) === true;
  // A status write would make the finalization, which goes by the same version, miss.
  if (remaining.length === 0 && isHeld && undiscovered.length === 0)
    return { actions: [planFinalization(view)] };
  // What goes at once is not worth being told of.
  const isTold = deletions.length === 0 || view.failed !== undefined;
  const actions = [...(isTold ? planStatus(view, remaining) : planPhase(namespace)), ...deletions];
  return { actions, ...(undiscovered.length > 0 && { requeueAfterMs: UNDISCOVERED_MS }) };
}

/** Pods use what else there is, so everything else waits for them (KEP-5080). */
function planDeletions(remaining: readonly Content[], failed: FailedWrite | undefined): readonly Action[] {
  const pods = remaining.filter(({ kind }) => kind === "Pod");
  const deletions = (pods.length > 0 ? pods : remaining).flatMap(({ kind, objects }) =>
    objects
      .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
      .toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
      .map((object) => deletionOf(object, kind)),
  );
  const failedUid = failed?.action.type === "delete" ? failed.action.uid : undefined;
  // What could not be deleted must not keep the rest from being deleted.
  return deletions.toSorted((a, b) => Number(a.uid === failedUid) - Number(b.uid === failedUid));
}

function deletionOf(object: KubeObject, kind: string): Extract<Action, { type: "delete" }> {
  const { uid } = object.metadata;
  return { type: "delete", target: refTo(object, kind), uid, propagationPolicy: "Background" };
}

/** The server is asked once more, as an object could have been created that the caches do not show yet. */
function planFinalization({ namespace, content }: NamespaceView): Action {
  const requires = content.map(
    ({ kind }): Requirement => ({ type: "empty", kind, namespace: namespace.metadata.name }),
  );
  const finalizers = namespace.spec?.finalizers?.filter((each) => each !== FINALIZER) ?? [];
  const object: Namespace = { ...namespace, spec: { ...namespace.spec, finalizers } };
  return { type: "update", object, subresource: "finalize", requires };
}

function planPhase(namespace: Namespace): readonly Action[] {
  if (namespace.status?.phase === "Terminating") return [];
  const object: Namespace = { ...namespace, status: { ...namespace.status, phase: "Terminating" } };
  return [{ type: "updateStatus", object }];
}

function planStatus(view: NamespaceView, remaining: readonly Content[]): readonly Action[] {
  const { namespace, now } = view;
  const before = namespace.status?.conditions ?? [];
  const time = formatTime(now.getTime());
  const conditions = conditionsOf(view, remaining).reduce(
    (all: readonly NamespaceCondition[], condition) => setCondition(all, condition, time),
    before,
  );
  if (conditions === before) return planPhase(namespace);
  const object: Namespace = {
    ...namespace,
    status: { ...namespace.status, phase: "Terminating", conditions },
  };
  return [{ type: "updateStatus", object }];
}

function conditionsOf(
  { failed, undiscovered }: NamespaceView,
  remaining: readonly Content[],
): readonly NamespaceCondition[] {
  return [
    discoveryCondition(undiscovered),
    good(
      "NamespaceDeletionGroupVersionParsingFailure",
      "ParsedGroupVersions",
      "All legacy kube types successfully parsed",
    ),
    failed === undefined
      ? good(
          "NamespaceDeletionContentFailure",
          "ContentDeleted",
          "All content successfully deleted, may be waiting on finalization",
        )
      : bad(
          "NamespaceDeletionContentFailure",
          "ContentDeletionFailed",
          `Failed to delete all resource types, 1 remaining: ${failed.message}`,
        ),
    contentCondition(remaining),
    finalizerCondition(remaining),
  ];
}

function discoveryCondition(undiscovered: readonly string[]): NamespaceCondition {
  const type = "NamespaceDeletionDiscoveryFailure";
  if (undiscovered.length === 0)
    return good(type, "ResourcesDiscovered", "All resources successfully discovered");
  const stale = undiscovered.map((each) => `${each}: stale GroupVersion discovery: ${each}`).toSorted();
  return bad(
    type,
    "DiscoveryFailed",
    `Discovery failed for some groups, ${String(stale.length)} failing: unable to retrieve the complete list of server APIs: ${stale.join(", ")}`,
  );
}

function contentCondition(remaining: readonly Content[]): NamespaceCondition {
  const counts = remaining.map(
    ({ resource, objects }) =>
      `${resource.name}.${resource.group} has ${String(objects.length)} resource instances`,
  );
  return counts.length === 0
    ? good("NamespaceContentRemaining", "ContentRemoved", "All content successfully removed")
    : bad(
        "NamespaceContentRemaining",
        "SomeResourcesRemain",
        `Some resources are remaining: ${counts.join(", ")}`,
      );
}

function finalizerCondition(remaining: readonly Content[]): NamespaceCondition {
  const counts = new Map<string, number>();
  for (const { metadata } of remaining.flatMap(({ objects }) => objects)) {
    for (const finalizer of metadata.finalizers ?? [])
      counts.set(finalizer, (counts.get(finalizer) ?? 0) + 1);
  }
  if (counts.size === 0) {
    return good(
      "NamespaceFinalizersRemaining",
      "ContentHasNoFinalizers",
      "All content-preserving finalizers finished",
    );
  }
  const texts = [...counts].map(
    ([finalizer, count]) => `${finalizer} in ${String(count)} resource instances`,
  );
  return bad(
    "NamespaceFinalizersRemaining",
    "SomeFinalizersRemain",
    `Some content in the namespace has finalizers remaining: ${texts.toSorted().join(", ")}`,
  );
}

function good(type: string, reason: string, message: string): NamespaceCondition {
  return { type, status: "False", reason, message };
}

function bad(type: string, reason: string, message: string): NamespaceCondition {
  return { type, status: "True", reason, message };
}

function byResource(a: Content, b: Content): number {
  const [nameA, nameB] = [`${a.resource.name}.${a.resource.group}`, `${b.resource.name}.${b.resource.group}`];
  return nameA < nameB ? -1 : 1;
}
