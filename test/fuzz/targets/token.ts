import { parseServiceAccountClaims } from "#apiserver/authentication/service-account-claims.ts";
import { ServiceAccountTokens } from "#apiserver/authentication/service-account-token.ts";
import { webSocketTokenAuthenticator } from "#apiserver/authentication/web-socket-token.ts";
import { AuthenticationError } from "#https/authenticator.ts";
import { bearerTokenAuthenticator } from "#https/bearer-token.ts";
import { generateKey } from "#pki/certificate.ts";
import { ServiceAccountKeys } from "#pki/service-account-keys.ts";
import { UNCOUNTED } from "#testing/uncounted-tokens.ts";
import { ensure, textTarget } from "../engine/target.ts";

const ISSUER = "https://kubernetes.default.svc";
const CLAIMS = {
  iss: ISSUER,
  sub: "system:serviceaccount:a:b",
  aud: [ISSUER],
  exp: 4_000_000_000,
  iat: 1,
  nbf: 1,
  jti: "x",
  "kubernetes.io": { namespace: "a", serviceaccount: { name: "b", uid: "c" } },
};
const GOOD_HEADER = '{"alg":"ES256","kid":"x"}';

/** Bearer tokens: what comes from nobody must not be let in. Inputs that begin with a brace are claims. */
export const target = textTarget({
  seeds: [
    JSON.stringify(CLAIMS),
    JSON.stringify({ ...CLAIMS, aud: "x", "kubernetes.io": null }),
    `${encode(GOOD_HEADER)}.${encode(JSON.stringify(CLAIMS))}.AAAA`,
    `${encode('{"alg":"none"}')}.${encode(JSON.stringify(CLAIMS))}.`,
    "..",
    "a.b.c.d.e",
    "base64url.bearer.authorization.k8s.io.YWJj",
  ],
  dictionary: [
    ".",
    "=",
    '"iss":',
    '"aud":',
    '"exp":',
    '"kubernetes.io":',
    "null",
    "[]",
    "eyJhbGciOiJub25lIn0",
    "__proto__",
    ",",
  ],
  refusals: [AuthenticationError],
  open: () => {
    const keys = new ServiceAccountKeys(generateKey());
    const tokens = new ServiceAccountTokens(
      { issuers: [ISSUER], audiences: [ISSUER] },
      {
        keys,
        objects: { get: () => undefined },
        count: () => undefined,
        cache: UNCOUNTED,
        clock: { now: () => 0 },
      },
    );
    return async (text) => {
      if (text.startsWith("{")) parseServiceAccountClaims(parseRecord(text));
      const forged = text.startsWith("{")
        ? `${encode(GOOD_HEADER)}.${encode(text)}.${encode("x".repeat(64))}`
        : text;
      for (const [authenticator, header, value] of [
        [bearerTokenAuthenticator([tokens]), "authorization", `Bearer ${forged}`],
        [
          webSocketTokenAuthenticator([tokens]),
          "sec-websocket-protocol",
          `base64url.bearer.authorization.k8s.io.${encode(forged)}`,
        ],
      ] as const) {
        const headers: Readonly<Record<string, string>> = {
          [header]: value,
          upgrade: "websocket",
          connection: "Upgrade",
        };
        const user = await authenticator.authenticate({
          peer: { address: "" },
          header: (name) => headers[name],
          headerLines: () => [],
        });
        ensure(user === undefined, "A forged token says nothing of anybody");
      }
      return undefined;
    };
  },
});

function parseRecord(text: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(text) as Readonly<Record<string, unknown>>;
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}

function encode(text: string): string {
  return Buffer.from(text).toString("base64url");
}
