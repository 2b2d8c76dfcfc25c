import type { UserInfo } from "#apimachinery/user.ts";
import type { Clock } from "#base/clock.ts";
import type { TokenAuthenticator } from "#https/authenticator.ts";
import type { JWTAuthenticator } from "./authentication-configuration.ts";
import type { JwtMetrics } from "./jwt-metrics.ts";
import { JwtTokens } from "./jwt-tokens.ts";
import type { LazyExpressions } from "./lazy-expressions.ts";

export interface JwtAuthenticatorsOptions {
  readonly jwt: readonly JWTAuthenticator[];
  readonly signingAlgorithms: readonly string[];
}

interface JwtAuthenticatorsDependencies {
  readonly expressions: LazyExpressions;
  readonly clock: Clock;
  readonly metrics: JwtMetrics;
}

/** The issuers of a configuration, which another configuration can take the place of. */
export class JwtAuthenticators implements TokenAuthenticator {
  readonly #signingAlgorithms: readonly string[];
  readonly #dependencies: JwtAuthenticatorsDependencies;
  #tokens: readonly JwtTokens[];

  /** The issuers need not be there yet. */
  constructor(
    { jwt, signingAlgorithms }: JwtAuthenticatorsOptions,
    dependencies: JwtAuthenticatorsDependencies,
  ) {
    this.#signingAlgorithms = signingAlgorithms;
    this.#dependencies = dependencies;
    this.#tokens = this.#create(jwt);
  }

  /** Rejects with an `AuthenticationError`, and leaves all as it is, as long as an issuer cannot be reached. */
  async replace(jwt: readonly JWTAuthenticator[]): Promise<void> {
    const tokens = this.#create(jwt);
    await Promise.all(tokens.map((each) => each.ready()));
    this.#tokens = tokens;
    this.#dependencies.metrics.retain(jwt.map(({ issuer }) => issuer.url));
  }

  /** No two of them know the same issuer. */
  async authenticateToken(token: string): Promise<UserInfo | undefined> {
    for (const tokens of this.#tokens) {
      const user = await tokens.authenticateToken(token);
      if (user !== undefined) return user;
    }
    return undefined;
  }

  #create(jwt: readonly JWTAuthenticator[]): readonly JwtTokens[] {
    const signingAlgorithms = this.#signingAlgorithms;
    return jwt.map(
      (authenticator) => new JwtTokens({ authenticator, signingAlgorithms }, this.#dependencies),
    );
  }
}
