/** What expressions can ask an authorizer (k8s.io/apiserver pkg/cel/library/authz.go). */
import { checkDNS1123Label, checkDNS1123Subdomain } from "#apimachinery/formats.ts";
import { AUTHENTICATED_GROUP, serviceAccountUser } from "#apimachinery/user.ts";
import { declare, method } from "../types/function.ts";
import { BOOL, type CelType, STRING } from "../types/type.ts";
import { CelError, type CelValue, type Result } from "../values/value.ts";
import {
  AUTHORIZER,
  CelAuthorizer,
  type CelDecision,
  DECISION,
  GROUP_CHECK,
  GroupCheck,
  PATH_CHECK,
  PathCheck,
  RESOURCE_CHECK,
  ResourceCheck,
} from "./authorizer-values.ts";
import type { Library } from "./library.ts";

export const authorizerLibrary: Library = {
  functions: [
    declare("path", ofText("authorizer_path", AUTHORIZER, PATH_CHECK, checkOfPath)),
    declare(
      "group",
      ofText(
        "authorizer_group",
        AUTHORIZER,
        GROUP_CHECK,
        (authorizer: CelAuthorizer, group) => new GroupCheck(authorizer, group),
      ),
    ),
    declare(
      "serviceAccount",
      method("authorizer_serviceaccount", [AUTHORIZER, STRING, STRING], AUTHORIZER, authorizerOfAccount),
    ),
    declare("resource", ofText("groupcheck_resource", GROUP_CHECK, RESOURCE_CHECK, checkOfResource)),
    ...(["subresource", "namespace", "name"] as const).map((part) =>
      declare(
        part,
        ofText(`resourcecheck_${part}`, RESOURCE_CHECK, RESOURCE_CHECK, (check: ResourceCheck, text) =>
          check.with({ [part]: text }),
        ),
      ),
    ),
    declare(
      "fieldSelector",
      ofText(
        "authorizer_fieldselector",
        RESOURCE_CHECK,
        RESOURCE_CHECK,
        (check: ResourceCheck, fieldSelector) => check.with({ fieldSelector }),
      ),
    ),
    declare(
      "labelSelector",
      ofText(
        "authorizer_labelselector",
        RESOURCE_CHECK,
        RESOURCE_CHECK,
        (check: ResourceCheck, labelSelector) => check.with({ labelSelector }),
      ),
    ),
    declare(
      "check",
      ofText("pathcheck_check", PATH_CHECK, DECISION, (check: PathCheck, verb) => check.check(verb)),
      ofText("resourcecheck_check", RESOURCE_CHECK, DECISION, (check: ResourceCheck, verb) =>
        check.check(verb),
      ),
    ),
    declare(
      "errored",
      ofDecision("errored", BOOL, ({ decision }) => decision.evaluationError !== undefined),
    ),
    declare(
      "error",
      ofDecision("error", STRING, ({ decision }) => decision.evaluationError ?? ""),
    ),
    declare(
      "allowed",
      ofDecision("allowed", BOOL, ({ decision }) => decision.outcome === "allow"),
    ),
    declare(
      "reason",
      ofDecision("reason", STRING, ({ decision }) => decision.reason),
    ),
  ],
  types: [AUTHORIZER, PATH_CHECK, GROUP_CHECK, RESOURCE_CHECK, DECISION],
};

function ofText<T extends CelValue>(
  id: string,
  target: CelType,
  result: CelType,
  call: (target: T, text: string) => Result,
) {
  return method(id, [target, STRING], result, call);
}

function ofDecision(name: string, result: CelType, call: (decision: CelDecision) => Result) {
  return method(`decision_${name}`, [DECISION], result, call);
}

function checkOfPath(authorizer: CelAuthorizer, path: string): Result {
  return path.trim() === "" ? new CelError("path must not be empty") : new PathCheck(authorizer, path);
}

function checkOfResource({ authorizer, group }: GroupCheck, resource: string): Result {
  if (resource.trim() === "") return new CelError("resource must not be empty");
  return new ResourceCheck(authorizer, { group, resource, subresource: "", namespace: "", name: "" });
}

function authorizerOfAccount({ decide }: CelAuthorizer, namespace: string, name: string): Result {
  if (checkDNS1123Subdomain(name).length > 0) return new CelError("Invalid service account name");
  if (checkDNS1123Label(namespace).length > 0) return new CelError("Invalid service account namespace");
  const { groups, ...user } = serviceAccountUser(namespace, name);
  // Nobody has authenticated it.
  return new CelAuthorizer(
    { ...user, groups: groups.filter((each) => each !== AUTHENTICATED_GROUP) },
    decide,
  );
}
