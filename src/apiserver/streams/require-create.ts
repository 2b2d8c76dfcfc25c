import { forbidden, type QualifiedResource } from "#apimachinery/status-error.ts";
import type { Authorizer, ResourceAttributes } from "../authorization/authorizer.ts";

/**
 * Who upgrades a GET can do what a POST does, and needs the permission of both: roles are written for clients that POST
 * (kubernetes `pkg/registry/core/pod/rest/authorize.go`). Throws Forbidden.
 */
export async function requireCreate(
  authorizer: Authorizer,
  attributes: ResourceAttributes,
  resource: QualifiedResource,
): Promise<void> {
  if (attributes.verb === "create") return;
  const { outcome, reason } = await authorizer.authorize({ ...attributes, verb: "create" });
  if (outcome !== "allow") throw forbidden(resource, attributes.name, reason);
}
