import type { RequestTarget } from "#apimachinery/request.ts";
import { internalError } from "#apimachinery/status-error.ts";
import type { UserInfo } from "#apimachinery/user.ts";
import type { AuthorizationAttributes, Authorizer, ResourceAttributes } from "./authorizer.ts";
import { forbiddenRequest } from "./forbidden-request.ts";

export function attributesOf(user: UserInfo, target: RequestTarget, verb: string): ResourceAttributes {
  const { group, version, resource, subresource = "", namespace = "", name = "" } = target;
  return { type: "resource", user, verb, group, version, resource, subresource, namespace, name };
}

/** Throws Forbidden unless the authorizer allows it. */
export async function requireAllowed(
  authorizer: Authorizer,
  attributes: AuthorizationAttributes,
): Promise<void> {
  const { outcome, reason } = await decide(authorizer, attributes);
  if (outcome !== "allow") throw forbiddenRequest(attributes, reason);
}

async function decide(
  authorizer: Authorizer,
  attributes: AuthorizationAttributes,
): Promise<Awaited<ReturnType<Authorizer["authorize"]>>> {
  try {
    return await authorizer.authorize(attributes);
  } catch (error) {
    throw internalError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}
