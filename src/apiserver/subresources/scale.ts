import type { Scale } from "#api/generated/autoscaling-v1.ts";
import type { ScaleFields } from "#api/kind.ts";
import { invalid as invalidField } from "#apimachinery/field-error.ts";
import type { KubeObject } from "#apimachinery/meta.ts";
import { conflict, genericNotFound, invalid } from "#apimachinery/status-error.ts";
import type { ServedResource } from "../registry/served-resource.ts";
import { type ObjectResponse, objectResponse } from "../storage/responses.ts";
import { decodeAs } from "../verbs/decode-body.ts";
import { getObject } from "../verbs/get.ts";
import { placeInNamespace, requireName } from "../verbs/metadata.ts";
import type { RequestScope } from "../verbs/request-scope.ts";
import { type UpdateRequest, updateObject } from "../verbs/update-object.ts";
import { resourceStrategy } from "../verbs/update-strategy.ts";
import type { WriteEnvironment } from "../verbs/write-environment.ts";
import type { SubresourceHandler } from "./subresource.ts";

const SCALE = { group: "autoscaling", version: "v1", kind: "Scale" };

/** The number of replicas of any workload, in one form for all that can be scaled. */
export const scaleSubresource: SubresourceHandler = {
  get: async ({ storage }, scope, options) => {
    const { object, code } = await getObject(storage, scope, options);
    return objectResponse(toScale(object, scope.served), code);
  },
  update: async (environment, scope, body, options = {}) => {
    const { served, target } = scope;
    const scale = placeInNamespace(
      decodeAs<Scale>(environment, scope, SCALE, body, options),
      served,
      target.namespace,
    );
    requireName(scale, target.name ?? "");
    return await scaleObject(environment, scope, () => scale, options.dryRun ?? false);
  },
};

/** Changes the scale of an object; `change` gets the present scale. */
export async function scaleObject(
  environment: WriteEnvironment,
  scope: RequestScope,
  change: (present: Scale) => Scale | Promise<Scale>,
  dryRun: boolean,
): Promise<ObjectResponse> {
  const { served } = scope;
  const request: UpdateRequest = {
    strategy: { ...resourceStrategy, mayCreate: false },
    change: async (present) => {
      // Without the right to create there is always a present object.
      const object = present as KubeObject;
      return rescale(object, await change(toScale(object, served)), served);
    },
    dryRun,
  };
  const { written } = await updateObject(environment, scope, request);
  const { object } =
    written.entry === undefined ? written : { object: environment.storage.objectOf(written.entry, served) };
  return objectResponse(toScale(object, served), 200, scope.warnings.list());
}

function toScale(object: KubeObject, served: ServedResource): Scale {
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

function rescale(object: KubeObject, { metadata, spec }: Scale, served: ServedResource): KubeObject {
  const { replicas = 0 } = spec;
  const { name, uid } = object.metadata;
  if (replicas < 0) {
    const error = invalidField("spec.replicas", replicas, "must be greater than or equal to 0");
    throw invalid(SCALE, name, [error]);
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
