import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";

/** linux/fcntl.h: a handle that only names what it was opened for. */
const O_PATH = 0o10_000_000;

/** Names what is at a path without opening it, so that it may be a link, or a pipe that nobody writes to. */
export async function openPlace(path: string): Promise<FileHandle> {
  return await open(path, O_PATH | constants.O_NOFOLLOW);
}

/** A path to what the handle was opened for; nobody can make it lead elsewhere. */
export function pathOf({ fd }: FileHandle): string {
  return `/proc/self/fd/${String(fd)}`;
}
