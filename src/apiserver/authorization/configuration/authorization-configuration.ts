/** Who decides: what flags say, in the terms of an AuthorizationConfiguration (apiserver `pkg/apis/apiserver`). */

/** In the order in which messages list them (kubernetes `pkg/kubeapiserver/authorizer/modes`). */
export const AUTHORIZER_TYPES = ["AlwaysAllow", "AlwaysDeny", "ABAC", "Webhook", "RBAC", "Node"] as const;

export type AuthorizerType = (typeof AUTHORIZER_TYPES)[number];

export type AuthorizerConfiguration =
  | NamedAuthorizer
  | { readonly type: "Webhook"; readonly name: string; readonly webhook: WebhookConfiguration };

/** An authorizer of which nothing more is to be said. */
export interface NamedAuthorizer {
  readonly type: Exclude<AuthorizerType, "Webhook">;
  readonly name: string;
}

export interface WebhookConfiguration {
  /** How long answers are kept that allow something; 0 for not at all. */
  readonly authorizedTtlMs: number;
  /** The same for all others. */
  readonly unauthorizedTtlMs: number;
  readonly timeoutMs: number;
  readonly subjectAccessReviewVersion: ReviewVersion;
  /** What a webhook has said that has failed. */
  readonly failurePolicy: "NoOpinion" | "Deny";
  readonly kubeConfigFile: string;
  /** Expressions over a `request`, all of which must hold for the webhook to be asked. */
  readonly matchConditions: readonly string[];
}

export type ReviewVersion = "v1" | "v1beta1";

/** All authorizers but webhooks have the name of their type, in lower case. */
export function nameOfType(type: string): string {
  return type.toLowerCase();
}

/** What Kubelith does without any flag. */
export const DEFAULT_AUTHORIZERS = [
  { type: "Node", name: nameOfType("Node") },
  { type: "RBAC", name: nameOfType("RBAC") },
] as const satisfies readonly NamedAuthorizer[];
