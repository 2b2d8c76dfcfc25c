/** The values that expressions about requests can name (k8s.io/apiserver pkg/admission/plugin/cel/activation.go). */
import type { Namespace } from "#api/generated/core-v1.ts";
import type { KubeObject } from "#apimachinery/meta.ts";
import type { UserInfo } from "#apimachinery/user.ts";
import { omit } from "#base/omit.ts";
import type { Variables } from "../cel/evaluator/frame.ts";
import {
  CelAuthorizer,
  type Decide,
  ResourceCheck,
  type ResourceParts,
} from "../cel/library/authorizer-values.ts";
import { jsonValue } from "../cel/values/json-value.ts";

/** What expressions are evaluated over. */
export interface AdmissionInput {
  readonly object: KubeObject | undefined;
  readonly oldObject: KubeObject | undefined;
  /** As JSON. */
  readonly request: object;
  readonly params?: KubeObject | undefined;
  readonly namespace?: Namespace | undefined;
  readonly user: UserInfo;
  /** What the request is for. */
  readonly resource: ResourceParts;
}

export function admissionValues(input: AdmissionInput, decide: Decide): Variables {
  const authorizer = new CelAuthorizer(input.user, decide);
  return {
    object: jsonValue(input.object),
    oldObject: jsonValue(input.oldObject),
    request: jsonValue(input.request),
    params: jsonValue(input.params),
    namespaceObject: jsonValue(input.namespace && visibleNamespace(input.namespace)),
    authorizer,
    "authorizer.requestResource": new ResourceCheck(authorizer, input.resource),
  };
}

/** A namespace without what tells who has changed and owns it. */
function visibleNamespace({ metadata, spec, status }: Namespace): object {
  return {
    metadata: omit(metadata, "managedFields", "ownerReferences"),
    spec: spec ?? {},
    status: status ?? {},
  };
}
