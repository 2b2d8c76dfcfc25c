import { AUTHENTICATED_GROUP, type UserInfo } from "#apimachinery/user.ts";
import type { Clock } from "#base/clock.ts";
import { AuthenticationError, type Authenticator } from "#https/authenticator.ts";
import type { Credentials } from "#https/peer.ts";

export interface FrontProxyOptions {
  /** Common names of the certificates of front proxies; none for any that its authority has signed. */
  readonly allowedNames: readonly string[];
}

const EXTRA_PREFIX = "x-remote-extra-";

/**
 * Believes a front proxy what it says of users, in the headers `X-Remote-User`, `-Group`, `-Uid` and `-Extra-` (apiserver
 * `request/headerrequest`). Who shows no certificate of its authority may send such headers, and is not believed.
 */
export function frontProxyAuthenticator(
  { allowedNames }: FrontProxyOptions,
  { clock }: { readonly clock: Pick<Clock, "now"> },
): Authenticator {
  return {
    authenticate: (credentials) => {
      const { certificate } = credentials.peer;
      if (certificate?.isFrontProxy !== true) return undefined;
      const { commonName, notAfter } = certificate;
      if (clock.now() > notAfter) throw new AuthenticationError(`certificate of "${commonName}" has expired`);
      if (allowedNames.length > 0 && !allowedNames.includes(commonName)) {
        throw new AuthenticationError(`x509: subject with cn=${commonName} is not in the allowed list`);
      }
      return remoteUser(credentials);
    },
  };
}

function remoteUser(credentials: Credentials): UserInfo | undefined {
  const name = credentials.header("x-remote-user") ?? "";
  if (name === "") return undefined;
  const uid = credentials.header("x-remote-uid") ?? "";
  const groups = credentials
    .headerLines("x-remote-group")
    .filter(([header, value]) => header === "x-remote-group" && value !== "")
    .map(([, value]) => value);
  const extra = remoteExtra(credentials);
  return {
    name,
    ...(uid !== "" && { uid }),
    groups: [...new Set([...groups, AUTHENTICATED_GROUP])],
    ...(Object.keys(extra).length > 0 && { extra }),
  };
}

function remoteExtra(credentials: Credentials): Record<string, string[]> {
  const extra = new Map<string, string[]>();
  for (const [header, value] of credentials.headerLines(EXTRA_PREFIX)) {
    const key = unescapeKey(header.slice(EXTRA_PREFIX.length));
    extra.set(key, [...(extra.get(key) ?? []), value]);
  }
  return Object.fromEntries(extra);
}

/** What is not percent-encoded as it should be stays as it is. */
function unescapeKey(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}
