import type { Weakening } from "../proof/weakening.ts";

const suite = "test/attacks/tokens.test.ts";
const SERVICE_ACCOUNTS = "src/apiserver/authentication/service-account-token.ts";
const CLAIMS = "src/apiserver/authentication/service-account-claims.ts";
const KEYS = "src/pki/service-account-keys.ts";
const BEARER = "src/https/bearer-token.ts";
const LEGACY = "src/apiserver/authentication/legacy-service-account-token.ts";
const LEGACY_SUITE = "src/apiserver/authentication/legacy-service-account-token.test.ts";
const BOOTSTRAP = "src/apiserver/authentication/bootstrap-tokens.ts";

const VERIFY = "const { payload } = await compactVerify(token, key, { algorithms: [algorithm] });";
const CHOOSE_KEYS = "const { kid } = decodeProtectedHeader(token);";

/** Takes tokens with some headers at their word, as libraries have done. */
const believing = (condition: string): string => `
    const [head = "", claims = "", end = ""] = token.split(".");
    const header = JSON.parse(Buffer.from(head, "base64url").toString());
    if (${condition}) return JSON.parse(Buffer.from(claims, "base64url").toString()) as TokenClaims;
    ${CHOOSE_KEYS}`;

export const tokenChecks: readonly Weakening[] = [
  {
    name: "a token ends",
    suite,
    attack: "has expired",
    file: SERVICE_ACCOUNTS,
    replace: ["if (nowSeconds - LEEWAY_SECONDS > exp)", "if (false)"],
  },
  {
    name: "clocks differ by a minute at most",
    suite,
    attack: "longer ago than clocks differ",
    file: SERVICE_ACCOUNTS,
    replace: ["const LEEWAY_SECONDS = 60", "const LEEWAY_SECONDS = 600"],
  },
  {
    name: "a token has an end",
    suite,
    attack: "never expires|end is a text",
    file: CLAIMS,
    replace: [`typeof exp === "number" && `, ""],
  },
  {
    name: "a token has a beginning",
    suite,
    attack: "not valid yet",
    file: SERVICE_ACCOUNTS,
    replace: ["if (nowSeconds + LEEWAY_SECONDS < nbf)", "if (false)"],
  },
  {
    name: "a token has been issued",
    suite,
    attack: "of the future",
    file: SERVICE_ACCOUNTS,
    replace: ["if (nowSeconds + LEEWAY_SECONDS < iat)", "if (false)"],
  },
  {
    name: "a token is for the API server",
    suite,
    attack: "for another audience|for no audience|only begins alike",
    file: "src/apiserver/authentication/accepted-audiences.ts",
    replace: ["if (accepted.length === 0)", "if (false)"],
  },
  {
    name: "a token names its audiences",
    suite,
    attack: "names no audience",
    file: CLAIMS,
    replace: [
      ": undefined;\n  const isComplete",
      `: ["https://kubernetes.default.svc.cluster.local"];\n  const isComplete`,
    ],
  },
  {
    name: "a token is of this cluster",
    suite,
    attack: "of another issuer|with a slash more|of no issuer|issuer of old tokens",
    file: SERVICE_ACCOUNTS,
    replace: [
      "if (!this.#verified.has(token) && !this.#issuers.includes(unverifiedIssuer(token))) return undefined;",
      "",
    ],
    also: [
      { file: SERVICE_ACCOUNTS, replace: ["if (!this.#issuers.includes(claims.iss))", "if (false)"] },
      { file: CLAIMS, replace: [`typeof iss === "string" && `, ""] },
    ],
  },
  {
    name: "a token is somebody's",
    suite,
    attack: "of no account",
    file: CLAIMS,
    replace: ["serviceaccount === undefined) return undefined", "false) return undefined"],
    also: [
      {
        file: CLAIMS,
        replace: ["    serviceaccount,\n", `    serviceaccount: serviceaccount ?? { name: "victim" },\n`],
      },
      { file: SERVICE_ACCOUNTS, replace: ["if (uid !== ref.uid)", "if (false)"] },
    ],
  },
  {
    name: "what a token is bound to is the same object",
    suite,
    attack: "taken the name|without its uid|what has gone",
    file: SERVICE_ACCOUNTS,
    replace: ["if (uid !== ref.uid)", "if (false)"],
  },
  {
    name: "the account of a token exists",
    suite,
    attack: "what has gone an account",
    file: SERVICE_ACCOUNTS,
    replace: [`check("ServiceAccount", serviceaccount);`, ""],
  },
  {
    name: "the pod of a token exists",
    suite,
    attack: "what has gone a Pod",
    file: SERVICE_ACCOUNTS,
    replace: [`if (pod !== undefined) check("Pod", pod);`, "if (pod !== undefined) return;"],
  },
  {
    name: "the Secret of a token exists",
    suite,
    attack: "what has gone a Secret",
    file: SERVICE_ACCOUNTS,
    replace: [`if (secret !== undefined) check("Secret", secret);`, ""],
  },
  {
    name: "the Node of a token exists",
    suite,
    attack: "what has gone a Node",
    file: SERVICE_ACCOUNTS,
    replace: ["else if (node !== undefined) checkBound", "else if (node?.uid === '') checkBound"],
  },
  {
    name: "the signature of a token is looked at",
    suite,
    attack: "a forged token",
    file: KEYS,
    replace: [VERIFY, `const payload = Buffer.from(token.split(".")[1] ?? "", "base64url");`],
    also: [
      {
        file: "src/apiserver/authentication/unverified-issuer.ts",
        replace: ["|| more.length > 0", ""],
      },
    ],
  },
  {
    name: "a token has an algorithm",
    suite,
    attack: "alg=|no algorithm",
    file: KEYS,
    replace: [CHOOSE_KEYS, believing(`(header.alg ?? "none").toLowerCase() === "none"`)],
  },
  {
    name: "a token does not bring its key",
    suite,
    attack: "brings|says where",
    file: KEYS,
    replace: [CHOOSE_KEYS, believing("header.jwk ?? header.jku ?? header.x5c ?? header.x5u")],
  },
  {
    name: "a bootstrap token ends",
    suite,
    attack: "bootstrap token that has expired",
    file: BOOTSTRAP,
    replace: ["!isExpired(token, clock.now()) &&", ""],
    also: [
      {
        file: "src/controllers/token-cleaner.ts",
        replace: [
          "const expiresAt = readExpiration(secret);",
          "const expiresAt = readExpiration({ ...secret, data: {} });",
        ],
      },
    ],
  },
  {
    name: "a bootstrap token whose end cannot be read has ended",
    suite,
    attack: "bootstrap token whose end",
    file: "src/api/core/v1/bootstrap-token.ts",
    replace: [
      "return RFC_3339.test(text) ? Date.parse(text) : 0;",
      "return RFC_3339.test(text) ? Date.parse(text) : undefined;",
    ],
  },
  {
    name: "a bootstrap token is for authentication",
    suite,
    attack: "bootstrap token that is not for",
    file: BOOTSTRAP,
    replace: ["&&\n      canAuthenticate(token)", ""],
  },
  {
    name: "a bootstrap token has a secret",
    suite,
    attack: "bootstrap token with another secret",
    file: BOOTSTRAP,
    replace: ["isSameSecret(token.secret, shown.secret) &&", ""],
  },
  {
    name: "a bootstrap token is in the namespace of the system",
    suite,
    attack: "bootstrap token of another namespace",
    file: BOOTSTRAP,
    replace: [
      `const secret = objects.get("Secret", name);`,
      `const secret = objects.get("Secret", name) ?? objects.get("Secret", { ...name, namespace: "default" });`,
    ],
  },
  {
    name: "a bootstrap token is of its type",
    suite,
    attack: "bootstrap token of another type",
    file: "src/api/core/v1/bootstrap-token.ts",
    replace: ["type !== BOOTSTRAP_TOKEN_TYPE ||", ""],
  },
  {
    name: "a bootstrap token makes no administrator",
    suite,
    attack: "bootstrap token that makes",
    file: BOOTSTRAP,
    replace: ["if (foreign !== undefined)", "if (false)"],
  },
  {
    name: "a token for joining is no user's",
    suite,
    attack: "the server's token",
    file: BEARER,
    replace: [
      "  for (const authenticator of tokens) {",
      `  if (!token.includes(".")) return { name: "node", groups: [] };\n  for (const authenticator of tokens) {`,
    ],
  },
  {
    name: "a bearer token has its scheme",
    suite,
    attack: "scheme",
    file: BEARER,
    replace: [
      `if (blank < 0 || text.slice(0, blank).toLowerCase() !== "bearer") return undefined;`,
      `if (blank < 0) return text === "" ? undefined : text;\n  if (text.startsWith("Basic ")) return atob(text.slice(blank + 1)).split(":")[1];`,
    ],
  },
  {
    name: "a bearer token is in its header",
    suite,
    attack: "cookie|for a proxy",
    file: BEARER,
    replace: [
      `credentials.header("authorization")`,
      `credentials.header("authorization") ?? credentials.header("proxy-authorization") ?? credentials.header("cookie")?.replace("token=", "Bearer ")`,
    ],
  },
  {
    name: "a bearer token is not in the address",
    suite,
    attack: "in the address",
    file: BEARER,
    replace: [
      "const token = bearerToken(",
      "const { query } = credentials as unknown as { query?: URLSearchParams };\n      const token = query?.get('token') ?? bearerToken(",
    ],
  },
  {
    name: "a subprotocol is a token for WebSockets alone",
    suite,
    attack: "as a subprotocol",
    file: "src/apiserver/authentication/web-socket-token.ts",
    replace: ["isWebSocketRequest(credentials) ? tokenOf(credentials) : undefined", "tokenOf(credentials)"],
  },
  {
    name: "a Secret's token is what the Secret holds",
    suite: LEGACY_SUITE,
    attack: "LegacyServiceAccountTokens",
    file: LEGACY,
    replace: ['if (!isSameSecret(atob(secret.data?.["token"] ?? ""), token))', "if (false)"],
  },
  {
    name: "a Secret's token goes with its account",
    suite: LEGACY_SUITE,
    attack: "LegacyServiceAccountTokens",
    file: LEGACY,
    replace: ["if (account.metadata.uid !== accountUid)", "if (false)"],
  },
  {
    name: "a Secret's token can be made void",
    suite: LEGACY_SUITE,
    attack: "LegacyServiceAccountTokens",
    file: LEGACY,
    replace: ["if (secret.metadata.labels?.[INVALID_SINCE_LABEL])", "if (false)"],
  },
];
