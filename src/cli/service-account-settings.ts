import type { ServiceAccountConfig } from "#server/service-account-config.ts";
import type { Settings } from "./setting.ts";
import { parseIssuerUrl, parsePath, parseSwitch, parseTimeSpan } from "./setting-values.ts";

/** Whose tokens service accounts have, for whom and for how long. */
export const serviceAccountSettings: Settings<ServiceAccountConfig> = {
  serviceAccountIssuers: {
    flag: "service-account-issuer",
    help: "issuer of service accounts' tokens: the first one signs, those of all are good",
    parse: (text) => text,
    repeatable: true,
    fallback: [],
    fallbackHelp: "https://kubernetes.default.svc.<cluster-domain>",
  },
  apiAudiences: {
    flag: "api-audiences",
    help: "audience that such tokens must have here",
    parse: (text) => text,
    repeatable: true,
    fallback: [],
    fallbackHelp: "the issuers",
  },
  serviceAccountSigningKeyFile: {
    flag: "service-account-signing-key-file",
    help: "file with the private key that signs them",
    parse: parsePath,
    fallback: "",
    fallbackHelp: "the server's own",
  },
  serviceAccountKeyFiles: {
    flag: "service-account-key-file",
    help: "file with keys whose tokens are good besides",
    parse: parsePath,
    repeatable: true,
    fallback: [],
    fallbackHelp: "the server's own",
  },
  serviceAccountJwksUri: {
    flag: "service-account-jwks-uri",
    help: "URL at which others find these keys",
    parse: parseIssuerUrl,
    fallback: "",
    fallbackHelp: "that of the server",
  },
  serviceAccountMaxTokenExpirationMs: {
    flag: "service-account-max-token-expiration",
    help: "how long a token is good at most",
    parse: parseLifetime,
    fallback: undefined,
    fallbackHelp: "no limit",
  },
  serviceAccountExtendTokenExpiration: {
    flag: "service-account-extend-token-expiration",
    help: "let tokens that are mounted into pods live for a year",
    parse: parseSwitch,
    isSwitch: true,
    fallback: true,
  },
};

const SHORTEST_MS = 3_600_000;
const LONGEST_MS = 2 ** 32 * 1000;

/** In milliseconds. */
function parseLifetime(text: string): number {
  const ms = parseTimeSpan(text);
  if (ms < SHORTEST_MS || ms > LONGEST_MS) throw new RangeError("must be between 1 hour and 2^32 seconds");
  return ms;
}
