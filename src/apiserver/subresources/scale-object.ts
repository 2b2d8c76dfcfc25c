import type { Scale } from "#api/generated/autoscaling-v1.ts";
import type { ScaleFields } from "#api/kind.ts";
import { invalid as invalidField } from "#apimachinery/field-error.ts";
import type { KubeObject } from "#apimachinery/meta.ts";
import { conflict, genericNotFound, invalid } from "#apimachinery/status-error.ts";
import type { ServedResource } from "../registry/served-resource.ts";

/** The scale of an object, in the version of the request. */
export function toScale(object: KubeObject, served: ServedResource): Scale {
  const fields = scaleFields(served);
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const replicas = fields.replicas(object);
  const selector = fields.selector(object);
  return {
    kind: "Scale",
    apiVersion: "autoscaling/v1",
    metadata: {
      name,
      ...(namespace !== undefined && { namespace }),
      uid,
      ...(resourceVersion !== undefined && { resourceVersion }),
      ...(creationTimestamp !== undefined && { creationTimestamp }),
    },
    spec: { ...(replicas !== 0 && { replicas }) },
    status: { replicas: fields.statusReplicas(object), ...(selector !== "" && { selector }) },
  };
}

/** The object with the wanted number of replicas. Throws Invalid and Conflict. */
export function rescale(object: KubeObject, { metadata, spec }: Scale, served: ServedResource): KubeObject {
  const { replicas = 0 } = spec;
  const { name, uid } = object.metadata;
  if (replicas < 0) {
    const error = invalidField("spec.replicas", replicas, "must be greater than or equal to 0");
    throw invalid({ group: "autoscaling", kind: "Scale" }, name, [error]);
  }
  if ((metadata.uid ?? "") !== "" && metadata.uid !== uid) {
    const { group, resource } = served.qualified;
    const why = `Precondition failed: UID in precondition: ${metadata.uid}, UID in object meta: ${uid}`;
    throw conflict({ group, resource: `${resource}/scale` }, name, why);
  }
  const scaled = scaleFields(served).withReplicas(object, replicas);
  return {
    ...scaled,
    metadata: { ...scaled.metadata, resourceVersion: metadata.resourceVersion ?? "" },
  };
}

function scaleFields({ kind }: ServedResource): ScaleFields<KubeObject> {
  if (kind.scale === undefined) throw genericNotFound();
  return kind.scale;
}
