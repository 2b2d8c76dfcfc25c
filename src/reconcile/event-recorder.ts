import type { Event, ObjectReference } from "#api/generated/core-v1.ts";
import { checkDNS1123Subdomain } from "#apimachinery/formats.ts";
import type { KubeObject } from "#apimachinery/meta.ts";
import { hasCause, isAlreadyExists, isNotFound, StatusError } from "#apimachinery/status-error.ts";
import { formatTime } from "#apimachinery/time.ts";
import { BatchBuffer } from "#base/batch-buffer.ts";
import type { Clock } from "#base/clock.ts";
import { TaskGroup } from "#base/task-group.ts";
import type { TokenBucket } from "#base/token-bucket.ts";
import type { Client } from "#client/client.ts";
import type { Logger } from "#observability/logger.ts";
import type { EventFacts } from "./action.ts";
import { EventCorrelator, type NewEvent } from "./event-correlator.ts";

/** Tells users what happened to an object. */
export interface EventRecorder {
  /** Never fails and never waits: when the API server cannot keep up, events are lost. */
  record(about: KubeObject | ObjectReference, event: EventFacts): void;
}

export interface EventSource {
  /** Who reports, as `kubectl describe` shows it: `replicaset-controller`. */
  readonly component: string;
  /** The node that it reports from. */
  readonly host?: string;
}

export interface EventRecorderDependencies {
  readonly client: Pick<Client, "create" | "patch">;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly logger: Logger;
  /** How many events are written a second; absent for as many as there are. */
  readonly limit?: Pick<TokenBucket, "reserve">;
}

/** The numbers of client-go's `tools/record/event.go`. */
const MAX_QUEUED = 1000;
const MAX_TRIES = 12;
const RETRY_MS = 10_000;

/** Writes core/v1 Events as client-go's recorder does, in the background and until it is disposed. */
export class ApiEventRecorder implements EventRecorder, AsyncDisposable {
  readonly #source: EventSource;
  readonly #dependencies: EventRecorderDependencies;
  readonly #correlator: EventCorrelator;
  readonly #queue = new BatchBuffer<NewEvent>(MAX_QUEUED);
  readonly #tasks: TaskGroup;
  /** Makes the names of events that happen in one millisecond differ. */
  #sequence = 0;

  constructor(source: EventSource, dependencies: EventRecorderDependencies) {
    this.#source = source;
    this.#dependencies = dependencies;
    this.#correlator = new EventCorrelator(dependencies.clock);
    this.#tasks = new TaskGroup((error) => dependencies.logger.error("Event recorder ended", { error }));
    this.#tasks.run((signal) => this.#run(signal));
  }

  record(about: KubeObject | ObjectReference, facts: EventFacts): void {
    const event = this.#eventOf(referenceTo(about, facts.fieldPath), facts);
    const isFull = this.#queue.length >= MAX_QUEUED;
    if (isFull)
      this.#dependencies.logger.warn("Dropped event, too many are queued", { reason: facts.reason });
    else this.#queue.push(event);
  }

  /** What is queued is given up. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#queue.close();
    await this.#tasks[Symbol.asyncDispose]();
  }

  async #run(signal: AbortSignal): Promise<void> {
    for await (const batch of this.#queue) {
      for (const event of batch) {
        if (signal.aborted) return;
        await this.#record(event, signal);
      }
    }
  }

  async #record(event: NewEvent, signal: AbortSignal): Promise<void> {
    const correlated = this.#correlator.correlate(event);
    if (correlated === undefined) return;
    const { clock, random, logger, limit } = this.#dependencies;
    const wait = limit?.reserve() ?? 0;
    if (wait > 0) await clock.sleep(wait, signal).catch(() => undefined);
    for (let tries = 1; ; tries += 1) {
      try {
        this.#correlator.stored(await this.#write(correlated.event, correlated.isRepeat, signal));
        return;
      } catch (error) {
        if (signal.aborted) return;
        if (!isUnreachable(error) || tries === MAX_TRIES) {
          if (!isExpected(error)) logger.warn("Could not write event", { reason: event.reason, error });
          return;
        }
      }
      // The first pause is random, so that not all clients come back at the same moment.
      await clock.sleep(tries === 1 ? RETRY_MS * random() : RETRY_MS, signal).catch(() => undefined);
    }
  }

  async #write(event: NewEvent, isRepeat: boolean, signal: AbortSignal): Promise<Event> {
    const { client } = this.#dependencies;
    const { name = "", namespace = "" } = event.metadata;
    if (isRepeat) {
      const { count, lastTimestamp, message } = event;
      const patch = { type: "merge", document: { count, lastTimestamp, message } } as const;
      try {
        return await client.patch("Event", { namespace, name }, patch, { signal });
      } catch (error) {
        // Events are deleted after an hour; the repetition of one that is gone starts anew.
        if (!isNotFound(error)) throw error;
      }
    }
    return client.create("Event", event, { signal });
  }

  #eventOf(involvedObject: ObjectReference, { type, reason, message, action }: EventFacts): NewEvent {
    const now = this.#dependencies.clock.now();
    const timestamp = formatTime(now);
    const { component, host } = this.#source;
    const namespace = involvedObject.namespace ?? "";
    return {
      apiVersion: "v1",
      kind: "Event",
      metadata: {
        name: this.#nameFor(involvedObject.name ?? "", now),
        namespace: namespace === "" ? "default" : namespace,
      },
      involvedObject,
      reason,
      message,
      source: { component, ...(host !== undefined && { host }) },
      firstTimestamp: timestamp,
      lastTimestamp: timestamp,
      count: 1,
      type,
      ...(action !== undefined && { action }),
      reportingComponent: component,
      reportingInstance: host ?? "",
    };
  }

  /** The object's name and the nanosecond in hexadecimal, or a random name when that could not be one. */
  #nameFor(objectName: string, nowMs: number): string {
    this.#sequence = (this.#sequence + 1) % 1_000_000;
    const nanoseconds = BigInt(Math.floor(nowMs)) * 1_000_000n + BigInt(this.#sequence);
    const name = `${objectName}.${nanoseconds.toString(16)}`;
    return checkDNS1123Subdomain(name).length === 0 ? name : crypto.randomUUID();
  }
}

/** The reference that events, logs and API objects use for an object. */
export function referenceTo(about: KubeObject | ObjectReference, fieldPath?: string): ObjectReference {
  const reference = "metadata" in about ? objectReference(about) : about;
  return fieldPath === undefined ? reference : { ...reference, fieldPath };
}

function objectReference({ apiVersion, kind, metadata }: KubeObject): ObjectReference {
  const { name, namespace, uid, resourceVersion } = metadata;
  return {
    kind,
    ...(namespace !== undefined && { namespace }),
    name,
    uid,
    apiVersion,
    ...(resourceVersion !== undefined && { resourceVersion }),
  };
}

/** Only a server that could not be reached is worth another try; what it refuses, it would refuse again. */
function isUnreachable(error: unknown): boolean {
  return !(error instanceof StatusError) || error.status.reason === "ServiceUnavailable";
}

function isExpected(error: unknown): boolean {
  return isAlreadyExists(error) || hasCause(error, "NamespaceTerminating");
}
