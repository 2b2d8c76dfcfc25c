import { checkPathSegmentName } from "#apimachinery/formats.ts";
import type { RequestTarget } from "#apimachinery/request.ts";
import { badRequest } from "#apimachinery/status-error.ts";
import type { ServedResource } from "../registry/served-resource.ts";
import { collectionPrefix, objectKey } from "../registry/storage-keys.ts";
import type { CollectionQuery } from "../storage/collection.ts";
import type { ObjectStorage } from "../storage/object-storage.ts";
import type { RequestScope } from "./request-scope.ts";
import { compileSelection, type Selection, type SelectorOptions } from "./selection.ts";

/** Which entries a request for a collection, or for a watch of one object, is about. */
export function selectCollection(
  storage: ObjectStorage,
  { served, target }: Pick<RequestScope, "served" | "target">,
  options: SelectorOptions & { readonly continue?: string },
): CollectionQuery {
  const selection = compileSelection(served, options);
  const { matches } = selection;
  const name = nameOf(target, selection);
  const namespace = target.namespace ?? selection.namespace;
  const prefix = prefixOf(served, namespace, (options.continue ?? "") === "" ? name : undefined);
  if (matches === undefined && name === undefined) return { prefix };
  return {
    prefix,
    prepare: (entries) => storage.prepare(entries, served),
    isSelected: (entry) => {
      const object = storage.objectOf(entry, served);
      return (name === undefined || object.metadata.name === name) && (matches?.(object) ?? true);
    },
  };
}

/** A key is a prefix with few others behind it, which `isSelected` sorts out. Nothing has a name that is no part of one. */
function prefixOf(served: ServedResource, namespace: string | undefined, name = ""): string {
  const isPlaced = !served.resource.namespaced || (namespace !== undefined && namespace !== "");
  const isKey = isPlaced && name !== "" && checkPathSegmentName(name).length === 0;
  return isKey ? objectKey(served, namespace, name) : collectionPrefix(served, namespace);
}

function nameOf(target: RequestTarget, selection: Selection): string | undefined {
  if (target.name === undefined) return selection.name;
  if (selection.hasFields && selection.name !== target.name) {
    throw badRequest("fieldSelector metadata.name doesn't match requested name");
  }
  return target.name;
}
