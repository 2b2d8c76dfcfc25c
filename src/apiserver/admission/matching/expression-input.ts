import type { Namespace } from "#api/generated/core-v1.ts";
import type { KubeObject } from "#apimachinery/meta.ts";
import type { AdmissionInput } from "../../expressions/admission-values.ts";
import type { AdmissionRequest } from "../admission-plugin.ts";
import { formatOptions } from "../operation-options.ts";
import { describeRequest } from "./describe-request.ts";
import type { MatchedResource } from "./resource-matcher.ts";
import type { VersionedObjects } from "./versioned-objects.ts";

/** What a webhook's or policy's expressions are evaluated over. */
export function expressionInput(
  request: AdmissionRequest,
  matched: MatchedResource,
  objects: VersionedObjects,
  related: { readonly params?: KubeObject | undefined; readonly namespace?: Namespace | undefined } = {},
): AdmissionInput {
  const { resource, subresource, namespace, name, user, dryRun, options } = request;
  return {
    ...objects,
    ...related,
    request: { ...describeRequest(request, matched), dryRun, options: formatOptions(options) },
    user,
    resource: { ...resource, subresource, namespace, name },
  };
}
