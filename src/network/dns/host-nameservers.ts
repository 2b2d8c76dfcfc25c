import { readFile } from "node:fs/promises";
import { parseIP } from "#base/cidr.ts";
import type { Clock } from "#base/clock.ts";
import { parseResolvConf } from "./resolv-conf.ts";
import { DNS_PORT, type Upstream } from "./upstream.ts";

const RESOLV_CONF = "/etc/resolv.conf";
/** Where systemd-resolved keeps the servers that it asks itself, behind its stub of the host. */
const SYSTEMD_RESOLV_CONF = "/run/systemd/resolve/resolv.conf";
const STUB_ADDRESS = "127.0.0.53";
/** Hosts change networks; a file is so small that looking into it is no dearer than asking whether it has changed. */
const REREAD_MS = 5000;

/** The resolver settings of the host. */
export interface HostResolver {
  readonly nameservers: readonly Upstream[];
  readonly searches: readonly string[];
}

export interface HostResolverOptions {
  /** Default: the host's own, or what systemd-resolved says behind it. */
  readonly path?: string | undefined;
  readonly clock: Pick<Clock, "now">;
  /** For tests. */
  readonly paths?: { readonly host: string; readonly systemd: string };
}

/** Reads the settings when they are asked for, at most every few seconds. */
export function createHostResolver({
  path,
  clock,
  paths = { host: RESOLV_CONF, systemd: SYSTEMD_RESOLV_CONF },
}: HostResolverOptions): () => Promise<HostResolver> {
  let last: Promise<HostResolver> | undefined;
  let readAt = 0;
  return () => {
    if (last !== undefined && Math.abs(clock.now() - readAt) < REREAD_MS) return last;
    readAt = clock.now();
    last = path === undefined ? readHostSettings(paths) : readSettings(path);
    return last;
  };
}

async function readHostSettings(paths: { host: string; systemd: string }): Promise<HostResolver> {
  const host = await readSettings(paths.host);
  const isStub =
    host.nameservers.length > 0 && host.nameservers.every(({ address }) => address === STUB_ADDRESS);
  if (!isStub) return host;
  const behind = await readSettings(paths.systemd);
  return behind.nameservers.length > 0 ? behind : host;
}

/** None when there is no such file. */
async function readSettings(path: string): Promise<HostResolver> {
  try {
    const { nameservers, searches } = parseResolvConf(await readFile(path, "utf8"));
    return {
      nameservers: nameservers
        .filter((address) => parseIP(address) !== undefined)
        .map((address) => ({ address, port: DNS_PORT })),
      searches: searches.map((each) => each.toLowerCase().replace(/\.$/, "")),
    };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return { nameservers: [], searches: [] };
    throw error;
  }
}
