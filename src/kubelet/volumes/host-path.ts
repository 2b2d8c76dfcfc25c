import type { Stats } from "node:fs";
import { mkdir, open, stat } from "node:fs/promises";
import { VolumeError } from "./volume-error.ts";
import type { VolumePlugin } from "./volume-plugin.ts";

interface HostPathType {
  readonly what: string;
  readonly matches: (info: Stats) => boolean;
  readonly create?: (path: string) => Promise<void>;
}

const directory: HostPathType = { what: "a directory", matches: (info) => info.isDirectory() };
const file: HostPathType = { what: "a file", matches: (info) => info.isFile() };

/** What must be at the path, by `hostPath.type` (`pkg/volume/hostpath`). */
const TYPES: Readonly<Record<string, HostPathType>> = {
  // Without a type anything goes; container runtimes create a directory where nothing is.
  "": { what: "anything", matches: () => true, create: createDirectory },
  DirectoryOrCreate: { ...directory, create: createDirectory },
  Directory: directory,
  FileOrCreate: { ...file, create: createFile },
  File: file,
  Socket: { what: "a socket file", matches: (info) => info.isSocket() },
  CharDevice: { what: "a character device", matches: (info) => info.isCharacterDevice() },
  BlockDevice: { what: "a block device", matches: (info) => info.isBlockDevice() },
};

/** A path of the host itself. */
export const hostPath: VolumePlugin = {
  directoryName: "kubernetes.io~host-path",
  supports: (volume) => volume.hostPath !== undefined,
  mount: async ({ volume }) => {
    const { path = "", type = "" } = volume.hostPath ?? {};
    const wanted = TYPES[type];
    if (wanted === undefined) throw VolumeError.unavailable(`${type} is an invalid volume type`);
    if (wanted.create !== undefined && (await statOf(path)) === undefined) await wanted.create(path);
    const info = await statOf(path);
    if (info === undefined || !wanted.matches(info)) {
      throw VolumeError.unavailable(`hostPath type check failed: ${path} is not ${wanted.what}`);
    }
    return { hostPath: path, isReadOnly: false };
  },
};

async function statOf(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw VolumeError.unavailable(String((error as Error).message), { cause: error });
  }
}

async function createDirectory(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o755 });
}

async function createFile(path: string): Promise<void> {
  const created = await open(path, "a", 0o644);
  await created.close();
}
