/** What the server does to the metadata of every object that is written (apiserver `registry/rest`). */
import type { EmbeddedObjectMeta, ObjectMeta, OwnerReference } from "#apimachinery/generated/meta-v1.ts";
import type { KubeObject } from "#apimachinery/meta.ts";
import { badRequest } from "#apimachinery/status-error.ts";
import { omit } from "#base/omit.ts";
import type { ServedResource } from "../registry/served-resource.ts";

/** Drops what only the server sets. */
export function wipeSystemMetadata<T extends KubeObject>(object: T): T {
  const metadata = omit(
    object.metadata,
    "creationTimestamp",
    "uid",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "selfLink",
  );
  // The uid is missing only until `fillSystemMetadata` has run.
  return { ...object, metadata: metadata as ObjectMeta };
}

/** Clients leave the name out of an object whose name is to be generated. */
export function withName<T extends KubeObject>(object: T): T {
  const { name = "" } = object.metadata as EmbeddedObjectMeta;
  return { ...object, metadata: { ...object.metadata, name } };
}

export function fillSystemMetadata<T extends KubeObject>(
  object: T,
  { uid, creationTimestamp }: Pick<ObjectMeta, "uid" | "creationTimestamp">,
): T {
  const times = creationTimestamp === undefined ? {} : { creationTimestamp };
  return { ...object, metadata: { ...object.metadata, uid, ...times } };
}

/** Puts the object into the namespace of the request. Throws BadRequest when it says that it is in another one. */
export function placeInNamespace<T extends KubeObject>(
  object: T,
  { resource }: ServedResource,
  requestNamespace = "",
): T {
  const { namespace = "" } = object.metadata;
  const wanted = resource.namespaced ? requestNamespace : "";
  if (namespace === wanted) return object;
  if (wanted === "") return { ...object, metadata: omit(object.metadata, "namespace") };
  if (namespace === "") return { ...object, metadata: { ...object.metadata, namespace: wanted } };
  throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
}

/** Throws BadRequest unless the object has the name of the URL. */
export function requireName({ metadata }: KubeObject, name: string): void {
  if ((metadata.name ?? "") === "") {
    throw badRequest(
      `the name of the object (${name} based on URL) was undeterminable: name must be provided`,
    );
  }
  if (metadata.name !== name) {
    throw badRequest(
      `the name of the object (${metadata.name}) does not match the name on the URL (${name})`,
    );
  }
}

/** What an update cannot change, whatever it says. */
export function keepSystemMetadata<T extends KubeObject>(next: T, previous: KubeObject): T {
  const { metadata } = next;
  const { uid, creationTimestamp, deletionTimestamp, deletionGracePeriodSeconds } = previous.metadata;
  return {
    ...next,
    metadata: {
      ...metadata,
      uid: (metadata.uid ?? "") === "" ? uid : metadata.uid,
      ...(creationTimestamp !== undefined && { creationTimestamp }),
      ...(deletionTimestamp !== undefined && { deletionTimestamp }),
      ...(metadata.deletionGracePeriodSeconds === undefined &&
        deletionGracePeriodSeconds !== undefined && { deletionGracePeriodSeconds }),
    },
  };
}

export function withGeneration<T extends KubeObject>(object: T, generation: number | undefined): T {
  if (object.metadata.generation === generation) return object;
  const metadata =
    generation === undefined ? omit(object.metadata, "generation") : { ...object.metadata, generation };
  return { ...object, metadata };
}

const DUPLICATE_OWNERS =
  ".metadata.ownerReferences contains duplicate entries; API server dedups owner references in 1.20+, and may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: ";
const DUPLICATE_OWNERS_AFTER_ADMISSION =
  ".metadata.ownerReferences contains duplicate entries after mutating admission happens; API server dedups owner references in 1.20+, and may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: ";

/** Drops owner references that are there twice, and warns about them. */
export function dropDuplicateOwners<T extends KubeObject>(
  object: T,
  when: "beforeAdmission" | "afterAdmission",
  warn: (text: string) => void,
): T {
  const owners = object.metadata.ownerReferences ?? [];
  if (owners.length < 2) return object;
  const isFirst = (owner: OwnerReference, index: number): boolean =>
    owners.findIndex((each) => each.uid === owner.uid && Bun.deepEquals(each, owner)) === index;
  const ownerReferences = owners.filter(isFirst);
  if (ownerReferences.length === owners.length) return object;
  const duplicates = owners.filter((owner, index) => !isFirst(owner, index)).map(({ uid }) => uid);
  const text = when === "beforeAdmission" ? DUPLICATE_OWNERS : DUPLICATE_OWNERS_AFTER_ADMISSION;
  warn(text + duplicates.join(", "));
  return { ...object, metadata: { ...object.metadata, ownerReferences } };
}
