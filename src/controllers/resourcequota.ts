import { amountsOf, type ResourceAmounts } from "#api/core/v1/pod-resources.ts";
import { areSameAmounts, only, sumOf, toResourceList } from "#api/core/v1/quota/amounts.ts";
import { quotaEvaluatorOf, usageWithin } from "#api/core/v1/quota/quota-evaluators.ts";
import type { PersistentVolumeClaim, Pod, ResourceQuota, Service } from "#api/generated/core-v1.ts";
import type { KubeObject } from "#apimachinery/meta.ts";
import type { QualifiedResource } from "#apimachinery/status-error.ts";
import type { Plan } from "#reconcile/action.ts";
import type { WatchedKind } from "#reconcile/caches.ts";
import { defineController } from "#reconcile/controller.ts";

/** Everything is counted anew after this time, whatever has happened (upstream `--resource-quota-sync-period`). */
const RESYNC_MS = 300_000;

/** How soon somebody looks again for resources that do not exist yet (upstream looks for new ones this often). */
const UNKNOWN_MS = 30_000;

/** What a namespace has of one resource that its quota bounds. */
export interface BoundedContent {
  readonly resource: QualifiedResource;
  readonly objects: readonly KubeObject[];
}

export interface ResourceQuotaView {
  readonly quota: ResourceQuota;
  readonly content: readonly BoundedContent[];
  readonly now: Date;
}

/** Counts what namespaces use of their quotas. Admission adds to that; this controller takes note of what goes. */
export const resourceQuotaController = defineController<ResourceQuotaView>({
  name: "resourcequota",
  primary: "ResourceQuota",
  watches: [
    {
      kind: "ResourceQuota",
      wakes: "itself",
      // Admission writes the status as objects come.
      when: (quota, previous) => !Bun.deepEquals(quota.spec, previous?.spec),
    },
    {
      kind: "*",
      except: ["Event", "events.k8s.io/v1/Event"],
      wakes: (object, caches) => {
        const { namespace = "" } = object.metadata;
        const quotas = namespace === "" ? [] : caches.list("ResourceQuota", namespace);
        const resource = quotas.length === 0 ? undefined : caches.kindOf(object);
        return resource === undefined
          ? []
          : quotas
              .filter((quota) => bounds(quota, qualifiedOf(resource)))
              .map(({ metadata: { name } }) => ({ kind: "ResourceQuota", namespace, name }));
      },
      when: usesLess,
    },
  ],
  writes: ["ResourceQuota/status"],
  observe: ({ namespace, name }, caches, now) => {
    const quota = caches.get("ResourceQuota", namespace, name);
    if (quota === undefined) return undefined;
    const content = caches
      .kinds()
      .filter((each) => each.resource.namespaced && bounds(quota, qualifiedOf(each)))
      .map((each) => ({ resource: qualifiedOf(each), objects: caches.listOf(each.kind, namespace) }));
    return { quota, content, now };
  },
  plan: planResourceQuota,
});

function qualifiedOf({ resource: { group, name } }: WatchedKind): QualifiedResource {
  return { group, resource: name };
}

function bounds({ spec }: ResourceQuota, resource: QualifiedResource): boolean {
  const evaluator = quotaEvaluatorOf(resource);
  return evaluator !== undefined && Object.keys(spec.hard ?? {}).some(evaluator.covers);
}

/** Whether an object may use less than before. What is new has been counted when it was admitted. */
function usesLess(object: KubeObject, previous: KubeObject | undefined): boolean {
  if (previous === undefined) return false;
  switch (object.kind) {
    case "Pod":
      return !Bun.deepEquals(podChange(object as Pod), podChange(previous as Pod));
    case "Service":
      return !Bun.deepEquals((object as Service).spec, (previous as Service).spec);
    case "PersistentVolumeClaim":
      return !Bun.deepEquals(
        claimChange(object as PersistentVolumeClaim),
        claimChange(previous as PersistentVolumeClaim),
      );
    default:
      return false;
  }
}

/** Nodes say what a pod has while it is being resized. */
function podChange({ metadata, status }: Pod): readonly unknown[] {
  const { phase, containerStatuses = [], initContainerStatuses = [], conditions = [] } = status ?? {};
  return [
    phase === "Failed" || phase === "Succeeded",
    metadata.generation,
    [status ?? {}, ...containerStatuses, ...initContainerStatuses].map(
      ({ resources, allocatedResources }) => [resources, allocatedResources],
    ),
    conditions.find(({ type }) => type === "PodResizePending")?.reason,
  ];
}

function claimChange({ spec, status }: PersistentVolumeClaim): readonly unknown[] {
  return [
    spec,
    status?.allocatedResources,
    status?.currentVolumeAttributesClassName,
    status?.modifyVolumeStatus,
  ];
}

export function planResourceQuota({ quota, content, now }: ResourceQuotaView): Plan {
  const { spec, status } = quota;
  const counted = countedBy(quota, content, now);
  const names = Object.keys(spec.hard ?? {});
  const before = amountsOf(status?.used);
  const used = only(new Map([...before, ...counted]), names);
  const hard = amountsOf(spec.hard);
  const isCurrent =
    status?.hard !== undefined &&
    status.used !== undefined &&
    areSameAmounts(amountsOf(status.hard), hard) &&
    areSameAmounts(before, used);
  const object = { ...quota, status: { hard: toResourceList(hard), used: toResourceList(used) } };
  const isUnknown = names.some((name) => !used.has(name));
  return {
    actions: isCurrent ? [] : [{ type: "updateStatus", object }],
    requeueAfterMs: isUnknown ? UNKNOWN_MS : RESYNC_MS,
  };
}

function countedBy(quota: ResourceQuota, content: readonly BoundedContent[], now: Date): ResourceAmounts {
  return sumOf(
    ...content.flatMap(({ resource, objects }) => {
      const evaluator = quotaEvaluatorOf(resource);
      return evaluator === undefined ? [] : [usageWithin(quota, objects, evaluator, now.getTime())];
    }),
  );
}
