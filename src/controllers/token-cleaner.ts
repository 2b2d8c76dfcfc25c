import {
  BOOTSTRAP_TOKEN_NAMESPACE,
  BOOTSTRAP_TOKEN_TYPE,
  readExpiration,
} from "#api/core/v1/bootstrap-token.ts";
import type { Secret } from "#api/generated/core-v1.ts";
import type { Plan } from "#reconcile/action.ts";
import { refTo } from "#reconcile/claim.ts";
import { defineController } from "#reconcile/controller.ts";

export interface TokenCleanerView {
  readonly secret: Secret;
  readonly now: Date;
}

/** Deletes bootstrap tokens that have expired (kubernetes `pkg/controller/bootstrap/tokencleaner.go`). */
export const tokenCleanerController = defineController<TokenCleanerView>({
  name: "token-cleaner",
  account: "token-cleaner",
  primary: "Secret",
  watches: [{ kind: "Secret", wakes: "itself", when: isBootstrapToken }],
  writes: ["Secret"],
  observe: ({ namespace, name }, caches, now) => {
    const secret = caches.get("Secret", namespace, name);
    return secret !== undefined && isBootstrapToken(secret) ? { secret, now } : undefined;
  },
  plan: planTokenCleaning,
});

export function planTokenCleaning({ secret, now }: TokenCleanerView): Plan {
  const expiresAt = readExpiration(secret);
  if (expiresAt === undefined || secret.metadata.deletionTimestamp !== undefined) return { actions: [] };
  const waitMs = expiresAt - now.getTime();
  if (waitMs > 0) return { actions: [], requeueAfterMs: waitMs };
  return { actions: [{ type: "delete", target: refTo(secret, "Secret"), uid: secret.metadata.uid }] };
}

function isBootstrapToken({ type, metadata }: Secret): boolean {
  return type === BOOTSTRAP_TOKEN_TYPE && metadata.namespace === BOOTSTRAP_TOKEN_NAMESPACE;
}
