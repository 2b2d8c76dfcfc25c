/**
 * What expressions can ask an authorizer (k8s.io/apiserver pkg/cel/library/authz.go). Types only: nobody evaluates
 * expressions that have one.
 */
import { declare, method } from "../types/function.ts";
import { BOOL, type CelType, objectType, STRING } from "../types/type.ts";
import type { Library } from "./library.ts";

export const AUTHORIZER = objectType("kubernetes.authorization.Authorizer");
export const RESOURCE_CHECK = objectType("kubernetes.authorization.ResourceCheck");
const PATH_CHECK = objectType("kubernetes.authorization.PathCheck");
const GROUP_CHECK = objectType("kubernetes.authorization.GroupCheck");
const DECISION = objectType("kubernetes.authorization.Decision");

export const authorizerLibrary: Library = {
  functions: [
    declare("path", ofText("authorizer_path", AUTHORIZER, PATH_CHECK)),
    declare("group", ofText("authorizer_group", AUTHORIZER, GROUP_CHECK)),
    declare("serviceAccount", method("authorizer_serviceaccount", [AUTHORIZER, STRING, STRING], AUTHORIZER)),
    declare("resource", ofText("groupcheck_resource", GROUP_CHECK, RESOURCE_CHECK)),
    ...(["subresource", "namespace", "name"] as const).map((part) =>
      declare(part, ofText(`resourcecheck_${part}`, RESOURCE_CHECK, RESOURCE_CHECK)),
    ),
    ...(["fieldSelector", "labelSelector"] as const).map((part) =>
      declare(part, ofText(`authorizer_${part.toLowerCase()}`, RESOURCE_CHECK, RESOURCE_CHECK)),
    ),
    declare(
      "check",
      ofText("pathcheck_check", PATH_CHECK, DECISION),
      ofText("resourcecheck_check", RESOURCE_CHECK, DECISION),
    ),
    declare("errored", method("decision_errored", [DECISION], BOOL)),
    declare("error", method("decision_error", [DECISION], STRING)),
    declare("allowed", method("decision_allowed", [DECISION], BOOL)),
    declare("reason", method("decision_reason", [DECISION], STRING)),
  ],
  types: [AUTHORIZER, PATH_CHECK, GROUP_CHECK, RESOURCE_CHECK, DECISION],
};

function ofText(id: string, target: CelType, result: CelType) {
  return method(id, [target, STRING], result);
}
