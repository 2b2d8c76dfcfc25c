import { readFile } from "node:fs/promises";
import { AUTHENTICATED_GROUP, type UserInfo } from "#apimachinery/user.ts";
import type { TokenAuthenticator } from "#https/authenticator.ts";

/** Knows the tokens of a file for as long as the server runs (apiserver `token/tokenfile`). */
export class StaticTokens implements TokenAuthenticator {
  readonly #users: ReadonlyMap<string, UserInfo>;

  constructor(users: ReadonlyMap<string, UserInfo>) {
    this.#users = users;
  }

  authenticateToken(token: string): UserInfo | undefined {
    return this.#users.get(token);
  }
}

/** The tokens of a file; a text says in one line why it cannot be used, without any token. */
export async function readTokenFile(file: string): Promise<ReadonlyMap<string, UserInfo> | string> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return parseTokens(text);
}

/** Lines of `token,user,uid,"group1,group2"`; of several for one token the last counts. */
export function parseTokens(text: string): ReadonlyMap<string, UserInfo> | string {
  const users = new Map<string, UserInfo>();
  for (const line of text.split(/\r?\n/).filter((each) => each !== "")) {
    const fields = parseFields(line);
    if (fields === undefined) return "it is not a file of comma-separated values";
    const [token = "", name = "", uid = "", groups] = fields;
    if (fields.length < 3) {
      return `it must have at least 3 columns (token, user name, user uid), found ${String(fields.length)}`;
    }
    // A line without a token lets nobody in.
    if (token === "") continue;
    users.set(token, {
      name,
      ...(uid !== "" && { uid }),
      groups: [...new Set([...(groups?.split(",") ?? []), AUTHENTICATED_GROUP])],
    });
  }
  return users;
}

/** The fields of a line, some of them in quotes (RFC 4180); undefined for a quote at the wrong place. */
function parseFields(line: string): readonly string[] | undefined {
  const fields: string[] = [];
  const field = /(?:"((?:[^"]|"")*)"|([^",]*))(,|$)/y;
  for (;;) {
    const match = field.exec(line);
    if (match === null) return undefined;
    fields.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? "");
    if (match[3] === "") return fields;
  }
}
