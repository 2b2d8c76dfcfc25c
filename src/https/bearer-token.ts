import type { UserInfo } from "#apimachinery/user.ts";
import {
  AuthenticationError,
  type AuthenticationNotes,
  type Authenticator,
  type TokenAuthenticator,
} from "./authenticator.ts";

/** Reads `Authorization: Bearer …` and asks whose the token is; a token that nobody knows is refused. */
export function bearerTokenAuthenticator(tokens: readonly TokenAuthenticator[]): Authenticator {
  return {
    authenticate: async (credentials, notes) => {
      const token = bearerToken(credentials.header("authorization"));
      return token === undefined ? undefined : await ownerOf(token, tokens, notes);
    },
  };
}

/** Throws an `AuthenticationError` for a token that nobody knows. */
export async function ownerOf(
  token: string,
  tokens: readonly TokenAuthenticator[],
  notes: AuthenticationNotes | undefined,
): Promise<UserInfo> {
  for (const authenticator of tokens) {
    const user = await authenticator.authenticateToken(token, notes);
    if (user !== undefined) return user;
  }
  throw new AuthenticationError("invalid bearer token");
}

/** Exactly one blank stands between the scheme and the token (apiserver `request/bearertoken`). */
function bearerToken(header: string | undefined): string | undefined {
  const text = header?.trim() ?? "";
  const blank = text.indexOf(" ");
  if (blank < 0 || text.slice(0, blank).toLowerCase() !== "bearer") return undefined;
  const end = text.indexOf(" ", blank + 1);
  const token = text.slice(blank + 1, end < 0 ? undefined : end);
  return token === "" ? undefined : token;
}
