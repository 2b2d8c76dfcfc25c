import type { Pod } from "#api/generated/core-v1.ts";
import type { Eviction, PodDisruptionBudget } from "#api/generated/policy-v1.ts";
import { type KindName, resourceOf } from "#api/resource.ts";
import type { DeleteOptions, WriteOptions } from "#apimachinery/request.ts";
import { badRequest, isConflict, notFound, StatusError, unclassified } from "#apimachinery/status-error.ts";
import { formatTime } from "#apimachinery/time.ts";
import type { ObjectResponse } from "../storage/responses.ts";
import { admitBody } from "../verbs/admit-body.ts";
import { decodeAs } from "../verbs/decode-body.ts";
import { deleteObject } from "../verbs/delete.ts";
import { successResponse } from "../verbs/deleted-response.ts";
import { checkPreconditions } from "../verbs/plan-deletion.ts";
import type { RequestScope } from "../verbs/request-scope.ts";
import { updateObject } from "../verbs/update-object.ts";
import type { WriteEnvironment } from "../verbs/write-environment.ts";
import { withCondition } from "./bind-pod.ts";
import {
  budgetsOf,
  canComeBack,
  canIgnoreBudgets,
  mayEvictUnready,
  spendDisruption,
  stillProcessing,
} from "./evict-pod.ts";
import { statusStrategy } from "./status.ts";
import type { SubresourceHandler } from "./subresource.ts";

const EVICTION = { group: "policy", version: "v1", kind: "Eviction" };

const DISRUPTION = {
  type: "DisruptionTarget",
  status: "True",
  reason: "EvictionByEvictionAPI",
  message: "Eviction API: evicting",
} as const;

/** Deletes a pod if the disruption budgets that count it allow that. */
export const evictionSubresource: SubresourceHandler = {
  create: async (environment, scope, body, options = {}) => {
    const decoded = decodeAs<Eviction>(environment, scope, EVICTION, body, options);
    const eviction = await admitBody(environment, scope, decoded, options);
    if (eviction.metadata.name !== scope.target.name) {
      throw badRequest("name in URL does not match name in Eviction object");
    }
    const deleteOptions = deleteOptionsOf(eviction, options);
    // What follows from an eviction has been admitted with it.
    const admission = environment.admission.withPlugins([]);
    return await evict({ ...environment, admission }, scope, deleteOptions);
  },
};

function deleteOptionsOf({ deleteOptions = {} }: Eviction, { dryRun = false }: WriteOptions): DeleteOptions {
  const { gracePeriodSeconds, propagationPolicy, preconditions, dryRun: bodyDryRun = [] } = deleteOptions;
  return {
    dryRun: dryRun || bodyDryRun.length > 0,
    ...(gracePeriodSeconds !== undefined && { gracePeriodSeconds }),
    ...(propagationPolicy !== undefined && {
      // Deleting checks that it is one.
      propagationPolicy: propagationPolicy as NonNullable<DeleteOptions["propagationPolicy"]>,
    }),
    ...(preconditions !== undefined && { preconditions }),
  };
}

async function evict(
  environment: WriteEnvironment,
  scope: RequestScope,
  options: DeleteOptions,
): Promise<ObjectResponse> {
  for (;;) {
    const pod = readPod(environment, scope);
    const isGuarded = !canIgnoreBudgets(pod);
    const budget = isGuarded ? findBudget(environment, pod) : undefined;
    const mayGo = budget === undefined || mayEvictUnready(pod, budget);
    if (!mayGo) await spend(environment, scope, budget, options);
    const mustBeThisState = isGuarded ? budget !== undefined && mayGo : canComeBack(pod);
    try {
      await deletePod(environment, scope, mustBeThisState ? pinned(options, pod) : options);
      return successResponse(scope);
    } catch (error) {
      const isRace = isConflict(error) && options.preconditions?.resourceVersion === undefined;
      if (!isRace || !mustBeThisState) throw error;
      // The pod has come into service while nobody counted it: the client is to ask again.
      if (budget !== undefined) throw stillProcessing(budget.metadata.name);
      scope.context.signal.throwIfAborted();
    }
  }
}

function readPod({ objects }: WriteEnvironment, { served, target }: RequestScope): Pod {
  const { namespace = "", name = "" } = target;
  const pod = objects.get("Pod", { namespace, name });
  if (pod === undefined) throw notFound(served.qualified, name);
  return pod;
}

function findBudget({ objects }: WriteEnvironment, pod: Pod): PodDisruptionBudget | undefined {
  const [budget, second] = budgetsOf(pod, objects.list("PodDisruptionBudget", pod.metadata.namespace));
  if (second !== undefined) {
    throw unclassified(
      "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.",
    );
  }
  return budget;
}

/** Takes one disruption from the budget. Throws TooManyRequests when it has none. */
async function spend(
  environment: WriteEnvironment,
  scope: RequestScope,
  { metadata: { name } }: PodDisruptionBudget,
  { dryRun = false }: DeleteOptions,
): Promise<void> {
  const options = { kind: "UpdateOptions", options: { dryRun } } as const;
  await updateObject(environment, statusScope(environment, scope, "PodDisruptionBudget", name), {
    strategy: statusStrategy,
    change: (present) => {
      const now = formatTime(environment.clock.now());
      const spent = spendDisruption(present as PodDisruptionBudget, scope.target.name ?? "", now);
      if (spent instanceof StatusError) throw spent;
      return spent;
    },
    options,
  });
}

async function deletePod(
  environment: WriteEnvironment,
  scope: RequestScope,
  options: DeleteOptions,
): Promise<void> {
  const { subresource: _, ...target } = scope.target;
  const podScope = { ...scope, target };
  if (options.dryRun === true) {
    await deleteObject(environment, podScope, options);
    return;
  }
  const { written } = await updateObject(
    environment,
    statusScope(environment, scope, "Pod", scope.target.name ?? ""),
    {
      strategy: statusStrategy,
      change: (present) => markDisrupted(present as Pod, options, formatTime(environment.clock.now())),
      options: { kind: "UpdateOptions", options: {} },
    },
  );
  const revision = written.entry?.revision;
  const isPinned = options.preconditions?.resourceVersion !== undefined && revision !== undefined;
  const preconditions = { ...options.preconditions, resourceVersion: String(revision) };
  await deleteObject(environment, podScope, isPinned ? { ...options, preconditions } : options);
}

/** The pod on its way out, if it is still the one that the request is about. */
function markDisrupted(pod: Pod, options: DeleteOptions, now: string): Pod {
  const refusal = checkPreconditions(pod, "", options);
  if (refusal !== undefined) throw refusal;
  return { ...pod, status: withCondition(pod.status ?? {}, DISRUPTION, now) };
}

function pinned(options: DeleteOptions, { metadata: { resourceVersion } }: Pod): DeleteOptions {
  if (resourceVersion === undefined || options.preconditions?.resourceVersion !== undefined) return options;
  return { ...options, preconditions: { ...options.preconditions, resourceVersion } };
}

function statusScope(
  { registry }: WriteEnvironment,
  scope: RequestScope,
  kind: KindName,
  name: string,
): RequestScope {
  const served = registry.get(resourceOf(kind));
  const { group, version, name: resource } = served.resource;
  const { namespace } = scope.target;
  return {
    ...scope,
    served,
    target: {
      group,
      version,
      resource,
      subresource: "status",
      name,
      ...(namespace !== undefined && { namespace }),
    },
  };
}
