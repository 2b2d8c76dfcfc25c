import type { UserInfo } from "#apimachinery/user.ts";
import type { Route } from "../front/route.ts";
import type { AnonymousAuthConfig } from "./jwt/authentication-configuration.ts";

/** Who asks without saying who it is. */
export const anonymousUser: UserInfo = { name: "system:anonymous", groups: ["system:unauthenticated"] };

/** Whether who shows no credentials may be anonymous, or is refused. */
export type AnonymousAccess = (path: string, route: Pick<Route, "anonymous">) => boolean;

/**
 * Where nothing is said, for what is public. Otherwise on the paths that the configuration names, or on all (apiserver
 * `request/anonymous`), and where nobody can have credentials yet.
 */
export function anonymousAccess(config: AnonymousAuthConfig | undefined): AnonymousAccess {
  if (config === undefined) return (_path, { anonymous }) => anonymous !== undefined;
  const { enabled, conditions = [] } = config;
  const paths = new Set(conditions.map(({ path }) => path));
  return (path, { anonymous }) =>
    anonymous === "always" || (enabled && (paths.size === 0 || paths.has(path)));
}
