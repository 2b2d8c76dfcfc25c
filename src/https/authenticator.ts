import type { UserInfo } from "#apimachinery/user.ts";
import type { Credentials } from "./peer.ts";

/** Takes what is to be said of a request besides whose it is. */
export interface AuthenticationNotes {
  /** For its audit event. */
  annotate(key: string, value: string): void;
  /** For its client. */
  warn(text: string): void;
}

/** One way to tell who sends a request. */
export interface Authenticator {
  /**
   * The sender, or undefined when the request shows nothing that this authenticator knows. Throws an
   * `AuthenticationError` for a credential of its kind that is not good.
   */
  authenticate(
    credentials: Credentials,
    notes?: AuthenticationNotes,
  ): UserInfo | undefined | Promise<UserInfo | undefined>;
}

/** One way to tell whose a bearer token is; the same contract as `Authenticator`. */
export interface TokenAuthenticator {
  authenticateToken(
    token: string,
    notes?: AuthenticationNotes,
  ): UserInfo | undefined | Promise<UserInfo | undefined>;
}

/** Why a credential was refused. The reason is for the log: clients learn no more than "Unauthorized". */
export class AuthenticationError extends Error {
  override readonly name = "AuthenticationError";
}

/** Key of `UserInfo.extra` that tells the credentials of one user apart (apiserver `user.CredentialIDKey`). */
export const CREDENTIAL_ID = "authentication.kubernetes.io/credential-id";

/**
 * Asks one after the other until somebody knows the sender (apiserver `request/union`). A refusal counts only when
 * nobody does: one request may show a bad token and a good certificate.
 */
export function unionAuthenticator(authenticators: readonly Authenticator[]): Authenticator {
  return {
    authenticate: async (credentials, notes) => {
      const refusals: string[] = [];
      for (const authenticator of authenticators) {
        try {
          const user = await authenticator.authenticate(credentials, notes);
          if (user !== undefined) return user;
        } catch (error) {
          if (!(error instanceof AuthenticationError)) throw error;
          refusals.push(error.message);
        }
      }
      if (refusals.length > 0) throw new AuthenticationError(refusals.join(", "));
      return undefined;
    },
  };
}
