import {
  AUTHORIZER_TYPES,
  type AuthorizerType,
  type ReviewVersion,
} from "#apiserver/authorization/authorization-configuration.ts";

/** What can be given for `authorizationMode`. */
export const AUTHORIZATION_MODES = AUTHORIZER_TYPES;
export type AuthorizationMode = AuthorizerType;

/** Who decides who may do what. Undefined where nothing is given, since a file can be given instead. */
export interface AuthorizationConfig {
  /** Empty for Node and RBAC. */
  readonly authorizationMode: readonly AuthorizationMode[];
  /** Kubeconfig file of the webhook; empty for none. */
  readonly authorizationWebhookConfigFile: string;
  readonly authorizationWebhookVersion: ReviewVersion | undefined;
  readonly authorizationWebhookCacheAuthorizedTtlMs: number | undefined;
  readonly authorizationWebhookCacheUnauthorizedTtlMs: number | undefined;
}
