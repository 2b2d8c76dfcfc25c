import { deepFreeze } from "#apimachinery/deep-freeze.ts";
import type { KubeList, KubeObject, NewObject, WatchEvent } from "#apimachinery/meta.ts";
import { formatApiVersion } from "#apimachinery/meta.ts";
import { applyMergePatch } from "#apimachinery/patch/merge-patch.ts";
import type {
  DeleteOptions,
  RequestOperation,
  RequestTarget,
  ResourceRequest,
  ResourceResponse,
} from "#apimachinery/request.ts";
import { alreadyExists, conflict, expired, modifiedConflict, notFound } from "#apimachinery/status-error.ts";
import { BatchBuffer } from "#base/batch-buffer.ts";
import { onAbort } from "#base/disposable.ts";
import type { Transport } from "#client/client.ts";

interface LoggedEvent {
  readonly resource: string;
  readonly revision: number;
  readonly event: WatchEvent;
}

interface Watcher {
  readonly target: RequestTarget;
  readonly buffer: BatchBuffer<WatchEvent>;
  /** Revision of the last event that it got. */
  at: number;
}

type Operation<V extends RequestOperation["verb"]> = Extract<RequestOperation, { verb: V }>;

/**
 * The protocol of the API server without its substance, for tests of what is built on watches: here the test decides
 * when a watch delivers, breaks or has to start again. It knows no defaults, validation, admission or selectors;
 * whatever needs those is tested against the real server in this process.
 */
export class ModelApi implements Transport {
  readonly #objects = new Map<string, KubeObject>();
  readonly #log: LoggedEvent[] = [];
  readonly #watchers = new Set<Watcher>();
  readonly #requests: ResourceRequest[] = [];
  #revision = 100;
  #compacted = 0;
  #held = false;
  #failure: ((request: ResourceRequest) => Error | undefined) | undefined;

  get revision(): number {
    return this.#revision;
  }

  /** Everything that was asked for, in order, as `verb resource[/subresource]`. */
  get requests(): readonly string[] {
    return this.#requests.map(
      ({ target, operation }) =>
        `${operation.verb} ${[target.resource, target.subresource].filter(Boolean).join("/")}`,
    );
  }

  objects(resource: string): readonly KubeObject[] {
    return [...this.#objects].filter(([key]) => key.startsWith(`${resource}/`)).map(([, object]) => object);
  }

  /** Writes as another client would, without failures. */
  put(resource: string, object: NewObject): KubeObject {
    const key = keyOf({ resource, ...object.metadata });
    const present = this.#objects.get(key);
    return this.#write(key, resource, { ...object, metadata: { ...present?.metadata, ...object.metadata } });
  }

  remove(resource: string, name: { readonly namespace?: string; readonly name: string }): void {
    const key = keyOf({ resource, ...name });
    const present = this.#objects.get(key);
    if (present !== undefined) this.#erase(key, resource, present);
  }

  /** Keeps watch events back until `release`. */
  hold(): void {
    this.#held = true;
  }

  /** Delivers up to `count` of the events that are kept back; all, and freely from now on, without it. */
  release(count?: number): void {
    if (count === undefined) {
      this.#held = false;
      this.#deliver();
      return;
    }
    for (let left = count; left > 0; left -= 1) this.#deliverNext();
  }

  /** Answers requests with the error that `choose` gives for them. */
  failWith(choose: ((request: ResourceRequest) => Error | undefined) | undefined): void {
    this.#failure = choose;
  }

  /** Breaks all watches. */
  disconnect(error: Error): void {
    for (const { buffer } of this.#watchers) buffer.fail(error);
    this.#watchers.clear();
  }

  /** Forgets history, so that watches from before must start with a list. */
  compact(): void {
    this.#compacted = this.#revision;
  }

  send({ target, operation }: ResourceRequest, signal: AbortSignal | undefined): Promise<ResourceResponse> {
    this.#requests.push({ target, operation });
    try {
      signal?.throwIfAborted();
      const failure = this.#failure?.({ target, operation });
      if (failure !== undefined) throw failure;
      return Promise.resolve(this.#answer(target, operation, signal));
    } catch (error) {
      return Promise.reject(error as Error);
    }
  }

  #answer(
    target: RequestTarget,
    operation: RequestOperation,
    signal: AbortSignal | undefined,
  ): ResourceResponse {
    switch (operation.verb) {
      case "get":
        return object(this.#present(target));
      case "list":
        return { type: "list", list: this.#list(target) };
      case "watch":
        return { type: "watch", events: this.#watch(target, operation, signal) };
      case "create":
        return object(this.#create(target, operation));
      case "update":
        return object(this.#update(target, operation.object as KubeObject));
      case "patch":
        return object(this.#patch(target, operation));
      case "delete":
        return object(this.#delete(target, operation.options ?? {}));
      case "deletecollection":
        throw new RangeError("The model has no deletecollection");
    }
  }

  #present(target: RequestTarget): KubeObject {
    const present = this.#objects.get(keyOf(target));
    if (present === undefined) throw notFound(target, target.name ?? "");
    return present;
  }

  #list({ group, version, resource, namespace }: RequestTarget): KubeList {
    const items = this.objects(resource).filter(
      (each) => namespace === undefined || each.metadata.namespace === namespace,
    );
    const metadata = { resourceVersion: String(this.#revision) };
    return deepFreeze({ apiVersion: formatApiVersion({ group, version }), kind: "List", metadata, items });
  }

  #watch(
    target: RequestTarget,
    { options = {} }: Operation<"watch">,
    signal: AbortSignal | undefined,
  ): AsyncIterable<readonly WatchEvent[]> {
    const at = Number(options.resourceVersion ?? this.#revision);
    if (at < this.#compacted)
      throw expired(`too old resource version: ${String(at)} (${String(this.#compacted)})`);
    const watcher: Watcher = { target, buffer: new BatchBuffer(10_000), at };
    this.#watchers.add(watcher);
    if (signal !== undefined) {
      onAbort(signal, () => {
        this.#watchers.delete(watcher);
        watcher.buffer.close();
      });
    }
    this.#deliver();
    return watcher.buffer;
  }

  #create(target: RequestTarget, operation: Operation<"create">): KubeObject {
    const created = operation.object as NewObject;
    if (target.subresource === "eviction") return this.#delete(target, {});
    const { generateName, name = `${generateName ?? ""}${String(this.#revision)}` } = created.metadata;
    const key = keyOf({ ...target, name });
    if (this.#objects.has(key)) throw alreadyExists(target, name);
    return this.#write(key, target.resource, { ...created, metadata: { ...created.metadata, name } });
  }

  #update(target: RequestTarget, next: KubeObject): KubeObject {
    const present = this.#present(target);
    const { resourceVersion } = next.metadata;
    if (resourceVersion !== undefined && resourceVersion !== present.metadata.resourceVersion) {
      throw modifiedConflict(target, target.name ?? "");
    }
    return this.#write(keyOf(target), target.resource, next);
  }

  #patch(target: RequestTarget, { patch }: Operation<"patch">): KubeObject {
    const present = this.#present(target);
    const merged = applyMergePatch(present, patch) as unknown as KubeObject;
    if (merged.metadata.uid !== present.metadata.uid)
      throw conflict(target, target.name ?? "", "uid mismatch");
    return this.#update(target, merged);
  }

  #delete(target: RequestTarget, { preconditions = {} }: DeleteOptions): KubeObject {
    const present = this.#present(target);
    if (preconditions.uid !== undefined && preconditions.uid !== present.metadata.uid) {
      throw conflict(target, target.name ?? "", "uid mismatch");
    }
    if ((present.metadata.finalizers ?? []).length > 0) {
      const metadata = { ...present.metadata, deletionTimestamp: "2026-01-01T00:00:00Z" };
      return this.#write(keyOf(target), target.resource, { ...present, metadata });
    }
    this.#erase(keyOf(target), target.resource, present);
    return present;
  }

  #write(key: string, resource: string, next: NewObject): KubeObject {
    this.#revision += 1;
    const resourceVersion = String(this.#revision);
    const { metadata } = next;
    const written = deepFreeze({
      ...next,
      metadata: {
        ...metadata,
        name: metadata.name ?? "",
        uid: metadata.uid ?? `uid-${resourceVersion}`,
        resourceVersion,
      },
    });
    const type = this.#objects.has(key) ? "MODIFIED" : "ADDED";
    this.#objects.set(key, written);
    this.#record(resource, { type, object: written });
    const isLast = metadata.deletionTimestamp !== undefined && (metadata.finalizers ?? []).length === 0;
    if (isLast) this.#erase(key, resource, written);
    return written;
  }

  #erase(key: string, resource: string, last: KubeObject): void {
    this.#revision += 1;
    this.#objects.delete(key);
    const metadata = { ...last.metadata, resourceVersion: String(this.#revision) };
    this.#record(resource, { type: "DELETED", object: deepFreeze({ ...last, metadata }) });
  }

  #record(resource: string, event: WatchEvent): void {
    this.#log.push({ resource, revision: this.#revision, event });
    this.#deliver();
  }

  #deliver(): void {
    if (this.#held) return;
    while (this.#deliverNext());
  }

  /** Hands the oldest event that some watcher has not got to all who wait for it. */
  #deliverNext(): boolean {
    const watchers = [...this.#watchers];
    const oldest = Math.min(...watchers.map(({ at }) => at));
    const next = this.#log.find(({ revision }) => revision > oldest);
    if (next === undefined) return false;
    for (const watcher of watchers) {
      if (watcher.at >= next.revision) continue;
      watcher.at = next.revision;
      if (isWatched(watcher.target, next)) watcher.buffer.push(next.event);
    }
    return true;
  }
}

function object(answer: KubeObject): ResourceResponse {
  return { type: "object", code: 200, object: answer };
}

function isWatched({ resource, namespace }: RequestTarget, logged: LoggedEvent): boolean {
  if (logged.resource !== resource || logged.event.type === "ERROR") return false;
  return namespace === undefined || logged.event.object.metadata.namespace === namespace;
}

function keyOf({
  resource,
  namespace = "",
  name = "",
}: {
  readonly resource: string;
  readonly namespace?: string;
  readonly name?: string;
}): string {
  return `${resource}/${namespace}/${name}`;
}
