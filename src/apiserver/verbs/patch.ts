import type { KubeObject } from "#apimachinery/meta.ts";
import type { PatchOptions, RequestOperation } from "#apimachinery/request.ts";
import { conflict, notFound } from "#apimachinery/status-error.ts";
import type { ObjectResponse } from "../storage/responses.ts";
import { withDefaults } from "./decode-body.ts";
import { placeInNamespace, requireName } from "./metadata.ts";
import { patchDocument } from "./patch-document.ts";
import type { RequestScope } from "./request-scope.ts";
import { applyUpdate, trackUpdate } from "./track-fields.ts";
import { updateObject } from "./update-object.ts";
import type { UpdateStrategy } from "./update-strategy.ts";
import type { WriteEnvironment } from "./write-environment.ts";
import { writeResponse } from "./written-object.ts";

/** Its document is parsed when it is read, which is not done for an object that is not there. */
export type PatchRequest = Pick<
  Extract<RequestOperation, { readonly verb: "patch" }>,
  "patchType" | "patch" | "patchProblems"
>;

/** Patches an object, or the part of it that a subresource's strategy lets through. Only an apply creates. */
export async function patchObject(
  environment: WriteEnvironment,
  scope: RequestScope,
  patch: PatchRequest,
  {
    strategy,
    options = {},
  }: { readonly strategy: UpdateStrategy; readonly options?: PatchOptions | undefined },
): Promise<ObjectResponse> {
  const { served, target } = scope;
  const name = target.name ?? "";
  const { written, created } = await updateObject(environment, scope, {
    strategy,
    change: async (present) => {
      const next = await changeBy(environment, scope, patch, options, present);
      if (present === undefined && (next.metadata.uid ?? "") !== "") throw uidOfNothing(scope, next);
      const placed = placeInNamespace(next, served, target.namespace);
      requireName(placed, name);
      return placed;
    },
    options: { kind: "PatchOptions", options },
    isApply: patch.patchType === "apply",
  });
  return await writeResponse(environment.storage, scope, written, created ? 201 : 200);
}

async function changeBy(
  environment: WriteEnvironment,
  scope: RequestScope,
  request: PatchRequest,
  options: PatchOptions,
  live: KubeObject | undefined,
): Promise<KubeObject> {
  const { served, target, warnings } = scope;
  if (request.patchType === "apply") {
    const applied = await applyUpdate(environment, scope, { applied: request.patch, live, options });
    return served.kind.setMergedDefaults?.(applied) ?? withDefaults(applied, served);
  }
  if (live === undefined) throw notFound(served.qualified, target.name ?? "");
  const { object, warnings: found } = patchDocument(
    environment.codec,
    { schema: served.schema, gvk: served.resource },
    live,
    { type: request.patchType, document: request.patch, problems: request.patchProblems },
    options,
  );
  warnings.add(...found);
  return await trackUpdate(environment, scope, { next: withDefaults(object, served), live, options });
}

/** Who names a uid means an object that is there already. */
function uidOfNothing({ served, target }: RequestScope, { metadata }: KubeObject): Error {
  return conflict(
    served.qualified,
    target.name ?? "",
    `uid mismatch: the provided object specified uid ${metadata.uid}, and no existing object was found`,
  );
}
