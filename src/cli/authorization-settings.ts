import {
  AUTHORIZATION_MODES,
  type AuthorizationConfig,
  type AuthorizationMode,
} from "#server/authorization-config.ts";
import type { Settings } from "./setting.ts";
import { parsePath, parseTtl } from "./setting-values.ts";

/** Who decides who may do what. */
export const authorizationSettings: Settings<AuthorizationConfig> = {
  authorizationConfig: {
    flag: "authorization-config",
    help: "file with an AuthorizationConfiguration, which is read again as it changes",
    parse: parsePath,
    fallback: "",
    fallbackHelp: "none",
  },
  authorizationMode: {
    flag: "authorization-mode",
    help: "who decides what requests may do, in this order; Node,RBAC unless given",
    parse: parseMode,
    repeatable: true,
    fallback: [],
    fallbackHelp: "Node,RBAC",
  },
  authorizationPolicyFile: {
    flag: "authorization-policy-file",
    help: "file with the policies of the mode ABAC, one JSON object a line",
    parse: parsePath,
    fallback: "",
    fallbackHelp: "none",
  },
  authorizationWebhookConfigFile: {
    flag: "authorization-webhook-config-file",
    help: "kubeconfig file of the webhook of the mode Webhook",
    parse: parsePath,
    fallback: "",
    fallbackHelp: "none",
  },
  authorizationWebhookVersion: {
    flag: "authorization-webhook-version",
    help: "version of the SubjectAccessReviews that it gets",
    parse: parseReviewVersion,
    fallback: undefined,
    fallbackHelp: "v1beta1",
  },
  authorizationWebhookCacheAuthorizedTtlMs: {
    flag: "authorization-webhook-cache-authorized-ttl",
    help: "how long its answers are kept that allow something",
    parse: parseTtl,
    fallback: undefined,
    fallbackHelp: "5m0s",
  },
  authorizationWebhookCacheUnauthorizedTtlMs: {
    flag: "authorization-webhook-cache-unauthorized-ttl",
    help: "how long its other answers are kept",
    parse: parseTtl,
    fallback: undefined,
    fallbackHelp: "30s",
  },
};

function parseMode(text: string): AuthorizationMode {
  const mode = AUTHORIZATION_MODES.find((each) => each === text);
  if (mode === undefined) throw new RangeError(`must be one of ${AUTHORIZATION_MODES.join(", ")}`);
  return mode;
}

function parseReviewVersion(text: string): "v1" | "v1beta1" {
  if (text !== "v1" && text !== "v1beta1") throw new RangeError("must be v1 or v1beta1");
  return text;
}
