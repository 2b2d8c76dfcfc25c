import {
  BOOTSTRAP_TOKEN_NAMESPACE,
  BOOTSTRAPPERS_GROUP,
  bootstrapTokenName,
  canAuthenticate,
  isBootstrapGroup,
  isExpired,
  parseBootstrapToken,
  readBootstrapToken,
} from "#api/core/v1/bootstrap-token.ts";
import type { Secret } from "#api/generated/core-v1.ts";
import { AUTHENTICATED_GROUP, type UserInfo } from "#apimachinery/user.ts";
import type { Clock } from "#base/clock.ts";
import { AuthenticationError, type TokenAuthenticator } from "#https/authenticator.ts";
import { isSameSecret } from "#pki/same-secret.ts";

/** Finds Secrets in their newest state; see `ClusterObjects`. */
export interface TokenSecrets {
  get(kind: "Secret", name: { readonly namespace: string; readonly name: string }): Secret | undefined;
}

interface BootstrapTokenDependencies {
  readonly objects: TokenSecrets;
  readonly clock: Pick<Clock, "now">;
}

/**
 * Knows machines that have no identity yet by their bootstrap tokens (kubernetes
 * `plugin/pkg/auth/authenticator/token/bootstrap`).
 */
export class BootstrapTokens implements TokenAuthenticator {
  readonly #dependencies: BootstrapTokenDependencies;

  constructor(dependencies: BootstrapTokenDependencies) {
    this.#dependencies = dependencies;
  }

  authenticateToken(text: string): UserInfo | undefined {
    const { objects, clock } = this.#dependencies;
    const shown = parseBootstrapToken(text);
    if (shown === undefined) return undefined;
    const name = { namespace: BOOTSTRAP_TOKEN_NAMESPACE, name: bootstrapTokenName(shown.id) };
    const secret = objects.get("Secret", name);
    if (secret === undefined || secret.metadata.deletionTimestamp !== undefined) return undefined;
    const token = readBootstrapToken(secret);
    const isKnown =
      token !== undefined &&
      isSameSecret(token.secret, shown.secret) &&
      !isExpired(token, clock.now()) &&
      canAuthenticate(token);
    return isKnown ? { name: `system:bootstrap:${token.id}`, groups: groupsOf(token) } : undefined;
  }
}

function groupsOf({ id, groups }: { readonly id: string; readonly groups: readonly string[] }): string[] {
  const foreign = groups.find((group) => !isBootstrapGroup(group));
  if (foreign !== undefined) {
    throw new AuthenticationError(`bootstrap token "${id}" must not be of the group "${foreign}"`);
  }
  return [...new Set([BOOTSTRAPPERS_GROUP, ...groups])].toSorted().concat(AUTHENTICATED_GROUP);
}
