import type { Scale } from "#api/generated/autoscaling-v1.ts";
import type { ScaleFields } from "#api/kind.ts";
import { invalid as invalidField } from "#apimachinery/field-error.ts";
import { quote } from "#apimachinery/go-text.ts";
import type { KubeObject } from "#apimachinery/meta.ts";
import { badRequest, conflict, genericNotFound, internalError, invalid } from "#apimachinery/status-error.ts";
import type { ServedResource } from "../registry/served-resource.ts";

/** What a scale shows for an object without the field, while it is being changed. */
const NOT_SET = -(2 ** 31);

/** The scale of an object, in the version of the request. Throws InternalError when the object has none. */
export function toScale(object: KubeObject, served: ServedResource): Scale {
  const replicas = scaleFields(served).replicas(object);
  if (replicas === undefined) {
    throw internalError(`the spec replicas field ${quote(pathText(served))} does not exist`);
  }
  return scaleOf(object, replicas, served);
}

/** The scale of an object that may not have been given one yet. */
export function toChangeableScale(object: KubeObject, served: ServedResource): Scale {
  return scaleOf(object, scaleFields(served).replicas(object) ?? NOT_SET, served);
}

function scaleOf(object: KubeObject, replicas: number, served: ServedResource): Scale {
  const fields = scaleFields(served);
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
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

/** The object with the wanted number of replicas. Throws Invalid, Conflict and BadRequest. */
export function rescale(object: KubeObject, { metadata, spec }: Scale, served: ServedResource): KubeObject {
  const { replicas = 0 } = spec;
  const { name, uid } = object.metadata;
  if (replicas === NOT_SET) {
    throw badRequest(`the spec replicas field ${quote(pathText(served))} cannot be empty`);
  }
  // Custom resources are validated as a whole.
  if (replicas < 0 && served.builtIn) {
    const error = invalidField("spec.replicas", replicas, "must be greater than or equal to 0");
    throw invalid({ group: "autoscaling", kind: "Scale" }, name, [error]);
  }
  if ((metadata.uid ?? "") !== "" && metadata.uid !== uid) {
    const { group, resource } = served.qualified;
    const why = `Precondition failed: UID in precondition: ${metadata.uid}, UID in object meta: ${uid}`;
    throw conflict({ group, resource: `${resource}/scale` }, name, why);
  }
  const scaled = scaleFields(served).withReplicas(object, replicas);
  const { resourceVersion = "" } = metadata;
  return resourceVersion === "" ? scaled : { ...scaled, metadata: { ...scaled.metadata, resourceVersion } };
}

/** The names of the field that holds the replicas. */
export function replicasPath({ replicasPath: path = ["spec", "replicas"] }: ScaleFields<KubeObject>) {
  return path;
}

function pathText(served: ServedResource): string {
  return `.${replicasPath(scaleFields(served)).join(".")}`;
}

function scaleFields({ kind }: ServedResource): ScaleFields<KubeObject> {
  if (kind.scale === undefined) throw genericNotFound();
  return kind.scale;
}
