import { quote } from "#apimachinery/go-text.ts";
import { forbidden, type StatusError } from "#apimachinery/status-error.ts";
import type { AuthorizationAttributes } from "./authorizer.ts";

/** What could be taken for HTML (apiserver `responsewriters/errors.go`). */
const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };

/** The answer to a request that no authorizer allows. */
export function forbiddenRequest(attributes: AuthorizationAttributes, reason: string): StatusError {
  const text = describe(attributes).replace(/[&<>]/g, (character) => ENTITIES[character] ?? "");
  const why = reason === "" ? text : `${text}: ${reason}`;
  if (attributes.type === "nonResource") return forbidden({ group: "", resource: "" }, "", why);
  const { group, resource, name } = attributes;
  return forbidden({ group, resource }, name, why);
}

function describe(attributes: AuthorizationAttributes): string {
  const { user, verb } = attributes;
  if (attributes.type === "nonResource")
    return `User ${quote(user.name)} cannot ${verb} path ${quote(attributes.path)}`;
  const { group, resource, subresource, namespace } = attributes;
  const what = subresource === "" ? resource : `${resource}/${subresource}`;
  const where = namespace === "" ? "at the cluster scope" : `in the namespace ${quote(namespace)}`;
  return `User ${quote(user.name)} cannot ${verb} resource ${quote(what)} in API group ${quote(group)} ${where}`;
}
