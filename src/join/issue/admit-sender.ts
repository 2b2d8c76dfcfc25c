import {
  BOOTSTRAP_TOKEN_NAMESPACE,
  bootstrapTokenName,
  canAuthenticate,
  isExpired,
  parseBootstrapToken,
  readBootstrapToken,
} from "#api/core/v1/bootstrap-token.ts";
import type { Secret } from "#api/generated/core-v1.ts";
import { NODES_GROUP, type UserInfo } from "#apimachinery/user.ts";
import type { Clock } from "#base/clock.ts";
import { isSameSecret } from "#pki/same-secret.ts";
import type { JoinToken } from "../join-token.ts";
import type { ServerTokens } from "./server-tokens.ts";

/** What a request shows of who sends it. */
export interface Sender {
  /** Whose certificate came with it, or nobody's. */
  readonly user: UserInfo;
  readonly token: Pick<JoinToken, "user" | "secret"> | undefined;
}

export interface AdmissionDependencies {
  readonly tokens: Pick<ServerTokens, "accepts">;
  /** A Secret in its newest state. */
  readonly secret: (name: { readonly namespace: string; readonly name: string }) => Secret | undefined;
  readonly clock: Pick<Clock, "now">;
}

/** Why the sender may not become the node, as a sentence with its remedy; undefined for one who may. */
export async function senderProblem(
  nodeName: string,
  { user, token }: Sender,
  dependencies: AdmissionDependencies,
): Promise<string | undefined> {
  if (isNode(user, nodeName)) return undefined;
  if (token === undefined) return "no token was shown; give one with --token";
  if (token.user === "bootstrap") return bootstrapProblem(token.secret, dependencies);
  return (await dependencies.tokens.accepts(token))
    ? undefined
    : "the token is wrong; take it from <data-dir>/server/token on the server or from kubelith token create";
}

/** A node renews its certificates with those that it has. */
function isNode({ name, groups }: UserInfo, nodeName: string): boolean {
  return name === `system:node:${nodeName}` && groups.includes(NODES_GROUP);
}

const CREATE_ANOTHER = "create another with kubelith token create on the server";

function bootstrapProblem(text: string, { secret, clock }: AdmissionDependencies): string | undefined {
  const unknown = `the token is wrong, or has expired and was removed; ${CREATE_ANOTHER}`;
  const shown = parseBootstrapToken(text);
  if (shown === undefined) return unknown;
  const found = secret({ namespace: BOOTSTRAP_TOKEN_NAMESPACE, name: bootstrapTokenName(shown.id) });
  const token = found?.metadata.deletionTimestamp === undefined && found && readBootstrapToken(found);
  if (!token || !isSameSecret(token.secret, shown.secret)) return unknown;
  if (isExpired(token, clock.now())) return `the token "${token.id}" has expired; ${CREATE_ANOTHER}`;
  return canAuthenticate(token) ? undefined : `the token "${token.id}" is not for joining; ${CREATE_ANOTHER}`;
}
