import { createPrivateKey } from "node:crypto";
import type { Clock } from "#base/clock.ts";
import { type Credential, generateKey } from "./certificate.ts";
import {
  authorityFiles,
  FORMER_SERVICE_ACCOUNT_KEYS,
  inspectAll,
  type PlacedCertificate,
  readDirectory,
  record,
  SERVICE_ACCOUNT_KEY,
  usingDirectory,
} from "./directory.ts";
import { preparePrivateDirectory, writeDurably } from "./durable-files.ts";
import { finishChanges } from "./journal.ts";
import { type PkiFiles, performSteps } from "./perform.ts";
import { type IssueReason, type PkiStep, type PkiTime, planPki } from "./plan.ts";
import {
  AUTHORITIES,
  type AuthorityName,
  type CertificateName,
  type ClusterNames,
  wantedCertificates,
} from "./wanted.ts";

export interface PkiOptions extends ClusterNames {
  /** Such as `<data-dir>/server/tls`; made with mode 0700, its files with 0600. */
  readonly directory: string;
  /** A clock that shows an earlier time is behind; in milliseconds since the epoch. */
  readonly earliest?: number;
}

/** The cluster's keys and certificates, all PEM. */
export interface Pki {
  /**
   * Whom to trust: the certificate of each authority, and behind it that of the one before while both count. The keys
   * stay in the directory.
   */
  readonly authorities: Readonly<Record<AuthorityName, string>>;
  /** How those who trust former authorities come to the present ones, and what they must forget. */
  readonly former: Readonly<Record<AuthorityName, FormerAuthority>>;
  /** The certificates of this host; those of a kubelet only when the host has one. */
  readonly credentials: Readonly<Record<ServerCertificate, Credential>> &
    Readonly<Partial<Record<NodeCertificate, Credential>>>;
  /** The private key that signs service account tokens. */
  readonly serviceAccountKey: string;
  /** The public keys that verify those of the keys before. */
  readonly formerServiceAccountKeys: string;
  /** What this start has issued and why, for the log; empty at an ordinary start. */
  readonly issued: readonly { readonly name: string; readonly reason: IssueReason }[];
}

export interface FormerAuthority {
  /** The key of the present authority certified by the one before; empty when that does not count any more. */
  readonly bridge: string;
  /** The certificates of those that do not count any more. */
  readonly retired: string;
}

type NodeCertificate = "client-kubelet" | "serving-kubelet";
type ServerCertificate = Exclude<CertificateName, NodeCertificate>;

/**
 * Opens the PKI of a directory: makes, repairs and renews what is missing, damaged, outdated or near its end.
 * Rejects with a `PkiError`.
 */
export async function openPki(options: PkiOptions, { clock }: { readonly clock: Clock }): Promise<Pki> {
  const wanted = wantedCertificates(options);
  await usingDirectory(options.directory, async () => {
    await preparePrivateDirectory(options.directory);
    await finishChanges(options.directory);
  });
  const found = await readDirectory(options.directory, wanted);
  const time = timeOf(clock.now(), options);
  const steps = planPki({ ...inspectAll(found, wanted), wanted, time });
  const changes = [...performSteps(steps, found, time.now), ...serviceAccountKeyChange(found)];
  await usingDirectory(options.directory, () => writeDurably(options.directory, changes));
  const files = new Map([...found, ...changes.map(({ name, content }) => [name, content] as const)]);
  return {
    authorities: record(AUTHORITIES, (name) => trustIn(files, name)),
    former: record(AUTHORITIES, (name) => formerIn(files, name)),
    // The table of wanted certificates holds every certificate of a server.
    credentials: Object.fromEntries(
      wanted.map((want) => [want.name, credentialIn(files, want)]),
    ) as unknown as Pki["credentials"],
    serviceAccountKey: files.get(SERVICE_ACCOUNT_KEY) ?? "",
    formerServiceAccountKeys: files.get(FORMER_SERVICE_ACCOUNT_KEYS) ?? "",
    issued: steps.map((step) => ({ name: nameOf(step), reason: step.reason })),
  };
}

function timeOf(shown: number, { earliest = 0 }: PkiOptions): PkiTime {
  return { now: Math.max(earliest, shown), isBehind: shown < earliest };
}

/** A key that cannot be read is replaced: tokens signed with it are void, and their holders ask for new ones. */
function serviceAccountKeyChange(files: PkiFiles) {
  const present = files.get(SERVICE_ACCOUNT_KEY);
  return present !== undefined && isPrivateKey(present)
    ? []
    : [{ name: SERVICE_ACCOUNT_KEY, content: generateKey() }];
}

function isPrivateKey(pem: string): boolean {
  try {
    createPrivateKey(pem);
    return true;
  } catch {
    // The parser's complaint is of no use: the file is replaced.
    return false;
  }
}

function trustIn(files: PkiFiles, name: AuthorityName): string {
  return `${files.get(`${name}.crt`) ?? ""}${files.get(authorityFiles(name).previous) ?? ""}`;
}

function formerIn(files: PkiFiles, name: AuthorityName): FormerAuthority {
  const { bridge, retired } = authorityFiles(name);
  return { bridge: files.get(bridge) ?? "", retired: files.get(retired) ?? "" };
}

/** Whoever trusts the authority before is led to it by the bridge. */
function credentialIn(files: PkiFiles, { name, authority }: PlacedCertificate): Credential {
  const certificate = `${files.get(`${name}.crt`) ?? ""}${formerIn(files, authority).bridge}`;
  return { certificate, key: files.get(`${name}.key`) ?? "" };
}

function nameOf(step: PkiStep): string {
  return step.type === "issueAuthority" ? step.name : step.want.name;
}
