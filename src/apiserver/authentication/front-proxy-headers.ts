/** In which headers a front proxy tells of users. Of several, the first that says something counts. */
export interface FrontProxyHeaders {
  readonly username: readonly string[];
  readonly uid: readonly string[];
  readonly group: readonly string[];
  /** With what the names of headers begin that go on with the key of an extra. */
  readonly extraPrefix: readonly string[];
}

/** Those that this server sends to extension servers. */
export const REMOTE_HEADERS: FrontProxyHeaders = {
  username: ["X-Remote-User"],
  uid: ["X-Remote-Uid"],
  group: ["X-Remote-Group"],
  extraPrefix: ["X-Remote-Extra-"],
};

export function inLowerCase({ username, uid, group, extraPrefix }: FrontProxyHeaders): FrontProxyHeaders {
  const lower = (names: readonly string[]) => names.map((name) => name.toLowerCase());
  return { username: lower(username), uid: lower(uid), group: lower(group), extraPrefix: lower(extraPrefix) };
}

/**
 * Tells which headers, by their lower-case names, only a front proxy may send: from clients they are lies, which nobody behind
 * this server may see (apiserver `pkg/endpoints/filters/authentication.go`).
 */
export function frontProxyHeaderTest(headers: FrontProxyHeaders): (name: string) => boolean {
  const all = [REMOTE_HEADERS, headers].map(inLowerCase);
  const names = new Set(all.flatMap(({ username, uid, group }) => [...username, ...uid, ...group]));
  const prefixes = [...new Set(all.flatMap(({ extraPrefix }) => extraPrefix))];
  return (name) => names.has(name) || prefixes.some((prefix) => name.startsWith(prefix));
}
