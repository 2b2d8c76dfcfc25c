import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { ServerConfig } from "../config.ts";
import { type Finding, judged } from "./finding.ts";

/** A place with which others may not do more than the mode says; its points are those of the mode and of the owner. */
export interface GuardedPath extends Guard {
  readonly path: string;
}

interface Guard {
  readonly point: string;
  readonly ownerPoint: string;
  readonly mode: number;
}

/** What is guarded. */
const GUARDS = {
  cni: { point: "1.1.9", ownerPoint: "1.1.10", mode: 0o600 },
  directory: { point: "1.1.11", ownerPoint: "1.1.12", mode: 0o700 },
  database: { point: "1.1.11", ownerPoint: "1.1.12", mode: 0o644 },
  kubeconfig: { point: "1.1.13", ownerPoint: "1.1.14", mode: 0o600 },
  certificate: { point: "1.1.20", ownerPoint: "1.1.19", mode: 0o644 },
  secret: { point: "1.1.21", ownerPoint: "1.1.19", mode: 0o600 },
  service: { point: "4.1.1", ownerPoint: "4.1.2", mode: 0o600 },
  membership: { point: "4.1.5", ownerPoint: "4.1.6", mode: 0o600 },
  clientAuthority: { point: "4.1.7", ownerPoint: "4.1.8", mode: 0o644 },
  config: { point: "4.1.9", ownerPoint: "4.1.10", mode: 0o600 },
} as const satisfies Readonly<Record<string, Guard>>;

/** Those of which a host may have none, as what they are about. */
const OPTIONAL: Readonly<Partial<Record<keyof typeof GUARDS, string>>> = {
  cni: "the configuration of CNI plugins",
  service: "the unit of the service",
  membership: "the credentials of an agent",
  config: "the config file",
};

const SERVICES = ["server", "agent"].map((name) => `/etc/systemd/system/kubelith-${name}.service`);

/** What is known of it. */
export interface PathFacts {
  /** Permission bits. */
  readonly mode: number;
  readonly uid: number;
}

type PathSettings = Pick<
  ServerConfig,
  | "dataDir"
  | "writeKubeconfig"
  | "encryptionProviderConfig"
  | "tokenAuthFile"
  | "networkBackend"
  | "cniConfDir"
> & { readonly configFile: string };

const PERMISSIONS = 0o777;

/** Places whose content lets somebody be anybody in the cluster. Each is checked; those that are not there are not. */
export async function checkFiles(config: PathSettings, owner: number): Promise<readonly Finding[]> {
  const paths = await guardedPaths(config);
  const findings = await Promise.all(
    paths.map(async (guarded) => {
      const facts = await factsOf(guarded.path);
      return facts === undefined ? [] : judgePath(guarded, facts, owner);
    }),
  );
  return [...findings.flat(), ...absent(new Set(findings.flat().map(({ point }) => point)))];
}

function absent(found: ReadonlySet<string>): readonly Finding[] {
  return Object.entries(OPTIONAL).flatMap(([name, subject]) => {
    const { point, ownerPoint } = GUARDS[name as keyof typeof GUARDS];
    const reason = "there is none on this host";
    if (found.has(point)) return [];
    return [point, ownerPoint].map(
      (each) => ({ point: each, subject, result: "not applicable", reason }) as const,
    );
  });
}

export function judgePath(
  { path, point, ownerPoint, mode }: GuardedPath,
  facts: PathFacts,
  owner: number,
): readonly Finding[] {
  const actual = facts.mode & PERMISSIONS;
  const modeOf = {
    point,
    subject: `permissions of ${path}`,
    remedy: `chmod ${octal(actual & mode)} ${path}`,
  };
  const ownerOf = {
    point: ownerPoint,
    subject: `owner of ${path}`,
    remedy: `chown ${String(owner)} ${path}`,
  };
  const isOpen = (actual & ~mode) !== 0;
  const openness = `its mode is ${octal(actual)}, which is more than ${octal(mode)}`;
  return [
    judged(modeOf, isOpen ? openness : undefined),
    judged(ownerOf, facts.uid === owner ? undefined : `it belongs to uid ${String(facts.uid)}`),
  ];
}

async function guardedPaths(config: PathSettings): Promise<readonly GuardedPath[]> {
  const { dataDir, writeKubeconfig, encryptionProviderConfig, tokenAuthFile, configFile } = config;
  const server = join(dataDir, "server");
  const tls = join(server, "tls");
  const [databases, keys, credentials, cni] = await Promise.all([
    filesIn(join(server, "db")),
    filesIn(tls),
    filesIn(join(server, "cred")),
    config.networkBackend === "cni" ? filesIn(config.cniConfDir) : [],
  ]);
  const guard = (guarded: Guard, paths: readonly string[]): GuardedPath[] =>
    paths.filter((path) => path !== "").map((path) => ({ path, ...guarded }));
  const tokens = ["token", "agent-token"].map((name) => join(server, name));
  const isKey = (path: string): boolean => !path.endsWith(".crt");
  return [
    ...guard(GUARDS.cni, cni),
    ...guard(
      GUARDS.directory,
      ["", "db", "tls", "cred"].map((name) => join(server, name)),
    ),
    ...guard(GUARDS.database, databases),
    ...guard(GUARDS.kubeconfig, [writeKubeconfig]),
    ...guard(
      GUARDS.certificate,
      keys.filter((path) => !isKey(path)),
    ),
    ...guard(GUARDS.secret, [
      ...keys.filter(isKey),
      ...credentials,
      ...tokens,
      encryptionProviderConfig,
      tokenAuthFile,
    ]),
    ...guard(GUARDS.service, SERVICES),
    ...guard(GUARDS.membership, [join(dataDir, "agent", "membership.json")]),
    ...guard(GUARDS.clientAuthority, [join(tls, "client-ca.crt")]),
    ...guard(GUARDS.config, [configFile]),
  ];
}

async function factsOf(path: string): Promise<PathFacts | undefined> {
  return await unlessMissing(async () => {
    const { mode, uid } = await stat(path);
    return { mode, uid };
  });
}

async function filesIn(directory: string): Promise<readonly string[]> {
  const names = (await unlessMissing(() => readdir(directory))) ?? [];
  return names.map((name) => join(directory, name));
}

async function unlessMissing<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

function octal(mode: number): string {
  return `0${mode.toString(8)}`;
}
