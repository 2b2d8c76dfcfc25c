import { quote } from "#apimachinery/go-text.ts";
import { badRequest } from "#apimachinery/status-error.ts";
import type { UserInfo } from "#apimachinery/user.ts";

/** What all the headers begin with by which a client asks to be somebody else, in lower case. */
export const IMPERSONATION_PREFIX = "impersonate-";

const EXTRA_PREFIX = "impersonate-extra-";

/** Header lines by their lower-case names, each with all its values. */
export type HeaderLines = readonly (readonly [name: string, value: string])[];

/**
 * Whom a client asks to be, as far as the headers say; undefined when it does not ask. Throws BadRequest for groups
 * and other facts about nobody.
 */
export function readImpersonation(lines: HeaderLines): UserInfo | undefined {
  const valuesOf = (name: string): readonly string[] =>
    lines.filter(([each]) => each === name).map(([, value]) => value);
  const [name = ""] = valuesOf("impersonate-user");
  const [uid = ""] = valuesOf("impersonate-uid");
  const groups = valuesOf("impersonate-group");
  const extra = readExtra(lines);
  if (name === "") {
    if (uid === "" && groups.length === 0 && extra === undefined) return undefined;
    throw badRequest(`requested ${describeNobody(uid, groups, extra)} without impersonating a user name`);
  }
  return { name, groups, ...(uid !== "" && { uid }), ...(extra && { extra }) };
}

function readExtra(lines: HeaderLines): Record<string, readonly string[]> | undefined {
  const extra = new Map<string, string[]>();
  for (const [name, value] of lines) {
    if (!name.startsWith(EXTRA_PREFIX)) continue;
    const key = unescapeKey(name.slice(EXTRA_PREFIX.length));
    extra.set(key, [...(extra.get(key) ?? []), value]);
  }
  return extra.size === 0 ? undefined : Object.fromEntries(extra);
}

/** Keys may be percent-encoded; what is encoded wrongly is taken as it is. */
function unescapeKey(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    // Not encoded, then.
    return key;
  }
}

/** Go's `%#v` of a user without a name. */
function describeNobody(
  uid: string,
  groups: readonly string[],
  extra: Readonly<Record<string, readonly string[]>> | undefined,
): string {
  const list = (values: readonly string[]): string => `[]string{${values.map(quote).join(", ")}}`;
  const entries = Object.entries(extra ?? {}).map(([key, values]) => `${quote(key)}:${list(values)}`);
  const shownGroups = groups.length === 0 ? "[]string(nil)" : list(groups);
  const shownExtra = entries.length === 0 ? "(nil)" : `{${entries.join(", ")}}`;
  return `&user.DefaultInfo{Name:"", UID:${quote(uid)}, Groups:${shownGroups}, Extra:map[string][]string${shownExtra}}`;
}
