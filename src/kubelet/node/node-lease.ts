import type { Lease } from "#api/generated/coordination-v1.ts";
import type { Node } from "#api/generated/core-v1.ts";
import type { NewObject } from "#apimachinery/meta.ts";
import { isNotFound } from "#apimachinery/status-error.ts";
import { formatMicroTime } from "#apimachinery/time.ts";
import { Backoff } from "#base/backoff.ts";
import type { Clock } from "#base/clock.ts";
import type { Client } from "#client/client.ts";
import type { Logger } from "#observability/logger.ts";

export interface NodeLeaseDependencies {
  readonly client: Pick<Client, "get" | "create" | "update">;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly logger: Logger;
  /** The node, once it is registered. */
  readonly node: () => Node | undefined;
}

/** A lease is renewed so many times as often as it must be (`nodeLeaseRenewIntervalFraction`). */
const RENEWALS = 4;
/** Renewals of many nodes spread over this share more (`component-helpers/apimachinery/lease`). */
const JITTER = 0.04;
/** Upstream doubles its pause to seven seconds too; four tries still fit into what is left of a lease. */
const RETRY = { initialMs: 1000, maxMs: 7000, factor: 2, jitter: JITTER };
const NAMESPACE = "kube-node-lease";

export interface NodeLeaseOptions {
  readonly nodeName: string;
  /** When the node is taken for dead without a renewal. */
  readonly durationSeconds: number;
}

/** Says again and again that the node is alive: a Lease is cheaper than the whole status. */
export async function keepNodeLease(
  options: NodeLeaseOptions,
  dependencies: NodeLeaseDependencies,
  signal: AbortSignal,
): Promise<void> {
  const { clock, random, logger } = dependencies;
  const retry = new Backoff(RETRY, { clock, random });
  let lease: Lease | undefined;
  while (!signal.aborted) {
    let pause = ((options.durationSeconds * 1000) / RENEWALS) * (1 + JITTER * random());
    try {
      lease = await renew(options, lease, dependencies);
      retry.reset();
    } catch (error) {
      // What is stored may be another than what was renewed last.
      lease = undefined;
      pause = retry.next();
      logger.warn("Could not renew node lease", { node: options.nodeName, error });
    }
    await clock.sleep(pause, signal);
  }
}

async function renew(
  { nodeName, durationSeconds }: NodeLeaseOptions,
  known: Lease | undefined,
  { client, clock, node }: NodeLeaseDependencies,
): Promise<Lease> {
  const present = known ?? (await findLease(nodeName, client));
  const owner = node();
  const { ownerReferences: stored = [], ...metadata } = present?.metadata ?? {
    name: nodeName,
    namespace: NAMESPACE,
  };
  const own = owner === undefined ? [] : [ownerReference(owner)];
  const lease = {
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: { ...metadata, ownerReferences: stored.length > 0 ? stored : own },
    spec: {
      ...present?.spec,
      holderIdentity: nodeName,
      leaseDurationSeconds: durationSeconds,
      renewTime: formatMicroTime(clock.now()),
    },
  } as const;
  if (present === undefined) return client.create("Lease", lease satisfies NewObject<Lease>);
  return client.update("Lease", { ...lease, metadata: { ...present.metadata, ...lease.metadata } });
}

async function findLease(name: string, client: Pick<Client, "get">): Promise<Lease | undefined> {
  try {
    return await client.get("Lease", { namespace: NAMESPACE, name });
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

function ownerReference({ metadata: { name, uid } }: Node) {
  return { apiVersion: "v1", kind: "Node", name, uid };
}
