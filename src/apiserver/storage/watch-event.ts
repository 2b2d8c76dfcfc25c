import { deepFreeze } from "#apimachinery/deep-freeze.ts";
import type { KubeObject, Status } from "#apimachinery/meta.ts";
import type { Entry } from "#store/store.ts";
import type { EncodedWatchEvent, EventFormat } from "../pipeline.ts";
import type { ServedResource } from "../registry/served-resource.ts";
import { layoutOf, objectBytes, objectLength, withResourceVersion, writeObject } from "./encoded-object.ts";
import { encodeJson, isVerbatim, type ObjectStorage } from "./object-storage.ts";

type ObjectEventType = "ADDED" | "MODIFIED" | "DELETED";

export interface ObjectChange {
  readonly type: ObjectEventType;
  readonly served: ServedResource;
  /** Whose value the event shows: the new one, or the last one of an object that has gone. */
  readonly entry: Entry;
  /** The revision of the change, which for a deletion is not that of the entry. */
  readonly revision: number;
}

/** A change of an object. It is decoded, and encoded in each format, when first asked, once for all watchers. */
export class ObjectWatchEvent {
  readonly type: ObjectEventType;
  readonly #storage: ObjectStorage;
  readonly #change: ObjectChange;
  #object: KubeObject | undefined;
  #bytes: Uint8Array | undefined;
  #encoded: Map<EventFormat, Uint8Array> | undefined;

  constructor(storage: ObjectStorage, change: ObjectChange) {
    this.#storage = storage;
    this.#change = change;
    this.type = change.type;
  }

  get object(): KubeObject {
    this.#object ??= this.#decode();
    return this.#object;
  }

  bytes(): Uint8Array {
    this.#bytes ??= this.#encode();
    return this.#bytes;
  }

  encoded(format: EventFormat): Uint8Array {
    this.#encoded ??= new Map();
    const known = this.#encoded.get(format);
    if (known !== undefined) return known;
    const bytes = format.event(this.type, this.#objectBytes());
    this.#encoded.set(format, bytes);
    return bytes;
  }

  #objectBytes(): Buffer {
    const { served, entry, revision } = this.#change;
    return isVerbatim(entry, served) ? objectBytes(entry.value, revision) : encodeJson(this.object);
  }

  #decode(): KubeObject {
    const { served, entry, revision } = this.#change;
    const object = this.#storage.objectOf(entry, served);
    return entry.revision === revision ? object : deepFreeze(withResourceVersion(object, revision));
  }

  #encode(): Uint8Array {
    const { served, entry, revision } = this.#change;
    if (!isVerbatim(entry, served)) return eventLine(this.type, this.object);
    const start = `{"type":"${this.type}","object":`;
    const end = "}\n";
    const layout = layoutOf(entry.value);
    const length = start.length + objectLength(entry.value, revision, layout) + end.length;
    const bytes = Buffer.allocUnsafe(length);
    const objectStart = bytes.write(start, 0, "latin1");
    const objectEnd = writeObject(bytes, objectStart, { value: entry.value, revision }, layout);
    bytes.write(end, objectEnd, "latin1");
    return bytes;
  }
}

/** The state of the watched objects at `revision` has been delivered (KEP-956, and KEP-3157 for `initialEnd`). */
export function bookmarkEvent(
  { apiVersion, resource }: ServedResource,
  revision: number,
  { initialEnd }: { readonly initialEnd: boolean },
): EncodedWatchEvent {
  // A bookmark is an object of the kind with nothing but a resourceVersion: not even a name.
  const object = {
    kind: resource.kind,
    apiVersion,
    metadata: {
      resourceVersion: String(revision),
      ...(initialEnd && { annotations: { "k8s.io/initial-events-end": "true" } }),
    },
  } as unknown as KubeObject;
  return { type: "BOOKMARK", object, ...encodings("BOOKMARK", object) };
}

export function errorEvent(status: Status): EncodedWatchEvent {
  return { type: "ERROR", object: status, ...encodings("ERROR", status) };
}

/** Nobody shares these events. */
function encodings(
  type: EncodedWatchEvent["type"],
  object: KubeObject | Status,
): Pick<EncodedWatchEvent, "bytes" | "encoded"> {
  return {
    bytes: () => eventLine(type, object),
    encoded: (format) => format.event(type, encodeJson(object)),
  };
}

function eventLine(type: string, object: KubeObject | Status): Uint8Array {
  const json = encodeJson({ type, object });
  return Buffer.concat([json, Buffer.from("\n")]);
}
