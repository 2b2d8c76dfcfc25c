/** `AuthorizationConfiguration` (apiserver `pkg/apis/apiserver/v1/types.go`); its versions have the same fields. */
import type { Schema } from "#apimachinery/schema.ts";
import { listOf, objectOf, TEXT } from "../../formats/configuration-schema.ts";
import type { ConfigurationKind } from "../../formats/parse-configuration.ts";

/** As it is decoded: texts that are absent are empty, and durations `0s`. */
export interface ConfigurationDocument {
  readonly authorizers?: readonly AuthorizerDocument[] | null;
}

export interface AuthorizerDocument {
  readonly type: string;
  readonly name: string;
  readonly webhook?: WebhookDocument;
}

export interface WebhookDocument {
  readonly authorizedTTL: string;
  readonly cacheAuthorizedRequests?: boolean;
  readonly unauthorizedTTL: string;
  readonly cacheUnauthorizedRequests?: boolean;
  readonly timeout: string;
  readonly subjectAccessReviewVersion: string;
  readonly matchConditionSubjectAccessReviewVersion: string;
  readonly failurePolicy: string;
  readonly connectionInfo: ConnectionInfo;
  readonly matchConditions?: readonly { readonly expression: string }[] | null;
}

export interface ConnectionInfo {
  readonly type: string;
  readonly kubeConfigFile?: string;
}

const DURATION: Schema = { type: "duration" };
const SWITCH: Schema = { type: "boolean" };

export const AUTHORIZATION_KIND: ConfigurationKind = {
  kind: "AuthorizationConfiguration",
  versions: ["v1", "v1beta1", "v1alpha1"],
  schema: objectOf("AuthorizationConfiguration", {
    apiVersion: TEXT,
    kind: TEXT,
    authorizers: listOf(
      objectOf(
        "AuthorizerConfiguration",
        {
          type: TEXT,
          name: TEXT,
          webhook: objectOf(
            "WebhookConfiguration",
            {
              authorizedTTL: DURATION,
              cacheAuthorizedRequests: SWITCH,
              unauthorizedTTL: DURATION,
              cacheUnauthorizedRequests: SWITCH,
              timeout: DURATION,
              subjectAccessReviewVersion: TEXT,
              matchConditionSubjectAccessReviewVersion: TEXT,
              failurePolicy: TEXT,
              connectionInfo: objectOf("WebhookConnectionInfo", { type: TEXT, kubeConfigFile: TEXT }, [
                "kubeConfigFile",
              ]),
              matchConditions: listOf(objectOf("WebhookMatchCondition", { expression: TEXT })),
            },
            ["cacheAuthorizedRequests", "cacheUnauthorizedRequests"],
          ),
        },
        ["webhook"],
      ),
    ),
  }),
};
