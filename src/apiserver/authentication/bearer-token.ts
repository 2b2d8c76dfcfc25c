import { AuthenticationError, type Authenticator, type TokenAuthenticator } from "./authenticator.ts";

/** Reads `Authorization: Bearer …` and asks whose the token is; a token that nobody knows is refused. */
export function bearerTokenAuthenticator(tokens: readonly TokenAuthenticator[]): Authenticator {
  return {
    authenticate: async (credentials) => {
      const token = bearerToken(credentials.header("authorization"));
      if (token === undefined) return undefined;
      for (const authenticator of tokens) {
        const user = await authenticator.authenticateToken(token);
        if (user !== undefined) return user;
      }
      throw new AuthenticationError("invalid bearer token");
    },
  };
}

/** Exactly one blank stands between the scheme and the token (apiserver `request/bearertoken`). */
function bearerToken(header: string | undefined): string | undefined {
  const [scheme = "", token = ""] = (header ?? "").trim().split(" ");
  return scheme.toLowerCase() === "bearer" && token !== "" ? token : undefined;
}
