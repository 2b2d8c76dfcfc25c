/** `AuthenticationConfiguration` (apiserver `pkg/apis/apiserver/v1/types.go`); its versions have the same fields. */
import { listOf, objectOf, TEXT } from "../../formats/configuration-schema.ts";

export interface AuthenticationConfiguration {
  readonly jwt?: readonly JWTAuthenticator[];
  readonly anonymous?: AnonymousAuthConfig;
}

export interface AnonymousAuthConfig {
  readonly enabled: boolean;
  /** None for all paths. */
  readonly conditions?: readonly { readonly path: string }[];
}

/** Whose tokens are good, and which users they are for. */
export interface JWTAuthenticator {
  readonly issuer: Issuer;
  readonly claimValidationRules?: readonly ClaimValidationRule[];
  readonly claimMappings: ClaimMappings;
  readonly userValidationRules?: readonly UserValidationRule[];
}

export interface Issuer {
  readonly url: string;
  readonly discoveryURL?: string;
  /** PEM; default: whom the host trusts. */
  readonly certificateAuthority?: string;
  readonly audiences: readonly string[];
  readonly audienceMatchPolicy?: string;
  readonly egressSelectorType?: string;
}

export interface ClaimValidationRule {
  readonly claim?: string;
  readonly requiredValue?: string;
  readonly expression?: string;
  readonly message?: string;
}

export interface ClaimMappings {
  readonly username: PrefixedClaimOrExpression;
  readonly groups: PrefixedClaimOrExpression;
  readonly uid: ClaimOrExpression;
  readonly extra?: readonly ExtraMapping[];
}

export interface ClaimOrExpression {
  readonly claim?: string;
  readonly expression?: string;
}

export interface PrefixedClaimOrExpression extends ClaimOrExpression {
  readonly prefix?: string;
}

export interface ExtraMapping {
  readonly key: string;
  readonly valueExpression: string;
}

export interface UserValidationRule {
  readonly expression: string;
  readonly message?: string;
}

const CLAIM = { claim: TEXT, expression: TEXT };
const PREFIXED_CLAIM = objectOf("PrefixedClaimOrExpression", { ...CLAIM, prefix: TEXT }, ["prefix"]);

/** The shape of the document, by which it is decoded. */
export const CONFIGURATION_SCHEMA = objectOf(
  "AuthenticationConfiguration",
  {
    apiVersion: TEXT,
    kind: TEXT,
    jwt: listOf(
      objectOf("JWTAuthenticator", {
        issuer: objectOf(
          "Issuer",
          {
            url: TEXT,
            discoveryURL: TEXT,
            certificateAuthority: TEXT,
            audiences: listOf(TEXT),
            audienceMatchPolicy: { type: "string", goType: "v1.AudienceMatchPolicyType" },
            egressSelectorType: { type: "string", goType: "v1.EgressSelectorType" },
          },
          ["discoveryURL"],
        ),
        claimValidationRules: listOf(
          objectOf("ClaimValidationRule", {
            claim: TEXT,
            requiredValue: TEXT,
            expression: TEXT,
            message: TEXT,
          }),
        ),
        claimMappings: objectOf("ClaimMappings", {
          username: PREFIXED_CLAIM,
          groups: PREFIXED_CLAIM,
          uid: objectOf("ClaimOrExpression", CLAIM),
          extra: listOf(objectOf("ExtraMapping", { key: TEXT, valueExpression: TEXT })),
        }),
        userValidationRules: listOf(objectOf("UserValidationRule", { expression: TEXT, message: TEXT })),
      }),
    ),
    anonymous: objectOf("AnonymousAuthConfig", {
      enabled: { type: "boolean" },
      conditions: listOf(objectOf("AnonymousAuthCondition", { path: TEXT })),
    }),
  },
  ["anonymous"],
);
