import type { Scale } from "#api/generated/autoscaling-v1.ts";
import { type FieldManagerType, pathSet } from "#apimachinery/apply/field-manager.ts";
import { formatApiVersion, type KubeObject } from "#apimachinery/meta.ts";
import type { PatchOptions, RequestBody, WriteOptions } from "#apimachinery/request.ts";
import type { ServedResource } from "../registry/served-resource.ts";
import { type ObjectResponse, objectResponse } from "../storage/responses.ts";
import { decodeAs } from "../verbs/decode-body.ts";
import { getObject } from "../verbs/get.ts";
import { placeInNamespace, requireName } from "../verbs/metadata.ts";
import type { PatchRequest } from "../verbs/patch.ts";
import { patchDocument } from "../verbs/patch-document.ts";
import type { RequestScope } from "../verbs/request-scope.ts";
import { applyUpdateOf, trackUpdateOf } from "../verbs/track-fields.ts";
import { type UpdateOptions, updateObject } from "../verbs/update-object.ts";
import { resourceStrategy } from "../verbs/update-strategy.ts";
import type { WriteEnvironment } from "../verbs/write-environment.ts";
import { writeResponse } from "../verbs/written-object.ts";
import { fromScaleManagers, type ReplicasPaths, toScaleManagers } from "./scale-managers.ts";
import { replicasPath, rescale, toChangeableScale, toScale } from "./scale-object.ts";
import type { SubresourceHandler } from "./subresource.ts";

const SCALE = { group: "autoscaling", version: "v1", kind: "Scale" };

/** The number of replicas of any workload, in one form for all that can be scaled. */
export const scaleSubresource: SubresourceHandler = {
  get: async (environment, scope, options) => {
    const { object, code, warnings } = await getObject(environment, scope, options);
    return objectResponse(toScale(object, scope.served), code, warnings);
  },
  update: (environment, scope, body, options = {}) => replaceScale(environment, scope, body, options),
  patch: (environment, scope, patch, options = {}) => patchScale(environment, scope, patch, options),
};

async function replaceScale(
  environment: WriteEnvironment,
  scope: RequestScope,
  body: RequestBody,
  options: WriteOptions,
): Promise<ObjectResponse> {
  const decoded = decodeAs<Scale>(environment, scope, SCALE, body, options);
  const type = scaleType(environment);
  const track = (live: Scale): KubeObject =>
    trackUpdateOf(type, environment, scope, { next: decoded, live, options });
  return await scaleObject(environment, scope, track, { kind: "UpdateOptions", options });
}

async function patchScale(
  environment: WriteEnvironment,
  scope: RequestScope,
  request: PatchRequest,
  options: PatchOptions,
): Promise<ObjectResponse> {
  const type = scaleType(environment);
  const patch = (live: Scale): KubeObject => {
    const { patchType, patch: document, patchProblems: problems } = request;
    if (patchType === "apply") return applyUpdateOf(type, environment, { applied: document, live, options });
    const target = { schema: type.schema, gvk: SCALE };
    const change = { type: patchType, document, problems };
    const patched = patchDocument(environment.codec, target, live, change, options);
    scope.warnings.add(...patched.warnings);
    return trackUpdateOf(type, environment, scope, { next: patched.object, live, options });
  };
  return await scaleObject(environment, scope, patch, { kind: "PatchOptions", options });
}

/** Changes the scale of an object; `change` gets the present scale with the owners of its fields. */
async function scaleObject(
  environment: WriteEnvironment,
  scope: RequestScope,
  change: (present: Scale) => KubeObject,
  options: UpdateOptions,
): Promise<ObjectResponse> {
  const { served, target } = scope;
  const { written } = await updateObject(environment, scope, {
    strategy: { ...resourceStrategy, mayCreate: false },
    change: (present) => {
      // Without the right to create there is always a present object.
      const object = present as KubeObject;
      const { managedFields = [] } = object.metadata;
      const paths = replicasPathsOf(environment, served);
      const scale = toChangeableScale(object, served);
      const managers = toScaleManagers(managedFields, paths);
      const changed = change({ ...scale, metadata: { ...scale.metadata, managedFields: managers } });
      const placed = placeInNamespace(changed, served, target.namespace);
      requireName(placed, target.name ?? "");
      // The body was decoded, or patched and decoded, as a Scale.
      const next = rescale(object, placed as Scale, served);
      const owners = fromScaleManagers(managedFields, placed.metadata.managedFields ?? [], paths);
      return { ...next, metadata: { ...next.metadata, managedFields: owners } };
    },
    options,
    view: {
      of: (object) => toChangeableScale(object, served.hub),
      // Plugins give back objects of the kind that they get.
      changed: (object, scale) => rescale(object, scale as Scale, served.hub),
    },
  });
  const { object } = await writeResponse(environment.storage, scope, written, 200);
  return objectResponse(toScale(object, served), 200, scope.warnings.list());
}

function scaleType({ schemaOf }: WriteEnvironment): FieldManagerType {
  return {
    apiVersion: formatApiVersion(SCALE),
    kind: SCALE.kind,
    schema: schemaOf(SCALE),
    subresource: "scale",
  };
}

/** Where the versions of the scaled resource have their replicas, that of the request first. */
function replicasPathsOf({ registry }: WriteEnvironment, served: ServedResource): ReplicasPaths {
  const others = registry.versionsOf(served).filter((each) => each !== served);
  return new Map(
    [served, ...others].map(({ apiVersion, kind: { scale } }) => [
      apiVersion,
      scale && pathSet([replicasPath(scale)]),
    ]),
  );
}
