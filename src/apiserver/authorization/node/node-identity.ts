import { NODES_GROUP, type UserInfo } from "#apimachinery/user.ts";

const PREFIX = "system:node:";

/**
 * The node that a user is; empty for one that is a node but does not say which. Undefined for anybody else
 * (kubernetes `pkg/auth/nodeidentifier`).
 */
export function nodeOf({ name, groups }: UserInfo): string | undefined {
  return name.startsWith(PREFIX) && groups.includes(NODES_GROUP) ? name.slice(PREFIX.length) : undefined;
}
