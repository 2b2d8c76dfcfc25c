import type { OidcConfig } from "#server/config.ts";
import type { Settings } from "./setting.ts";
import { parseClaim, parseIssuerUrl, parsePath, parseSigningAlgorithm } from "./setting-values.ts";

const none = { fallback: "", fallbackHelp: "none" } as const;
const asIs = (text: string): string => text;

/** Whose tokens of OpenID Connect the API server takes. */
export const oidcSettings: Settings<OidcConfig> = {
  oidcIssuerUrl: {
    flag: "oidc-issuer-url",
    help: "URL of an OpenID Connect provider whose tokens users may show",
    parse: parseIssuerUrl,
    ...none,
  },
  oidcClientId: {
    flag: "oidc-client-id",
    help: "client that these tokens must be for",
    parse: asIs,
    ...none,
  },
  oidcUsernameClaim: {
    flag: "oidc-username-claim",
    help: "claim with the name of the user",
    parse: asIs,
    fallback: "sub",
  },
  oidcUsernamePrefix: {
    flag: "oidc-username-prefix",
    help: "what stands before it; - for nothing",
    parse: asIs,
    fallback: "",
    fallbackHelp: "the issuer and #, or nothing for the claim email",
  },
  oidcGroupsClaim: { flag: "oidc-groups-claim", help: "claim with the user's groups", parse: asIs, ...none },
  oidcGroupsPrefix: {
    flag: "oidc-groups-prefix",
    help: "what stands before each of them",
    parse: asIs,
    ...none,
  },
  oidcRequiredClaims: {
    flag: "oidc-required-claim",
    help: "claim that a token must have, as claim=value",
    parse: parseClaim,
    repeatable: true,
    fallback: [],
  },
  oidcCaFile: {
    flag: "oidc-ca-file",
    help: "file with the authority of the provider's certificate",
    parse: parsePath,
    fallback: "",
    fallbackHelp: "those that the host trusts",
  },
  oidcSigningAlgs: {
    flag: "oidc-signing-algs",
    help: "algorithm that a token may be signed with",
    parse: parseSigningAlgorithm,
    repeatable: true,
    fallback: ["RS256"],
  },
};
