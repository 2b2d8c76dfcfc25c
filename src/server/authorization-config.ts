import {
  AUTHORIZER_TYPES,
  type AuthorizerType,
  type ReviewVersion,
} from "#apiserver/authorization/configuration/authorization-configuration.ts";

/** What can be given for `authorizationMode`. */
export const AUTHORIZATION_MODES = AUTHORIZER_TYPES;
export type AuthorizationMode = AuthorizerType;

/** Who decides who may do what. Undefined where nothing is given, since the file excludes what is. */
export interface AuthorizationConfig {
  /** File with an AuthorizationConfiguration; empty for none. */
  readonly authorizationConfig: string;
  /** Empty for Node and RBAC. */
  readonly authorizationMode: readonly AuthorizationMode[];
  /** File with the policies of ABAC; empty for none. */
  readonly authorizationPolicyFile: string;
  /** Kubeconfig file of the webhook; empty for none. */
  readonly authorizationWebhookConfigFile: string;
  readonly authorizationWebhookVersion: ReviewVersion | undefined;
  readonly authorizationWebhookCacheAuthorizedTtlMs: number | undefined;
  readonly authorizationWebhookCacheUnauthorizedTtlMs: number | undefined;
}
