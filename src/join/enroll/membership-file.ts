import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { isJsonObject } from "#apimachinery/json-value.ts";
import type { Credential } from "#pki/certificate.ts";
import { preparePrivateDirectory, readIfPresent, writeDurably } from "#pki/durable-files.ts";
import type { ClusterSettings } from "../cluster-settings.ts";
import { isTextList, NODE_CERTIFICATES, type PerCertificate, readJoinAnswer } from "../join-protocol.ts";

/** What makes a host a node of a cluster. */
export interface Membership {
  readonly nodeName: string;
  /** The authority of servers in PEM, and behind it the one before while both count. */
  readonly serverAuthority: string;
  /** Of the authorities that the cluster has had since this host has joined it: tokens may be as old. */
  readonly authorityHashes: readonly string[];
  /** The authority of those who may call the kubelet, in PEM. */
  readonly clientAuthority: string;
  readonly settings: ClusterSettings;
  readonly credentials: PerCertificate<Credential>;
  /** When the credentials came, in milliseconds since the epoch. */
  readonly issuedAt: number;
}

/** In one file, so that a crash never leaves half of it. */
const FILE = "membership.json";

/** What an earlier process was given; undefined when there is none that can be read. */
export async function readMembership(directory: string): Promise<Membership | undefined> {
  const text = await readIfPresent(join(directory, FILE));
  try {
    return text === undefined ? undefined : parseMembership(JSON.parse(text));
  } catch {
    // Whatever is wrong with the file: the host joins anew.
    return undefined;
  }
}

export async function writeMembership(directory: string, membership: Membership): Promise<void> {
  await preparePrivateDirectory(directory);
  await writeDurably(directory, [{ name: FILE, content: `${JSON.stringify(membership, undefined, 2)}\n` }]);
}

/** The node's password, made when there is none. */
export async function readNodePassword(directory: string): Promise<string> {
  await preparePrivateDirectory(directory);
  const present = (await readIfPresent(join(directory, "password")))?.trim() ?? "";
  if (present !== "") return present;
  const password = randomBytes(16).toString("hex");
  await writeDurably(directory, [{ name: "password", content: `${password}\n` }]);
  return password;
}

function parseMembership(document: unknown): Membership | undefined {
  if (!isJsonObject(document)) return undefined;
  const { nodeName, authorityHashes, issuedAt, credentials } = document;
  if (typeof nodeName !== "string" || !isTextList(authorityHashes) || typeof issuedAt !== "number")
    return undefined;
  if (!isJsonObject(credentials)) return undefined;
  const pairs = NODE_CERTIFICATES.map((name) => [name, credentials[name] as Credential] as const);
  const certificates = Object.fromEntries(pairs.map(([name, { certificate }]) => [name, certificate]));
  const { certificates: _, ...answer } = readJoinAnswer({ ...document, certificates });
  const own = Object.fromEntries(pairs) as PerCertificate<Credential>;
  return { nodeName, authorityHashes, ...answer, credentials: own, issuedAt };
}
