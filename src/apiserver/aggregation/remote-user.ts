/** How extension servers are told who asks (client-go `transport`, `SetAuthProxyHeaders`). */
import type { UserInfo } from "#apimachinery/user.ts";
import type { RequestHeaders } from "#https/exchange.ts";

const EXTRA_PREFIX = "x-remote-extra-";

export function remoteUserHeaders({ name, uid = "", groups, extra = {} }: UserInfo): RequestHeaders {
  return {
    "x-remote-user": name,
    ...(uid !== "" && { "x-remote-uid": uid }),
    ...(groups.length > 0 && { "x-remote-group": groups }),
    ...Object.fromEntries(
      Object.entries(extra).map(([key, values]) => [EXTRA_PREFIX + escapeKey(key), values]),
    ),
  };
}

/** What is no token of RFC 7230, and `%` itself. */
const NOT_IN_NAMES = /[^!#$&'*+\-.^_`|~0-9A-Za-z]/g;

/** Percent-encodes the bytes that the name of a header cannot have. */
function escapeKey(key: string): string {
  return Buffer.from(key)
    .toString("latin1")
    .replace(NOT_IN_NAMES, (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`);
}
