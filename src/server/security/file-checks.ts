import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { ServerConfig } from "../config.ts";
import { type Finding, failed, passed } from "./finding.ts";

/** A place with which others may not do more than the mode says. */
export interface GuardedPath {
  readonly path: string;
  readonly point: string;
  readonly mode: number;
}

/** What is known of it. */
export interface PathFacts {
  /** Permission bits. */
  readonly mode: number;
  readonly uid: number;
}

type PathSettings = Pick<
  ServerConfig,
  "dataDir" | "writeKubeconfig" | "encryptionProviderConfig" | "tokenAuthFile"
>;

const PERMISSIONS = 0o777;

/** Places whose content lets somebody be anybody in the cluster. Each is checked; those that are not there are not. */
export async function checkFiles(config: PathSettings, owner: number): Promise<readonly Finding[]> {
  const paths = await guardedPaths(config);
  const findings = await Promise.all(
    paths.map(async (guarded) => {
      const facts = await factsOf(guarded.path);
      return facts === undefined ? [] : [judgePath(guarded, facts, owner)];
    }),
  );
  return findings.flat();
}

export function judgePath({ path, point, mode }: GuardedPath, facts: PathFacts, owner: number): Finding {
  const subject = `permissions of ${path}`;
  const actual = facts.mode & PERMISSIONS;
  if ((actual & ~mode) !== 0) {
    const about = { point, subject, remedy: `chmod ${octal(actual & mode)} ${path}` };
    return failed(about, `its mode is ${octal(actual)}, which is more than ${octal(mode)}`);
  }
  const about = { point, subject, remedy: `chown ${String(owner)} ${path}` };
  return facts.uid === owner ? passed(about) : failed(about, `it belongs to uid ${String(facts.uid)}`);
}

async function guardedPaths(config: PathSettings): Promise<readonly GuardedPath[]> {
  const { dataDir, writeKubeconfig, encryptionProviderConfig, tokenAuthFile } = config;
  const server = join(dataDir, "server");
  const directories = ["", "db", "tls", "cred"].map((name) => join(server, name));
  const [databases, keys, credentials] = await Promise.all([
    filesIn(join(server, "db")),
    filesIn(join(server, "tls")),
    filesIn(join(server, "cred")),
  ]);
  const secrets = [
    join(server, "token"),
    join(server, "agent-token"),
    encryptionProviderConfig,
    tokenAuthFile,
  ];
  const files = (point: string, paths: readonly string[]): GuardedPath[] =>
    paths.filter((path) => path !== "").map((path) => ({ path, point, mode: 0o600 }));
  return [
    ...directories.map((path) => ({ path, point: "1.1.11", mode: 0o700 })),
    ...databases.map((path) => ({ path, point: "1.1.11", mode: 0o644 })),
    ...files(
      "1.1.21",
      keys.filter((path) => path.endsWith(".key")),
    ),
    ...files("1.2.27", [...credentials, ...secrets]),
    ...files("4.1.9", [join(dataDir, "agent", "membership.json")]),
    ...files("1.1.13", [writeKubeconfig]),
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
