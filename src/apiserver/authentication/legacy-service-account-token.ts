import type { Secret, ServiceAccount } from "#api/generated/core-v1.ts";
import { quote } from "#apimachinery/go-text.ts";
import { serviceAccountUser, serviceAccountUserName, type UserInfo } from "#apimachinery/user.ts";
import { AuthenticationError, type TokenAuthenticator } from "#https/authenticator.ts";
import { isSameSecret } from "#pki/same-secret.ts";
import type { TokenReviewer } from "../reviews/token-review.ts";
import { RememberedTokens } from "./remembered-tokens.ts";
import type { TokenSigner } from "./service-account-issuer.ts";
import { type TokenVerifier, verifySignature } from "./service-account-token.ts";
import { unverifiedIssuer } from "./unverified-issuer.ts";

const LEGACY_ISSUER = "kubernetes/serviceaccount";
const NAMESPACE = "kubernetes.io/serviceaccount/namespace";
const SECRET_NAME = "kubernetes.io/serviceaccount/secret.name";
const ACCOUNT_NAME = "kubernetes.io/serviceaccount/service-account.name";
const ACCOUNT_UID = "kubernetes.io/serviceaccount/service-account.uid";

/** Whoever sets it on a Secret makes the token void for as long as it is there. */
const INVALID_SINCE_LABEL = "kubernetes.io/legacy-token-invalid-since";

/** Makes the token that a Secret of type `kubernetes.io/service-account-token` is to hold. */
export function issueLegacyToken(account: ServiceAccount, secret: Secret, keys: TokenSigner): string {
  const { namespace = "", name, uid } = account.metadata;
  return keys.sign({
    iss: LEGACY_ISSUER,
    [NAMESPACE]: namespace,
    [SECRET_NAME]: secret.metadata.name,
    [ACCOUNT_NAME]: name,
    [ACCOUNT_UID]: uid,
    sub: serviceAccountUserName(namespace, name),
  });
}

/** Finds what a token names, in its newest state; see `ClusterObjects`. */
export interface TokenObjects {
  get(kind: "Secret", name: ObjectName): Secret | undefined;
  get(kind: "ServiceAccount", name: ObjectName): ServiceAccount | undefined;
}

interface ObjectName {
  readonly namespace: string;
  readonly name: string;
}

interface LegacyTokenDependencies {
  readonly keys: TokenVerifier;
  readonly objects: TokenObjects;
}

interface LegacyClaims {
  readonly namespace: string;
  readonly secretName: string;
  readonly accountName: string;
  readonly accountUid: string;
}

/**
 * Knows the tokens that Secrets hold (kubernetes `pkg/serviceaccount/legacy.go`). They have no end and no audience: each is
 * good for the API server alone, while its Secret holds it and its account exists.
 */
export class LegacyServiceAccountTokens implements TokenAuthenticator, TokenReviewer {
  readonly audiences: readonly string[];
  readonly #dependencies: LegacyTokenDependencies;
  readonly #verified = new RememberedTokens<LegacyClaims>();

  constructor(
    { audiences }: { readonly audiences: readonly string[] },
    dependencies: LegacyTokenDependencies,
  ) {
    this.audiences = audiences;
    this.#dependencies = dependencies;
  }

  async authenticateToken(token: string): Promise<UserInfo | undefined> {
    return (await this.reviewToken(token, this.audiences))?.user;
  }

  async reviewToken(token: string, audiences: readonly string[]) {
    if (!this.#verified.has(token) && unverifiedIssuer(token) !== LEGACY_ISSUER) return undefined;
    const { keys, objects } = this.#dependencies;
    const claims = await this.#verified.read(token, async () =>
      readClaims(await verifySignature(token, keys)),
    );
    const accepted = this.audiences.filter((audience) => audiences.includes(audience));
    if (accepted.length === 0) {
      const [own, wanted] = [this.audiences, audiences].map((each) => `[${each.map(quote).join(" ")}]`);
      throw new AuthenticationError(
        `token audiences ${own ?? ""} is invalid for the target audiences ${wanted ?? ""}`,
      );
    }
    checkObjects(claims, token, objects);
    const { namespace, accountName, accountUid } = claims;
    return { user: { ...serviceAccountUser(namespace, accountName), uid: accountUid }, audiences: accepted };
  }
}

function readClaims(claims: Readonly<Record<string, unknown>>): LegacyClaims {
  const read = (key: string, name: string): string => {
    const value = claims[key];
    if (typeof value !== "string" || value === "") throw new AuthenticationError(`${name} claim is missing`);
    return value;
  };
  const sub = read("sub", "sub");
  const namespace = read(NAMESPACE, "namespace");
  const secretName = read(SECRET_NAME, "secretName");
  const accountName = read(ACCOUNT_NAME, "serviceAccountName");
  const accountUid = read(ACCOUNT_UID, "serviceAccountUID");
  if (sub !== serviceAccountUserName(namespace, accountName)) {
    throw new AuthenticationError("sub claim is invalid");
  }
  return { namespace, secretName, accountName, accountUid };
}

function checkObjects(claims: LegacyClaims, token: string, objects: TokenObjects): void {
  const { namespace, secretName, accountName, accountUid } = claims;
  const secret = objects.get("Secret", { namespace, name: secretName });
  if (secret === undefined || secret.metadata.deletionTimestamp !== undefined) {
    throw new AuthenticationError("service account token has been invalidated");
  }
  if (!isSameSecret(atob(secret.data?.["token"] ?? ""), token)) {
    throw new AuthenticationError("service account token does not match server's copy");
  }
  const account = objects.get("ServiceAccount", { namespace, name: accountName });
  if (account === undefined) throw new AuthenticationError(`serviceaccounts "${accountName}" not found`);
  if (account.metadata.deletionTimestamp !== undefined) {
    throw new AuthenticationError(`service account ${namespace}/${accountName} has been deleted`);
  }
  if (account.metadata.uid !== accountUid) {
    throw new AuthenticationError(
      `service account UID (${account.metadata.uid}) does not match claim (${accountUid})`,
    );
  }
  if (secret.metadata.labels?.[INVALID_SINCE_LABEL]) {
    throw new AuthenticationError(
      `the token in secret ${namespace}/${secretName} for service account ${namespace}/${accountName} has been marked invalid`,
    );
  }
}
