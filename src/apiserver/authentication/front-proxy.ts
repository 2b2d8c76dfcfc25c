import { AUTHENTICATED_GROUP, type UserInfo } from "#apimachinery/user.ts";
import type { Clock } from "#base/clock.ts";
import { AuthenticationError, type Authenticator } from "#https/authenticator.ts";
import type { Credentials } from "#https/peer.ts";
import { type FrontProxyHeaders, inLowerCase } from "./front-proxy-headers.ts";

export interface FrontProxyOptions {
  /** Common names of the certificates of front proxies; none for any that its authority has signed. */
  readonly allowedNames: readonly string[];
  readonly headers: FrontProxyHeaders;
}

/**
 * Believes a front proxy what it says of users in its headers (apiserver `request/headerrequest`). Who shows no certificate
 * of its authority may send such headers, and is not believed.
 */
export function frontProxyAuthenticator(
  { allowedNames, headers }: FrontProxyOptions,
  { clock }: { readonly clock: Pick<Clock, "now"> },
): Authenticator {
  const names = inLowerCase(headers);
  return {
    authenticate: (credentials) => {
      const { certificate } = credentials.peer;
      if (certificate?.isFrontProxy !== true) return undefined;
      const { commonName, notAfter } = certificate;
      if (clock.now() > notAfter) throw new AuthenticationError(`certificate of "${commonName}" has expired`);
      if (allowedNames.length > 0 && !allowedNames.includes(commonName)) {
        throw new AuthenticationError(`x509: subject with cn=${commonName} is not in the allowed list`);
      }
      return remoteUser(credentials, names);
    },
  };
}

function remoteUser(
  credentials: Credentials,
  { username, uid, group, extraPrefix }: FrontProxyHeaders,
): UserInfo | undefined {
  const name = firstOf(credentials, username);
  if (name === "") return undefined;
  const id = firstOf(credentials, uid);
  const groups = group.flatMap((header) => linesOf(credentials, header)).filter((value) => value !== "");
  const extra = remoteExtra(credentials, extraPrefix);
  return {
    name,
    ...(id !== "" && { uid: id }),
    groups: [...new Set([...groups, AUTHENTICATED_GROUP])],
    ...(Object.keys(extra).length > 0 && { extra }),
  };
}

/** Of the first header that says something. */
function firstOf(credentials: Credentials, headers: readonly string[]): string {
  return headers.map((header) => credentials.header(header) ?? "").find((value) => value !== "") ?? "";
}

function linesOf(credentials: Credentials, header: string): readonly string[] {
  return credentials
    .headerLines(header)
    .filter(([name]) => name === header)
    .map(([, value]) => value);
}

function remoteExtra(credentials: Credentials, prefixes: readonly string[]): Record<string, string[]> {
  const extra = new Map<string, string[]>();
  for (const prefix of prefixes) {
    for (const [header, value] of credentials.headerLines(prefix)) {
      const key = unescapeKey(header.slice(prefix.length));
      extra.set(key, [...(extra.get(key) ?? []), value]);
    }
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
