import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { parse } from "yaml";
import { isJsonObject, type JsonObject } from "#apimachinery/json-value.ts";
import type { Clock } from "#base/clock.ts";
import { DomainError } from "#base/domain-error.ts";
import {
  type Credentials,
  certificateFiles,
  fixedCertificate,
  fixedToken,
  tokenFile,
} from "./credentials.ts";
import type { ServerAddress } from "./http2-connection.ts";

export type KubeconfigErrorDetail =
  /** The file, or one that it refers to, cannot be read. */
  | { readonly code: "unreadable" }
  /** The file is not YAML, or not a kubeconfig. */
  | { readonly code: "malformed" }
  /** A context, cluster or user that is named is not in the file. */
  | { readonly code: "missing" }
  /** A way to connect or to log in that is not supported here. */
  | { readonly code: "unsupported" };

export class KubeconfigError extends DomainError<KubeconfigErrorDetail> {}

/** What a kubeconfig file says of one cluster: where it is, and who we are there. */
export interface ClusterAccess {
  readonly server: ServerAddress;
  readonly credentials: Credentials;
  /** The namespace of the context, where it has one. */
  readonly namespace?: string;
}

/** The parts of the format that are read (client-go `tools/clientcmd/api/v1`). */
interface Context {
  readonly cluster?: string;
  readonly user?: string;
  readonly namespace?: string;
}

interface Cluster {
  readonly server?: string;
  readonly "certificate-authority"?: string;
  readonly "certificate-authority-data"?: string;
  readonly "tls-server-name"?: string;
  readonly "insecure-skip-tls-verify"?: boolean;
  readonly "proxy-url"?: string;
}

interface User {
  readonly token?: string;
  readonly tokenFile?: string;
  readonly "client-certificate"?: string;
  readonly "client-certificate-data"?: string;
  readonly "client-key"?: string;
  readonly "client-key-data"?: string;
  readonly username?: string;
  readonly exec?: unknown;
  readonly "auth-provider"?: unknown;
}

const TEXTS: readonly string[] = [
  "current-context",
  "cluster",
  "user",
  "namespace",
  "server",
  "certificate-authority",
  "certificate-authority-data",
  "tls-server-name",
  "proxy-url",
  "token",
  "tokenFile",
  "username",
  "client-certificate",
  "client-certificate-data",
  "client-key",
  "client-key-data",
];

const TLS = /^https:\/\//;
const PLAIN_OR_TLS = /^https?:\/\//;

export interface KubeconfigOptions {
  /** Default: the current one. */
  readonly context?: string;
  /** Whether the server may speak HTTP without TLS; only webhooks may. */
  readonly mayBePlain?: boolean;
  readonly clock: Pick<Clock, "now">;
}

/**
 * Reads one context. Relative paths in the file are relative to it. Files of tokens and certificates are read when they
 * are needed, and again as they change. Rejects with a `KubeconfigError`.
 */
export async function loadKubeconfig(
  path: string,
  { context: wanted, mayBePlain = false, clock }: KubeconfigOptions,
): Promise<ClusterAccess> {
  const config = parseKubeconfig(await readText(path), path);
  const { "current-context": current } = withTexts(config, "the file", path);
  const context: Context = partOf(config, { part: "context", name: wanted ?? (current as string) }, path);
  const cluster: Cluster = partOf(config, { part: "cluster", name: context.cluster }, path);
  // Without a user in the context nobody is logged in.
  const isLoggedIn = context.user !== undefined && context.user !== "";
  const user: User = isLoggedIn ? partOf(config, { part: "user", name: context.user }, path) : {};
  return {
    server: await serverOf(cluster, path, mayBePlain ? PLAIN_OR_TLS : TLS),
    credentials: credentialsOf(user, path, clock),
    ...(context.namespace !== undefined && { namespace: context.namespace }),
  };
}

/** All users of a kubeconfig file, whatever its contexts make of them. */
export interface KubeconfigUsers {
  readonly byName: ReadonlyMap<string, Credentials>;
  /** That of the current context; undefined where it has none. */
  readonly current: Credentials | undefined;
}

/** Reads the users alone: what they log in to is said elsewhere. Rejects with a `KubeconfigError`. */
export async function loadKubeconfigUsers(
  path: string,
  { clock }: Pick<KubeconfigOptions, "clock">,
): Promise<KubeconfigUsers> {
  const config = parseKubeconfig(await readText(path), path);
  const names = entriesOf(config, "user", path).map(({ name = "" }) => String(name));
  const byName = new Map(
    names.map((name) => [name, credentialsOf(partOf(config, { part: "user", name }, path), path, clock)]),
  );
  const { "current-context": current = "" } = withTexts(config, "the file", path);
  const isNamed = entriesOf(config, "context", path).some(({ name = "" }) => name === current);
  const context: Context = isNamed ? partOf(config, { part: "context", name: current as string }, path) : {};
  return { byName, current: byName.get(context.user ?? "") };
}

function parseKubeconfig(text: string, path: string): JsonObject {
  const parsed = parseYaml(text, path);
  if (!isJsonObject(parsed)) throw malformed("it is not a mapping", path);
  return parsed;
}

function parseYaml(text: string, path: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    throw malformed("it is not YAML", path, error);
  }
}

interface PartName {
  readonly part: "context" | "cluster" | "user";
  readonly name: string | undefined;
}

/** What is said of a context, a cluster or a user, in the list of all of them. */
function partOf(config: JsonObject, { part, name = "" }: PartName, path: string): JsonObject {
  const found = entriesOf(config, part, path).find((entry) => (entry["name"] ?? "") === name);
  if (found === undefined) {
    throw new KubeconfigError(
      { code: "missing" },
      `Cannot use kubeconfig "${path}": it has no ${part} "${name}"`,
    );
  }
  const value = found[part] ?? {};
  if (!isJsonObject(value)) throw malformed(`${part} "${name}" is not a mapping`, path);
  return withTexts(value, `${part} "${name}"`, path);
}

function entriesOf(config: JsonObject, part: PartName["part"], path: string): readonly JsonObject[] {
  const entries = config[`${part}s`] ?? [];
  if (!Array.isArray(entries)) throw malformed(`"${part}s" is not a list`, path);
  return (entries as readonly unknown[]).filter(isJsonObject);
}

/** Without what is null, which counts as absent. Throws for something else where a text belongs. */
function withTexts(fields: JsonObject, what: string, path: string): JsonObject {
  const present = Object.entries(fields).filter(([, value]) => value !== null);
  for (const [field, value] of present) {
    if (TEXTS.includes(field) && typeof value !== "string")
      throw malformed(`"${field}" of ${what} is not a text`, path);
  }
  return Object.fromEntries(present);
}

function malformed(problem: string, path: string, cause?: unknown): KubeconfigError {
  return new KubeconfigError({ code: "malformed" }, `Cannot use kubeconfig "${path}": ${problem}`, { cause });
}

async function serverOf(cluster: Cluster, path: string, schemes: RegExp): Promise<ServerAddress> {
  const { server, "tls-server-name": serverName, "insecure-skip-tls-verify": insecure } = cluster;
  if (cluster["proxy-url"] !== undefined) throw unsupported("a proxy", path);
  if (server === undefined || !schemes.test(server)) throw unsupported(`the server "${server ?? ""}"`, path);
  const ca = await caOf(cluster, path);
  return {
    url: server.replace(/\/+$/, ""),
    ...(ca !== undefined && { ca }),
    ...(serverName !== undefined && { serverName }),
    ...(insecure === true && { insecure }),
  };
}

async function caOf(cluster: Cluster, path: string): Promise<string | undefined> {
  const { "certificate-authority-data": data, "certificate-authority": file } = cluster;
  if (data !== undefined) return decodeBase64(data);
  return file === undefined ? undefined : readText(beside(path, file));
}

function credentialsOf(user: User, path: string, clock: Pick<Clock, "now">): Credentials {
  if (user.exec !== undefined) throw unsupported("logging in with a command (exec)", path);
  if (user["auth-provider"] !== undefined) throw unsupported("logging in with an auth-provider", path);
  if (user.username !== undefined) throw unsupported("logging in with a password", path);
  return { ...tokenOf(user, path, clock), ...certificateOf(user, path, clock) };
}

/** A file goes before a token that is written down, since it is the one that is renewed. */
function tokenOf(user: User, path: string, clock: Pick<Clock, "now">): Credentials {
  if (user.tokenFile !== undefined) return tokenFile(beside(path, user.tokenFile), clock);
  return user.token === undefined ? {} : fixedToken(user.token);
}

function certificateOf(user: User, path: string, clock: Pick<Clock, "now">): Credentials {
  const { "client-certificate-data": certificateData, "client-key-data": keyData } = user;
  if (certificateData !== undefined && keyData !== undefined) {
    return fixedCertificate({ certificate: decodeBase64(certificateData), key: decodeBase64(keyData) });
  }
  const { "client-certificate": certificate, "client-key": key } = user;
  if (certificate === undefined || key === undefined) return {};
  return certificateFiles({ certificate: beside(path, certificate), key: beside(path, key) }, clock);
}

function unsupported(what: string, path: string): KubeconfigError {
  return new KubeconfigError(
    { code: "unsupported" },
    `Cannot use kubeconfig "${path}": ${what} is not supported`,
  );
}

function beside(path: string, file: string): string {
  return resolve(dirname(path), file);
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new KubeconfigError({ code: "unreadable" }, `Cannot read "${path}": ${why}`, { cause: error });
  }
}

function decodeBase64(text: string): string {
  return Buffer.from(text, "base64").toString("utf8");
}
