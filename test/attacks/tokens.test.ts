/** Whom the server believes by a token: nobody but whom the token was issued to, for as long as that stands. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
} from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { SelfSubjectReview } from "#api/generated/authentication-v1.ts";
import { aPod } from "#testing/objects.ts";
import { AttackedCluster, send } from "./attacked-cluster.ts";

type Json = Readonly<Record<string, unknown>>;

const ISSUER = "https://kubernetes.default.svc.cluster.local";
const attacker = generateKeyPairSync("ec", { namedCurve: "P-256" });
const attackerRsa = generateKeyPairSync("rsa", { modulusLength: 2048 });

let cluster: AttackedCluster;
let good: string;
beforeAll(async () => {
  cluster = await AttackedCluster.start();
  good = await cluster.token("victim");
});
afterAll(() => cluster?.[Symbol.asyncDispose]());

async function whoIs(token: string): Promise<string> {
  const client = cluster.withToken(token);
  const { code, document } = await send(client, "POST /apis/authentication.k8s.io/v1/selfsubjectreviews", {});
  if (code !== 201) return String(code);
  return (document as SelfSubjectReview).status?.userInfo?.username ?? "";
}

const encoded = (part: Json): string => Buffer.from(JSON.stringify(part)).toString("base64url");
const partOf = (token: string, index: number): Json =>
  JSON.parse(Buffer.from(token.split(".")[index] ?? "", "base64url").toString()) as Json;

const ownKey = (): KeyObject => createPrivateKey(cluster.pki.serviceAccountKey);
const ownPublicKey = (): string =>
  createPublicKey(ownKey()).export({ type: "spki", format: "pem" }).toString();

/** ES256, whatever the header says. */
function signed(header: Json, claims: Json, key: KeyObject = attacker.privateKey): string {
  const content = `${encoded(header)}.${encoded(claims)}`;
  const signature = sign("sha256", Buffer.from(content), { key, dsaEncoding: "ieee-p1363" });
  return `${content}.${signature.toString("base64url")}`;
}

function hmacOf(header: Json, claims: Json, key: string): string {
  const content = `${encoded(header)}.${encoded(claims)}`;
  return `${content}.${createHmac("sha256", key).update(content).digest("base64url")}`;
}

/** What the cluster itself might have signed. */
const issued = (changes: Json): string =>
  signed(partOf(good, 0), { ...partOf(good, 1), ...changes }, ownKey());
const forged = (header: Json): string => signed({ ...partOf(good, 0), ...header }, partOf(good, 1));
const unsigned = (alg: string, signature = ""): string =>
  `${encoded({ alg })}.${encoded(partOf(good, 1))}.${signature}`;

const SECOND = 1;
const HOUR = 3600;
const now = (): number => Math.floor(Date.now() / 1000);

interface Attack {
  readonly name: string;
  readonly token: () => string | Promise<string>;
}

describe("what is allowed", () => {
  test("a good token opens the API", async () => {
    expect(await whoIs(good)).toBe("system:serviceaccount:default:victim");
  });

  test("so does one that the cluster has signed for other claims", async () => {
    expect(await whoIs(issued({ exp: now() + HOUR, jti: "x" }))).toBe("system:serviceaccount:default:victim");
  });
});

describe("a token with a good signature", () => {
  const attacks: Attack[] = [
    { name: "that has expired", token: () => issued({ exp: now() - HOUR }) },
    {
      name: "that has expired longer ago than clocks differ",
      token: () => issued({ exp: now() - 62 * SECOND }),
    },
    { name: "that never expires", token: () => issued({ exp: undefined }) },
    { name: "whose end is a text", token: () => issued({ exp: String(now() + HOUR) }) },
    { name: "that is not valid yet", token: () => issued({ nbf: now() + HOUR }) },
    { name: "of the future", token: () => issued({ iat: now() + HOUR }) },
    { name: "for another audience", token: () => issued({ aud: ["vault"] }) },
    { name: "for no audience", token: () => issued({ aud: [] }) },
    { name: "that names no audience", token: () => issued({ aud: undefined }) },
    {
      name: "for an audience that only begins alike",
      token: () => issued({ aud: [`${ISSUER}.example.com`] }),
    },
    { name: "of another issuer", token: () => issued({ iss: "https://kubernetes.example.com" }) },
    { name: "of an issuer with a slash more", token: () => issued({ iss: `${ISSUER}/` }) },
    { name: "of no issuer", token: () => issued({ iss: undefined }) },
    { name: "of the issuer of old tokens", token: () => issued({ iss: "kubernetes/serviceaccount" }) },
    { name: "of no account", token: () => issued({ "kubernetes.io": { namespace: "default" } }) },
    {
      name: "of an account that another has taken the name of",
      token: () =>
        issued({ "kubernetes.io": { namespace: "default", serviceaccount: { name: "victim", uid: "old" } } }),
    },
    {
      name: "of an account without its uid",
      token: () => issued({ "kubernetes.io": { namespace: "default", serviceaccount: { name: "victim" } } }),
    },
  ];
  test.each(attacks)("$name is refused", async ({ token }) => {
    expect(await whoIs(await token())).toBe("401");
  });

  test("for another audience is refused although the cluster has issued it", async () => {
    expect(await whoIs(await cluster.token("victim", { audiences: ["vault"] }))).toBe("401");
  });
});

describe("a forged token", () => {
  const attacks: Attack[] = [
    { name: "signed by a stranger", token: () => forged({}) },
    { name: "signed by a stranger who names a key of its own", token: () => forged({ kid: "mine" }) },
    {
      name: "whose key is a file",
      token: () => hmacOf({ alg: "HS256", kid: "/dev/null" }, partOf(good, 1), ""),
    },
    {
      name: "that says where its key is",
      token: () => forged({ jku: `https://${cluster.host}/openid/v1/jwks` }),
    },
    {
      name: "that brings its key",
      token: () => forged({ jwk: attacker.publicKey.export({ format: "jwk" }) }),
    },
    { name: "that brings a certificate", token: async () => forged({ x5c: [await aCertificate()] }) },
    { name: "that says where its certificate is", token: () => forged({ x5u: "https://192.0.2.1/a.crt" }) },
    { name: "with alg=none", token: () => unsigned("none") },
    { name: "with alg=NONE", token: () => unsigned("NONE") },
    { name: "with alg=nOnE and a signature", token: () => unsigned("nOnE", good.split(".")[2]) },
    {
      name: "with no algorithm",
      token: () => `${encoded({})}.${encoded(partOf(good, 1))}.${good.split(".")[2] ?? ""}`,
    },
    {
      name: "with HS256 and the public key",
      token: () => hmacOf({ alg: "HS256" }, partOf(good, 1), ownPublicKey()),
    },
    {
      name: "with HS256, the public key and its name",
      token: () => hmacOf({ ...partOf(good, 0), alg: "HS256" }, partOf(good, 1), ownPublicKey().trim()),
    },
    { name: "with RS256 and a stranger's key", token: withRsa },
    { name: "with the signature of another algorithm", token: () => forgedAs("ES384") },
    {
      name: "whose claims have been changed",
      token: () =>
        [good.split(".")[0], encoded({ ...partOf(good, 1), jti: "x" }), good.split(".")[2]].join("."),
    },
    { name: "whose signature is cut", token: () => good.slice(0, -2) },
    { name: "whose signature is missing", token: () => `${good.split(".").slice(0, 2).join(".")}.` },
    {
      // CVE-2022-21449: a signature of zeros fits everything where nobody checks for it.
      name: "whose signature is all zeros",
      token: () => `${good.split(".").slice(0, 2).join(".")}.${Buffer.alloc(64).toString("base64url")}`,
    },
    { name: "with a part more", token: () => `${good}.${good.split(".")[2] ?? ""}` },
    { name: "with critical extensions that nobody knows", token: () => withCritical() },
  ];
  test.each(attacks)("$name is refused", async ({ token }) => {
    expect(await whoIs(await token())).toBe("401");
  });

  async function aCertificate(): Promise<string> {
    const { certificate } = await cluster.certificate({});
    return certificate.replaceAll(/-----[A-Z ]+-----|\s/g, "");
  }

  function withRsa(): string {
    const content = `${encoded({ alg: "RS256" })}.${encoded(partOf(good, 1))}`;
    return `${content}.${sign("sha256", Buffer.from(content), attackerRsa.privateKey).toString("base64url")}`;
  }

  function forgedAs(alg: string): string {
    return signed({ ...partOf(good, 0), alg }, partOf(good, 1), ownKey());
  }

  function withCritical(): string {
    return signed({ ...partOf(good, 0), crit: ["b"], b: 1 }, partOf(good, 1), ownKey());
  }
});

describe("a token of what has gone", () => {
  const accounts = "/api/v1/namespaces/default/serviceaccounts";

  async function admin(what: string, body?: unknown) {
    return await send(await cluster.as("system:admin", "system:masters"), what, body);
  }

  test("an account", async () => {
    const token = await cluster.token("leaver");
    expect(await whoIs(token)).toBe("system:serviceaccount:default:leaver");
    await admin(`DELETE ${accounts}/leaver`);
    expect(await whoIs(token)).toBe("401");
    await cluster.token("leaver");
    expect(await whoIs(token)).toBe("401");
  });

  const bound = [
    {
      kind: "Pod",
      create: async (name: string) =>
        await cluster.client.create(
          "Pod",
          aPod(name, { namespace: "default", spec: { serviceAccountName: "victim" } }),
        ),
    },
    {
      kind: "Secret",
      create: async (name: string) =>
        await cluster.client.create("Secret", {
          apiVersion: "v1",
          kind: "Secret",
          metadata: { name, namespace: "default" },
        }),
    },
    {
      kind: "Node",
      create: async (name: string) =>
        await cluster.client.create("Node", { apiVersion: "v1", kind: "Node", metadata: { name }, spec: {} }),
    },
  ] as const;
  test.each(bound)("a $kind", async ({ kind, create }) => {
    const name = `gone-${kind.toLowerCase()}`;
    const { metadata } = await create(name);
    const boundObjectRef = { apiVersion: "v1", kind, name };
    const token = await cluster.token("victim", { boundObjectRef });
    expect(await whoIs(token)).toBe("system:serviceaccount:default:victim");
    const { namespace } = metadata;
    await cluster.client.delete(
      kind,
      { name, ...(namespace !== undefined && { namespace }) },
      { gracePeriodSeconds: 0 },
    );
    expect(await whoIs(token)).toBe("401");
    await create(name);
    expect(await whoIs(token)).toBe("401");
  });
});

describe("a token for other doors", () => {
  const secret = "0123456789abcdef";
  const later = (): string => new Date(Date.now() + HOUR * 1000).toISOString();

  interface BootstrapAttack {
    readonly name: string;
    readonly data?: Readonly<Record<string, string>>;
    readonly namespace?: string;
    readonly type?: string;
    readonly shown?: string;
  }

  let count = 0;
  async function bootstrapToken({
    data = {},
    namespace = "kube-system",
    type,
    shown = secret,
  }: BootstrapAttack) {
    count += 1;
    const id = `aaaa${String(count).padStart(2, "0")}`;
    await cluster.client.create("Secret", {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: `bootstrap-token-${id}`, namespace },
      type: type ?? "bootstrap.kubernetes.io/token",
      stringData: {
        "token-id": id,
        "token-secret": secret,
        "usage-bootstrap-authentication": "true",
        expiration: later(),
        ...data,
      },
    });
    return `${id}.${shown}`;
  }

  test("a good bootstrap token opens the API for what it is (what is allowed)", async () => {
    expect(await whoIs(await bootstrapToken({ name: "" }))).toStartWith("system:bootstrap:");
  });

  const attacks: BootstrapAttack[] = [
    { name: "that has expired", data: { expiration: "2020-01-01T00:00:00Z" } },
    { name: "whose end cannot be read", data: { expiration: "never" } },
    { name: "that is not for authentication", data: { "usage-bootstrap-authentication": "false" } },
    { name: "with another secret", shown: "fedcba9876543210" },
    { name: "of another namespace", namespace: "default" },
    { name: "of another type", type: "Opaque" },
    { name: "that makes its holder an administrator", data: { "auth-extra-groups": "system:masters" } },
  ];
  test.each(attacks)("a bootstrap token $name is refused", async (attack) => {
    expect(await whoIs(await bootstrapToken(attack))).toBe("401");
  });

  test("the server's token for joining is refused", async () => {
    const token = await readFile(join(cluster.plane.directory, "data", "server", "token"), "utf8");
    expect(await whoIs(token.trim())).toBe("401");
    expect(await whoIs(token.trim().split("::server:")[1] ?? "")).toBe("401");
  });

  const headers = [
    { name: "with the scheme Basic", headers: () => ({ authorization: `Basic ${btoa(`admin:${good}`)}` }) },
    { name: "without a scheme", headers: () => ({ authorization: good }) },
    { name: "as a cookie", headers: () => ({ cookie: `token=${good}` }) },
    { name: "for a proxy", headers: () => ({ "proxy-authorization": `Bearer ${good}` }) },
    {
      name: "as a subprotocol of no WebSocket",
      headers: () => ({
        "sec-websocket-protocol": `base64url.bearer.authorization.k8s.io.${btoa(good)}, v4`,
      }),
    },
  ];
  test.each(headers)("a good token $name is refused", async ({ headers }) => {
    const { code } = await send(cluster.connect({ headers: headers() }), "GET /api");
    expect(code).toBe(401);
  });

  test("a good token in the address is refused", async () => {
    const { code } = await send(cluster.connect(), `GET /api?access_token=${good}&token=${good}`);
    expect(code).toBe(401);
  });
});
