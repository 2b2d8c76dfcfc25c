import { readFile } from "node:fs/promises";
import type { Upstream } from "./forwarder.ts";
import { parseResolvConf } from "./resolv-conf.ts";

/** The name servers that the host uses at this moment; none when it has no such file. */
export async function readHostNameservers(path: string): Promise<readonly Upstream[]> {
  try {
    return parseResolvConf(await readFile(path, "utf8")).nameservers.map((address) => ({ address }));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}
