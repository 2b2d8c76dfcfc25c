/** What agents and servers say to each other before an agent has an identity. */
import { isJsonObject, type JsonObject } from "#apimachinery/json-value.ts";
import { type ClusterSettings, clusterSettingsOf } from "./cluster-settings.ts";
import type { JoinToken, TokenUser } from "./join-token.ts";

/** Answers the certificate of the authority of all servers, to everybody: what it is worth, the token's hash tells. */
export const AUTHORITY_PATH = "/cacerts";
/** Answers a `JoinRequest`. */
export const JOIN_PATH = "/v1-kubelith/join";

/** Every server's certificate has this name, whatever addresses it has. */
export const SERVER_NAME = "kubernetes";

/** The certificates of a node; the names are those of k3s' files. */
export const NODE_CERTIFICATES = [
  "client-kubelet",
  "client-kube-proxy",
  "client-cluster-dns",
  "serving-kubelet",
] as const;

export type NodeCertificateName = (typeof NODE_CERTIFICATES)[number];

export type PerCertificate<T> = Readonly<Record<NodeCertificateName, T>>;

export interface JoinRequest {
  readonly nodeName: string;
  /** Made by the node at its first start; nobody else can use its name from then on. */
  readonly password: string;
  /** Addresses at which its kubelet serves. */
  readonly addresses: readonly string[];
  /** Requests for certificates in PEM. */
  readonly requests: PerCertificate<string>;
}

export interface JoinAnswer {
  readonly certificates: PerCertificate<string>;
  /** The authority of servers in PEM, and behind it the one before while both count. */
  readonly serverAuthority: string;
  /** In the same way the authority of those who may call the kubelet, in PEM. */
  readonly clientAuthority: string;
  readonly settings: ClusterSettings;
}

/** Why a server does not let a node in: its sentence says what to do. */
export interface JoinRefusal {
  readonly code: number;
  readonly message: string;
}

/** Undefined for what is no request. */
export function readJoinRequest(document: unknown): JoinRequest | undefined {
  if (!isJsonObject(document)) return undefined;
  const { nodeName, password, addresses } = document;
  const requests = perCertificate(document["requests"]);
  const isComplete =
    typeof nodeName === "string" && typeof password === "string" && isTextList(addresses) && requests;
  return isComplete ? { nodeName, password, addresses, requests } : undefined;
}

/** Throws a TypeError for what is no answer. */
export function readJoinAnswer(document: unknown): JoinAnswer {
  const { serverAuthority, clientAuthority, settings, ...rest } = objectOf(document);
  const certificates = perCertificate(rest["certificates"]);
  const hasAuthorities = typeof serverAuthority === "string" && typeof clientAuthority === "string";
  if (!hasAuthorities || certificates === undefined) {
    throw new TypeError("The answer has no certificates");
  }
  return { certificates, serverAuthority, clientAuthority, settings: clusterSettingsOf(objectOf(settings)) };
}

/** The header that shows a token. */
export function authorizationOf({ user, secret }: Pick<JoinToken, "user" | "secret">): string {
  return `Basic ${Buffer.from(`${user}:${secret}`).toString("base64")}`;
}

/** What a header shows; undefined when it shows no token. */
export function readAuthorization(
  header: string | undefined,
): Pick<JoinToken, "user" | "secret"> | undefined {
  const [, encoded = ""] = /^basic ([A-Za-z0-9+/=]+)$/i.exec(header ?? "") ?? [];
  const [, user, secret = ""] = /^(server|node|bootstrap):(.*)$/.exec(atobText(encoded)) ?? [];
  return user === undefined ? undefined : { user: user as TokenUser, secret };
}

function atobText(encoded: string): string {
  return Buffer.from(encoded, "base64").toString();
}

function perCertificate(value: unknown): PerCertificate<string> | undefined {
  if (!isJsonObject(value)) return undefined;
  const entries = NODE_CERTIFICATES.map((name) => [name, value[name]] as const);
  if (!entries.every(([, text]) => typeof text === "string")) return undefined;
  return Object.fromEntries(entries) as PerCertificate<string>;
}

function objectOf(value: unknown): JsonObject {
  if (!isJsonObject(value)) throw new TypeError("The answer is not an object");
  return value;
}

export function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}
