import type { ObjectMeta } from "#apimachinery/generated/meta-v1.ts";
import type { Pod } from "../../../generated/core-v1.ts";

/** The old metadata with what every update brings along (apimachinery `ResetObjectMetaForStatus`). */
export function keepMetadata(next: Pod, previous: Pod): ObjectMeta {
  const { name, namespace, uid, resourceVersion, managedFields } = next.metadata;
  return {
    ...previous.metadata,
    name,
    uid,
    ...(namespace !== undefined && { namespace }),
    ...(resourceVersion !== undefined && { resourceVersion }),
    ...(managedFields !== undefined && { managedFields }),
  };
}
