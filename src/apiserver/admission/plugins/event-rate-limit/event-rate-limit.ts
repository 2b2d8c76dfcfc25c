import type { Event } from "#api/generated/core-v1.ts";
import type { StatusError } from "#apimachinery/status-error.ts";
import { tooManyRequests } from "#apimachinery/status-error.ts";
import type { Clock } from "#base/clock.ts";
import { LruMap } from "#base/lru-map.ts";
import { TokenBucket } from "#base/token-bucket.ts";
import {
  type AdmissionPlugin,
  type AdmissionRequest,
  defineAdmissionPlugin,
} from "../../admission-plugin.ts";
import type { EventLimit, LimitType } from "./event-limits.ts";

/** The default of kube-apiserver. */
const CACHE_SIZE = 4096;

/** Bounds how fast events come: a component that has lost its head must not fill the store with them. */
export function eventRateLimit(limits: readonly EventLimit[]): AdmissionPlugin {
  const enforcers = limits.map(enforcerOf);
  return defineAdmissionPlugin({
    name: "EventRateLimit",
    operations: ["CREATE", "UPDATE"],
    resources: ["events", "events.events.k8s.io"],
    validate: (request, { clock }) =>
      // Each counts the event, also behind one that is against it.
      enforcers.map((enforce) => enforce(request, clock)).findLast((refusal) => refusal !== undefined),
  });
}

type Enforce = (request: AdmissionRequest, clock: Pick<Clock, "now">) => StatusError | undefined;

function enforcerOf({ type, qps, burst, cacheSize = 0 }: EventLimit): Enforce {
  const buckets = new LruMap<string, TokenBucket>(cacheSize === 0 ? CACHE_SIZE : cacheSize);
  return (request, clock) => {
    const key = keyOf(type, request);
    const bucket = buckets.get(key) ?? new TokenBucket({ ratePerSecond: qps, burst }, clock);
    buckets.set(key, bucket);
    return bucket.tryTake() ? undefined : tooManyRequests(`limit reached on type ${type} for key ${key}`, 0);
  };
}

function keyOf(type: LimitType, { namespace, user, object }: AdmissionRequest): string {
  switch (type) {
    case "Server":
      return "";
    case "Namespace":
      return namespace;
    case "User":
      return user.name;
    case "SourceAndObject":
      return sourceAndObject(object as Event);
  }
}

function sourceAndObject({ source = {}, involvedObject = {} }: Partial<Event>): string {
  const { kind, namespace, name, uid, apiVersion } = involvedObject;
  return [source.component, source.host, kind, namespace, name, uid, apiVersion].join("");
}
