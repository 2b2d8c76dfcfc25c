import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign } from "node:crypto";
import { compactVerify, exportJWK, type JWK, type JWTPayload } from "jose";

/** The claims of a token; times are seconds since the epoch. */
export type TokenClaims = JWTPayload;

/** Signs and verifies service account tokens (JWT, ES256). Immutable. */
export class ServiceAccountKeys {
  readonly #privateKey: KeyObject;
  readonly #publicKey: KeyObject;
  readonly #keyId: string;

  /** `privateKey` is PEM. */
  constructor(privateKey: string) {
    this.#privateKey = createPrivateKey(privateKey);
    this.#publicKey = createPublicKey(this.#privateKey);
    this.#keyId = keyIdOf(this.#publicKey);
  }

  /** At once, because controllers decide without waiting. */
  sign(claims: TokenClaims): string {
    const content = [{ alg: ALGORITHM, kid: this.#keyId }, claims].map(encodePart).join(".");
    const key = { key: this.#privateKey, dsaEncoding: "ieee-p1363" } as const;
    return `${content}.${sign("sha256", Buffer.from(content), key).toString("base64url")}`;
  }

  /**
   * The claims of a token that this cluster has signed, whatever they say; rejects with an error of `jose` for
   * any other text. The algorithm is fixed here, so that a token cannot choose a weaker one.
   */
  async verify(token: string): Promise<TokenClaims> {
    const { payload } = await compactVerify(token, this.#publicKey, { algorithms: [ALGORITHM] });
    return JSON.parse(new TextDecoder().decode(payload)) as TokenClaims;
  }

  /** The public keys for those who verify tokens themselves (RFC 7517). */
  async jwks(): Promise<{ readonly keys: readonly JWK[] }> {
    const jwk = await exportJWK(this.#publicKey);
    return { keys: [{ ...jwk, use: "sig", alg: ALGORITHM, kid: this.#keyId }] };
  }
}

const ALGORITHM = "ES256";

function encodePart(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString("base64url");
}

/** As Kubernetes derives it (kubernetes `pkg/serviceaccount/jwt.go`): one-way, so it gives nothing away. */
function keyIdOf(key: KeyObject): string {
  return createHash("sha256")
    .update(key.export({ type: "spki", format: "der" }))
    .digest("base64url");
}
