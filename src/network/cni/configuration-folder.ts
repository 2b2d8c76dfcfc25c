import { readdir, readFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { PodNetworkError } from "../bridge/pod-network-error.ts";
import { type NetworkList, parseNetworkList } from "./network-list.ts";

const EXTENSIONS = new Set([".conf", ".conflist", ".json"]);

/** The first configuration by name, as containerd chooses it. Rejects when there is none, or when it makes no sense. */
export async function readNetworkList(folder: string): Promise<NetworkList> {
  const [first] = (await filesOf(folder)).filter((name) => EXTENSIONS.has(extname(name))).toSorted();
  if (first === undefined) throw PodNetworkError.uninitialized(`no network config found in ${folder}`);
  const path = join(folder, first);
  return parseNetworkList(path, await readFile(path, "utf8"));
}

async function filesOf(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => !entry.isDirectory()).map(({ name }) => name);
}
