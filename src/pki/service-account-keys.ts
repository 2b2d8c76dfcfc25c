import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign } from "node:crypto";
import { compactVerify, decodeProtectedHeader, errors, exportJWK, type JWK, type JWTPayload } from "jose";

/** The claims of a token; times are seconds since the epoch. */
export type TokenClaims = JWTPayload;

interface VerificationKey {
  readonly key: KeyObject;
  readonly id: string;
  readonly algorithm: string;
}

/** Signs and verifies service account tokens (JWT); the kind of a key tells its algorithm. Immutable. */
export class ServiceAccountKeys {
  readonly #privateKey: KeyObject;
  readonly #signing: VerificationKey;
  readonly #verification: readonly VerificationKey[];

  /** `privateKey` is PEM, and so are the `others`, whose tokens are good, too. Throws for what is no key of RSA or ECDSA. */
  constructor(privateKey: string, others: readonly string[] = []) {
    this.#privateKey = createPrivateKey(privateKey);
    this.#signing = verificationKey(privateKey);
    const all = [this.#signing, ...others.map(verificationKey)];
    this.#verification = all.filter(({ id }, index) => all.findIndex((each) => each.id === id) === index);
  }

  /** At once, because controllers decide without waiting. */
  sign(claims: TokenClaims): string {
    const { id, algorithm } = this.#signing;
    const content = [{ alg: algorithm, kid: id }, claims].map(encodePart).join(".");
    const key = { key: this.#privateKey, dsaEncoding: "ieee-p1363" } as const;
    const hash = `sha${algorithm.slice(2)}`;
    return `${content}.${sign(hash, Buffer.from(content), key).toString("base64url")}`;
  }

  /**
   * The claims of a token that this cluster has signed, whatever they say; rejects with an error of `jose` for
   * any other text. Each key has its algorithm, so that a token cannot choose a weaker one.
   */
  async verify(token: string): Promise<TokenClaims> {
    const { kid } = decodeProtectedHeader(token);
    const named = this.#verification.filter(({ id }) => kid === undefined || id === kid);
    let failure: unknown = new errors.JWKSNoMatchingKey();
    for (const { key, algorithm } of named) {
      try {
        const { payload } = await compactVerify(token, key, { algorithms: [algorithm] });
        return JSON.parse(new TextDecoder().decode(payload)) as TokenClaims;
      } catch (error) {
        failure = error;
      }
    }
    throw failure;
  }

  /** The public keys for those who verify tokens themselves (RFC 7517). */
  async jwks(): Promise<{ readonly keys: readonly JWK[] }> {
    const keys = this.#verification.map(async ({ key, id, algorithm }) => ({
      ...(await exportJWK(key)),
      use: "sig",
      alg: algorithm,
      kid: id,
    }));
    return { keys: await Promise.all(keys) };
  }
}

/** Throws for what no token can be verified with. */
export function checkVerificationKey(pem: string): void {
  verificationKey(pem);
}

/** Of private and public keys and certificates alike. */
function verificationKey(pem: string): VerificationKey {
  const key = createPublicKey(pem);
  return { key, id: keyIdOf(key), algorithm: algorithmOf(key) };
}

/** As Kubernetes chooses it (kubernetes `pkg/serviceaccount/jwt.go`). */
function algorithmOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): string {
  if (asymmetricKeyType === "rsa") return "RS256";
  const curve = asymmetricKeyDetails?.namedCurve ?? "";
  const algorithm = asymmetricKeyType === "ec" ? CURVES[curve] : undefined;
  if (algorithm === undefined)
    throw new TypeError("it is no key of RSA, or of ECDSA on P-256, P-384 or P-521");
  return algorithm;
}

const CURVES: Readonly<Record<string, string>> = {
  prime256v1: "ES256",
  secp384r1: "ES384",
  secp521r1: "ES512",
};

function encodePart(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString("base64url");
}

/** As Kubernetes derives it (kubernetes `pkg/serviceaccount/jwt.go`): one-way, so it gives nothing away. */
function keyIdOf(key: KeyObject): string {
  return createHash("sha256")
    .update(key.export({ type: "spki", format: "der" }))
    .digest("base64url");
}
