import { type KindRef, type ObjectOf, resourceOf } from "#api/resource.ts";
import type { KubeObject, WatchEvent } from "#apimachinery/meta.ts";
import type { RequestOperation, RequestTarget, ResourceResponse } from "#apimachinery/request.ts";
import { StatusError } from "#apimachinery/status-error.ts";
import type { Client, ObjectName, Transport } from "./client.ts";

interface Scope {
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  readonly subresource?: string | undefined;
}

/** The typed client over a transport. It adds no retries and no caching. */
export function createClient(transport: Transport): Client {
  const send = async (
    target: RequestTarget,
    operation: RequestOperation,
    signal: AbortSignal | undefined,
  ): Promise<ResourceResponse> => transport.send({ target, operation }, signal);

  /** For requests that are answered with one object. */
  const sendFor = async <K extends KindRef>(
    kind: K,
    scope: Scope,
    { signal, ...operation }: RequestOperation & { readonly signal?: AbortSignal | undefined },
  ): Promise<ObjectOf<K>> => objectOf<K>(await send(targetOf(kind, scope), operation, signal));

  return {
    get: (kind, name, { signal, ...options } = {}) => sendFor(kind, name, { verb: "get", options, signal }),
    list: async (kind, { signal, namespace, ...options } = {}) => {
      const response = await send(targetOf(kind, { namespace }), { verb: "list", options }, signal);
      // The transport answers a list of a kind with objects of that kind.
      return listOf(response) as never;
    },
    watch: (kind, { signal, namespace, ...options } = {}) =>
      events(async () => send(targetOf(kind, { namespace }), { verb: "watch", options }, signal), signal),
    create: (kind, object, { signal, ...options } = {}) => {
      const { namespace } = object.metadata;
      return sendFor(kind, { namespace }, { verb: "create", object, options, signal });
    },
    update: (kind, object, { signal, subresource, ...options } = {}) =>
      sendFor(kind, scopeOf(object, subresource), { verb: "update", object, options, signal }),
    updateStatus: (kind, object, { signal, ...options } = {}) =>
      sendFor(kind, scopeOf(object, "status"), { verb: "update", object, options, signal }),
    patch: (kind, name, { type, document, subresource }, { signal, ...options } = {}) =>
      sendFor(
        kind,
        { ...name, subresource },
        { verb: "patch", patchType: type, patch: document, options, signal },
      ),
    delete: async (kind, name, { signal, ...options } = {}) => {
      await send(targetOf(kind, name), { verb: "delete", options }, signal);
    },
    deleteCollection: async (kind, { signal, namespace, list = {}, ...options }) => {
      await send(targetOf(kind, { namespace }), { verb: "deletecollection", options, list }, signal);
    },
    createSubresource: async <T>(
      kind: KindRef,
      name: ObjectName,
      subresource: string,
      object: unknown,
      { signal, ...options }: NonNullable<Parameters<Client["createSubresource"]>[4]> = {},
    ) => (await sendFor(kind, { ...name, subresource }, { verb: "create", object, options, signal })) as T,
  };
}

function targetOf(kind: KindRef, { namespace, name, subresource }: Scope): RequestTarget {
  const { group, version, name: resource } = resourceOf(kind);
  return {
    group,
    version,
    resource,
    ...(namespace !== undefined && namespace !== "" && { namespace }),
    ...(name !== undefined && { name }),
    ...(subresource !== undefined && { subresource }),
  };
}

function scopeOf({ metadata: { namespace, name } }: KubeObject, subresource: string | undefined): Scope {
  return { namespace, name, subresource };
}

function objectOf<K extends KindRef>(response: ResourceResponse): ObjectOf<K> {
  if (response.type !== "object") throw new TypeError(`Expected an object, got a ${response.type} answer`);
  // The transport answers a request for a kind with an object of that kind.
  return response.object as ObjectOf<K>;
}

function listOf(response: ResourceResponse): Extract<ResourceResponse, { type: "list" }>["list"] {
  if (response.type !== "list") throw new TypeError(`Expected a list, got an ${response.type} answer`);
  return response.list;
}

/** Opens the watch at the first read; an ERROR event becomes the exception that it stands for. */
async function* events<T extends KubeObject>(
  open: () => Promise<ResourceResponse>,
  signal: AbortSignal | undefined,
): AsyncGenerator<readonly WatchEvent<T>[], void, void> {
  try {
    const response = await open();
    if (response.type !== "watch") throw new TypeError(`Expected a watch, got a ${response.type} answer`);
    for await (const batch of response.events) {
      const failure = batch.findIndex(({ type }) => type === "ERROR");
      const good = failure < 0 ? batch : batch.slice(0, failure);
      // As for objects: what is watched is of the kind that was asked for.
      if (good.length > 0) yield good as readonly WatchEvent<T>[];
      const last = batch[failure];
      if (last?.type === "ERROR") throw new StatusError(last.object);
    }
  } catch (error) {
    if (signal?.aborted !== true) throw error;
  }
}
