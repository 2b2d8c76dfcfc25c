import { parseDuration } from "#apimachinery/duration.ts";
import { formatFieldError } from "#apimachinery/field-error.ts";
import { aggregate } from "#apimachinery/status-error.ts";
import { parseConfiguration } from "../../formats/parse-configuration.ts";
import {
  type AuthorizerConfiguration,
  type NamedAuthorizer,
  nameOfType,
  type ReviewVersion,
  type WebhookConfiguration,
} from "./authorization-configuration.ts";
import {
  AUTHORIZATION_KIND,
  type AuthorizerDocument,
  type ConfigurationDocument,
  type WebhookDocument,
} from "./configuration-document.ts";
import { validateAuthorizers } from "./validate-configuration.ts";

/**
 * The authorizers of an AuthorizationConfiguration in YAML or JSON; a text says why it cannot be used (kubernetes
 * `pkg/kubeapiserver/authorizer/config.go`). Those of `required` types must be among them.
 */
export function parseAuthorizers(
  text: string,
  requiredTypes: readonly string[] = [],
): readonly AuthorizerConfiguration[] | string {
  const parsed = text === "" ? {} : parseConfiguration(text, AUTHORIZATION_KIND);
  if (typeof parsed === "string") {
    return `failed to load AuthorizationConfiguration from file: ${parsed}`;
  }
  // The schema is that of the type.
  const authorizers = ((parsed as ConfigurationDocument).authorizers ?? []).map(withDefaults);
  const errors = validateAuthorizers(authorizers);
  const problems =
    errors.length > 0 ? errors.map(formatFieldError) : membershipProblems(authorizers, requiredTypes);
  return problems.length > 0 ? aggregate(problems) : authorizers.map(toConfiguration);
}

/** What cannot be while a server runs, and what must stay as it was when it started. */
function membershipProblems(
  authorizers: readonly AuthorizerDocument[],
  requiredTypes: readonly string[],
): readonly string[] {
  const missing = requiredTypes.filter((type) => authorizers.every((each) => each.type !== type));
  return [
    ...authorizers
      .filter(({ type, name }) => type !== "Webhook" && name !== nameOfType(type))
      .map(({ type, name }) => `expected name ${nameOfType(type)} for authorizer ${type} instead of ${name}`),
    ...(missing.length > 0 ? [`missing required types: [${missing.toSorted().join(" ")}]`] : []),
  ];
}

function withDefaults(authorizer: AuthorizerDocument): AuthorizerDocument {
  const { webhook } = authorizer;
  if (webhook === undefined) return authorizer;
  const { authorizedTTL, unauthorizedTTL } = webhook;
  return {
    ...authorizer,
    webhook: {
      ...webhook,
      authorizedTTL: authorizedTTL === "0s" ? "5m0s" : authorizedTTL,
      unauthorizedTTL: unauthorizedTTL === "0s" ? "30s" : unauthorizedTTL,
    },
  };
}

/** Of what has been validated. */
function toConfiguration({ type, name, webhook }: AuthorizerDocument): AuthorizerConfiguration {
  return webhook === undefined
    ? ({ type, name } as NamedAuthorizer)
    : { type: "Webhook", name, webhook: toWebhook(webhook) };
}

function toWebhook(webhook: WebhookDocument): WebhookConfiguration {
  const { cacheAuthorizedRequests = true, cacheUnauthorizedRequests = true } = webhook;
  return {
    authorizedTtlMs: cacheAuthorizedRequests ? milliseconds(webhook.authorizedTTL) : 0,
    unauthorizedTtlMs: cacheUnauthorizedRequests ? milliseconds(webhook.unauthorizedTTL) : 0,
    timeoutMs: milliseconds(webhook.timeout),
    subjectAccessReviewVersion: webhook.subjectAccessReviewVersion as ReviewVersion,
    failurePolicy: webhook.failurePolicy as WebhookConfiguration["failurePolicy"],
    kubeConfigFile: webhook.connectionInfo.kubeConfigFile ?? "",
    matchConditions: (webhook.matchConditions ?? []).map(({ expression }) => expression),
  };
}

/** At least one: 0 means something else. */
function milliseconds(text: string): number {
  return Math.max(1, Number(parseDuration(text) / 1_000_000n));
}
