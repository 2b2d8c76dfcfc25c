/** What is wrong with a configuration (apiserver `pkg/apis/apiserver/validation/validation.go`). */

import { collectErrors } from "#api/validation/collect-errors.ts";
import { readPemBlocks } from "#api/validation/pem.ts";
import { urlParts, urlProblem } from "#api/validation/url-parts.ts";
import { certificateProblem } from "#api/validation/x509.ts";
import {
  duplicate,
  type FieldError,
  indexPath,
  invalid,
  required,
  tooMany,
} from "#apimachinery/field-error.ts";
import type {
  AuthenticationConfiguration,
  Issuer,
  JWTAuthenticator,
} from "./authentication-configuration.ts";
import type { LazyExpressions } from "./lazy-expressions.ts";
import { validateClaims } from "./validate-claims.ts";

type Errors = readonly FieldError[];

const MAX_AUTHENTICATORS = 64;
const MATCH_ANY = "MatchAny";

/** `disallowedIssuers` are those of the cluster's own tokens. */
export function validateAuthenticationConfiguration(
  { jwt = [], anonymous }: AuthenticationConfiguration,
  disallowedIssuers: readonly string[],
  expressions: LazyExpressions,
): Errors {
  if (jwt.length > MAX_AUTHENTICATORS) return [tooMany("jwt", jwt.length, MAX_AUTHENTICATORS)];
  const conditions = anonymous?.conditions ?? [];
  return collectErrors(
    jwt.flatMap((authenticator, index) => [
      ...validateJWTAuthenticator(authenticator, indexPath("jwt", index), disallowedIssuers, expressions),
      ...validateUnique(authenticator.issuer, jwt.slice(0, index), `${indexPath("jwt", index)}.issuer`),
    ]),
    anonymous?.enabled === false &&
      conditions.length > 0 &&
      invalid(
        "anonymous.conditions",
        conditions,
        "enabled should be set to true when conditions are defined",
      ),
  );
}

/** Those before may not have the same addresses. */
function validateUnique(
  { url, discoveryURL = "" }: Issuer,
  before: readonly JWTAuthenticator[],
  path: string,
): Errors {
  return collectErrors(
    before.some(({ issuer }) => issuer.url === url) && duplicate(`${path}.url`, url),
    discoveryURL !== "" &&
      before.some(({ issuer }) => issuer.discoveryURL === discoveryURL) &&
      duplicate(`${path}.discoveryURL`, discoveryURL),
  );
}

export function validateJWTAuthenticator(
  authenticator: JWTAuthenticator,
  path: string,
  disallowedIssuers: readonly string[],
  expressions: LazyExpressions,
): Errors {
  return [
    ...validateIssuer(authenticator.issuer, `${path}.issuer`, disallowedIssuers),
    ...validateClaims(authenticator, path, expressions),
  ];
}

function validateIssuer(issuer: Issuer, path: string, disallowedIssuers: readonly string[]): Errors {
  const { url, discoveryURL = "", certificateAuthority = "", egressSelectorType = "" } = issuer;
  return [
    ...(url === "" ? [required(`${path}.url`)] : validateUrl(url, `${path}.url`, disallowedIssuers)),
    ...(discoveryURL === "" ? [] : validateDiscoveryUrl(issuer, discoveryURL, `${path}.discoveryURL`)),
    ...validateAudiences(issuer, path),
    ...(certificateAuthority === ""
      ? []
      : validateAuthority(certificateAuthority, `${path}.certificateAuthority`)),
    ...(egressSelectorType === ""
      ? []
      : [invalid(`${path}.egressSelectorType`, egressSelectorType, egressProblem(egressSelectorType))]),
  ];
}

/** There are no ways out but one. */
function egressProblem(type: string): string {
  return type === "controlplane" || type === "cluster"
    ? `egress lookup for "${type}" is not configured`
    : "egress selector must be either controlplane or cluster";
}

function validateUrl(url: string, path: string, disallowed: readonly string[]): Errors {
  const refused = disallowed.includes(url)
    ? [
        invalid(
          path,
          url,
          `URL must not overlap with disallowed issuers: [${[...disallowed].sort().join(" ")}]`,
        ),
      ]
    : [];
  const problem = urlProblem(url);
  if (problem !== undefined) return [...refused, invalid(path, url, problem)];
  const { scheme, user, query, fragment } = urlParts(url);
  return collectErrors(
    refused,
    scheme !== "https" && invalid(path, url, "URL scheme must be https"),
    user !== undefined && invalid(path, url, "URL must not contain a username or password"),
    query !== "" && invalid(path, url, "URL must not contain a query"),
    fragment !== "" && invalid(path, url, "URL must not contain a fragment"),
  );
}

function validateDiscoveryUrl({ url }: Issuer, discoveryURL: string, path: string): Errors {
  const isSame = url !== "" && url.replace(/\/+$/, "") === discoveryURL.replace(/\/+$/, "");
  return collectErrors(
    isSame && invalid(path, discoveryURL, "discoveryURL must be different from URL"),
    validateUrl(discoveryURL, path, []),
  );
}

function validateAudiences({ audiences, audienceMatchPolicy = "" }: Issuer, path: string): Errors {
  const listPath = `${path}.audiences`;
  if (audiences.length === 0) return [required(listPath, `at least one ${listPath} is required`)];
  const isMatchAny = audienceMatchPolicy === MATCH_ANY;
  const wrongPolicy = (detail: string) => invalid(`${path}.audienceMatchPolicy`, audienceMatchPolicy, detail);
  return collectErrors(
    audiences.flatMap((audience, index) =>
      collectErrors(
        audience === "" && required(indexPath(listPath, index)),
        audiences.indexOf(audience) < index && duplicate(indexPath(listPath, index), audience),
      ),
    ),
    audiences.length > 1 &&
      !isMatchAny &&
      wrongPolicy("audienceMatchPolicy must be MatchAny for multiple audiences"),
    audiences.length === 1 &&
      audienceMatchPolicy !== "" &&
      !isMatchAny &&
      wrongPolicy("audienceMatchPolicy must be empty or MatchAny for single audience"),
  );
}

function validateAuthority(pem: string, path: string): Errors {
  const blocks = readPemBlocks(pem).filter(({ type, hasHeaders }) => type === "CERTIFICATE" && !hasHeaders);
  const problem =
    blocks.length === 0
      ? "data does not contain any valid RSA or ECDSA certificates"
      : blocks.map(({ bytes }) => certificateProblem(bytes)).find((each) => each !== undefined);
  return problem === undefined ? [] : [invalid(path, "<omitted>", problem)];
}
