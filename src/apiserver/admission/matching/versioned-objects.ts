import type { KubeObject } from "#apimachinery/meta.ts";
import type { ServedResource } from "../../registry/served-resource.ts";
import { type Awaitable, fromHub, toHub } from "../../registry/version-conversion.ts";
import type { AdmissionRequest } from "../admission-plugin.ts";
import type { MatchedResource } from "./resource-matcher.ts";

/** The objects of a request in the version that a webhook or policy asks for. */
export interface VersionedObjects {
  readonly object: KubeObject | undefined;
  readonly oldObject: KubeObject | undefined;
}

export async function versionedObjects(
  { served, object, oldObject }: AdmissionRequest,
  matched: MatchedResource,
): Promise<VersionedObjects> {
  if (isBody(matched)) return { object, oldObject };
  return {
    object: object && (await fromRequest(object, served, matched.served)),
    oldObject: oldObject && (await fromRequest(oldObject, served, matched.served)),
  };
}

/** An object of the version that was asked for, in that of the request. */
export function toRequest(
  object: KubeObject,
  { served }: AdmissionRequest,
  matched: MatchedResource,
): Awaitable<KubeObject> {
  if (isBody(matched)) return object;
  if (served.builtIn) return toHub(object, matched.served);
  return matched.served === served ? object : served.conversion.between(object, matched.served, served);
}

function fromRequest(object: KubeObject, served: ServedResource, to: ServedResource): Awaitable<KubeObject> {
  if (served.builtIn) return fromHub(object, to);
  return to === served ? object : served.conversion.between(object, served, to);
}

/** Whether the object is of another kind than those of the resource: a Scale, an Eviction, a Binding. */
export function isBody({ served, kind }: MatchedResource): boolean {
  return kind.kind !== served.resource.kind;
}
