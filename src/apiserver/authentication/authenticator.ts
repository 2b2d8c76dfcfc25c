import type { UserInfo } from "#apimachinery/user.ts";

/** What a request shows of its sender. */
export interface Credentials {
  readonly peer: Peer;
  /** The first value of a header, by its lower-case name. */
  header(name: string): string | undefined;
}

/** What a request's connection says of the one at its other end. */
export interface Peer {
  /** The client's address without its port. */
  readonly address: string;
  /** Present when the client has shown a certificate, trusted or not. */
  readonly certificate?: PeerCertificate;
}

export interface PeerCertificate {
  readonly commonName: string;
  readonly organizations: readonly string[];
  /** SHA-256 of the certificate in lower-case hexadecimal. */
  readonly fingerprint: string;
  /** Whether it leads to the client authority, is for clients and was valid when the connection was made. */
  readonly trusted: boolean;
  /** Milliseconds since the epoch. */
  readonly notAfter: number;
}

/** One way to tell who sends a request. */
export interface Authenticator {
  /**
   * The sender, or undefined when the request shows nothing that this authenticator knows. Throws an
   * `AuthenticationError` for a credential of its kind that is not good.
   */
  authenticate(credentials: Credentials): UserInfo | undefined | Promise<UserInfo | undefined>;
}

/** One way to tell whose a bearer token is; the same contract as `Authenticator`. */
export interface TokenAuthenticator {
  authenticateToken(token: string): UserInfo | undefined | Promise<UserInfo | undefined>;
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
    authenticate: async (credentials) => {
      const refusals: string[] = [];
      for (const authenticator of authenticators) {
        try {
          const user = await authenticator.authenticate(credentials);
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
