import { constants } from "node:fs";
import { type FileHandle, mkdir, open, realpath, rm, stat } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import type { Mounter } from "./mounter.ts";
import { openPlace, pathOf } from "./open-place.ts";
import { VolumeError } from "./volume-error.ts";

export interface SubPathRequest {
  /** The volume, as the host sees it. */
  readonly volumePath: string;
  /** Relative to the volume. */
  readonly subPath: string;
  /** Where the container finds it: a place that only the kubelet can change. */
  readonly target: string;
}

/** Of what has become something else meanwhile, opening it fails at once: a pipe would wait for who writes to it. */
const DIRECTORY = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/**
 * Makes a part of a volume available at `target`. A container that changes its volume meanwhile cannot lead the mount
 * out of it (`pkg/volume/util/subpath`): the path is walked without following links, from directory to directory by
 * open handles, and what was reached is mounted by its handle. A directory that does not exist is created.
 */
export async function mountSubPath(request: SubPathRequest, mounter: Mounter): Promise<string> {
  const { volumePath, subPath, target } = request;
  const handle = await openInside(await realpath(volumePath), partsOf(subPath));
  try {
    await mounter.unmount(target);
    await createMountPoint(target, (await handle.stat()).isDirectory());
    await mounter.bind(pathOf(handle), target);
    return target;
  } finally {
    await handle.close();
  }
}

function partsOf(subPath: string): readonly string[] {
  const parts = subPath.split("/").filter((part) => part !== "" && part !== ".");
  if (subPath.startsWith("/")) {
    throw VolumeError.unavailable(`error SubPath \`${subPath}\` must not be an absolute path`);
  }
  if (parts.includes("..")) {
    throw VolumeError.unavailable(`unable to provision SubPath \`${subPath}\`: must not contain '..'`);
  }
  return parts;
}

/** A handle on a path in the volume, whose links may lead to other places in the volume only. */
async function openInside(base: string, parts: readonly string[]): Promise<FileHandle> {
  const { path, missing } = await resolveExisting(base, parts);
  const inside = relative(base, path);
  if (inside === ".." || inside.startsWith("../")) {
    throw VolumeError.unavailable(`subpath ${JSON.stringify(parts.join("/"))} not within volume path`);
  }
  let handle = await open(base, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    const { mode, gid } = await handle.stat();
    for (const part of inside.split("/").filter((each) => each !== "")) handle = await step(handle, part);
    for (const part of missing) {
      await mkdir(join(pathOf(handle), part), { mode: mode & 0o777 });
      handle = await step(handle, part);
      // As the volume's own directory, so that the pod's group can use it.
      await handle.chmod(mode & 0o7777);
      await handle.chown(0, gid);
    }
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** The longest part of the path that exists, without links, and the rest. */
async function resolveExisting(
  base: string,
  parts: readonly string[],
): Promise<{ readonly path: string; readonly missing: readonly string[] }> {
  for (let count = parts.length; count > 0; count -= 1) {
    try {
      return { path: await realpath(join(base, ...parts.slice(0, count))), missing: parts.slice(count) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    }
  }
  return { path: base, missing: parts };
}

/** Goes from a directory to one of its entries, which must not be a link, and closes the directory. */
async function step(from: FileHandle, part: string): Promise<FileHandle> {
  try {
    const next = join(pathOf(from), part);
    const isDirectory = (await stat(next)).isDirectory();
    const opened = isDirectory ? await open(next, DIRECTORY) : await openPlace(next);
    if (!(await opened.stat()).isSymbolicLink()) return opened;
    await opened.close();
    throw VolumeError.unavailable("subpath changed while it was opened");
  } finally {
    await from.close();
  }
}

async function createMountPoint(target: string, isDirectory: boolean): Promise<void> {
  await rm(target, { recursive: true, force: true });
  if (isDirectory) {
    await mkdir(target, { recursive: true, mode: 0o750 });
    return;
  }
  await mkdir(dirname(target), { recursive: true, mode: 0o750 });
  const file = await open(target, "w", 0o640);
  await file.close();
}
