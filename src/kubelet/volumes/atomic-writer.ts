import {
  chmod,
  chown,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  symlink,
  writeFile,
} from "node:fs/promises";
import { dirname, join, normalize } from "node:path";
import type { FileProjection, Payload } from "./payload.ts";
import { VolumeError } from "./volume-error.ts";

/** The link to the directory with the present files, which one rename replaces (`pkg/volume/util/atomic_writer.go`). */
const DATA = "..data";
const NEW_DATA = "..data_tmp";

export interface WriteOptions {
  /** `2026_01_31_10_00_00`: readers of the directory's name can see when it was written. */
  readonly timestamp: string;
  /** Called with the path of the new files before anybody can see them. */
  readonly setPermissions?: (directory: string) => Promise<void>;
}

/**
 * Makes a directory hold exactly these files. Readers see all of the old or all of the new ones: files are links
 * through `..data`, and that link changes at once. Nothing is written when nothing has changed.
 */
export async function writeAtomically(
  target: string,
  payload: Payload,
  options: WriteOptions,
): Promise<void> {
  for (const path of payload.keys()) verifyPath(path);
  const previous = await currentDirectory(target);
  const isSame = previous !== undefined && (await holds(join(target, previous), payload));
  if (!isSame) await replace(target, payload, options);
  await linkVisibleNames(target, payload);
  if (!isSame && previous !== undefined) await rm(join(target, previous), { recursive: true, force: true });
}

/** Paths stay inside the volume, whatever the API let through. */
function verifyPath(path: string): void {
  const isSafe = path !== "" && !path.startsWith("/") && !path.startsWith("..") && normalize(path) === path;
  if (!isSafe) throw VolumeError.unavailable(`invalid path ${JSON.stringify(path)} in volume`);
}

async function currentDirectory(target: string): Promise<string | undefined> {
  try {
    return await readlink(join(target, DATA));
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

async function holds(directory: string, payload: Payload): Promise<boolean> {
  const present = await filesBelow(directory);
  if (present.length !== payload.size) return false;
  const matches = await Promise.all(
    present.map(async (path) => {
      const wanted = payload.get(path);
      return wanted !== undefined && (await isSameFile(join(directory, path), wanted));
    }),
  );
  return matches.every(Boolean);
}

async function isSameFile(path: string, wanted: FileProjection): Promise<boolean> {
  return Buffer.from(wanted.content).equals(await readFile(path));
}

async function filesBelow(directory: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(directory, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => !entry.isDirectory())
      .map(({ parentPath, name }) => join(parentPath, name).slice(directory.length + 1));
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

async function replace(target: string, payload: Payload, options: WriteOptions): Promise<void> {
  const directory = await mkdtemp(join(target, `..${options.timestamp}.`));
  try {
    await chmod(directory, 0o755);
    for (const [path, file] of payload) await writeProjection(join(directory, path), file);
    await options.setPermissions?.(directory);
    const link = join(target, NEW_DATA);
    await rm(link, { force: true });
    await symlink(directory.slice(target.length + 1), link);
    await rename(link, join(target, DATA));
  } catch (error) {
    await rm(directory, { recursive: true, force: true });
    throw error;
  }
}

async function writeProjection(path: string, { content, mode, user }: FileProjection): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o755 });
  await writeFile(path, content);
  // After the creation, so that the umask takes nothing away.
  await chmod(path, mode);
  if (user !== undefined) await chown(path, user, -1);
}

/** A link for the first part of every path; links for what is gone are removed. */
async function linkVisibleNames(target: string, payload: Payload): Promise<void> {
  const wanted = new Set([...payload.keys()].map((path) => path.split("/")[0] ?? ""));
  const present = (await readdir(target)).filter((name) => !name.startsWith(".."));
  for (const name of wanted) {
    if (!present.includes(name)) await symlink(join(DATA, name), join(target, name));
  }
  for (const name of present) {
    if (!wanted.has(name) && (await lstat(join(target, name))).isSymbolicLink()) await rm(join(target, name));
  }
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === "ENOENT";
}
