import { chmod, chown, type FileHandle, readdir } from "node:fs/promises";
import { join } from "node:path";
import { openPlace, pathOf } from "./open-place.ts";
import { VolumeError } from "./volume-error.ts";

const SET_GROUP_ID = 0o2000;
const PERMISSIONS = 0o7777;
const READ_WRITE = 0o660;
const READ_ONLY = 0o440;
const EXECUTE = 0o110;

/** As deep as a path can name a file: each level takes a handle. */
const MAX_DEPTH = 2048;

interface Gift {
  readonly fsGroup: number;
  readonly mask: number;
}

/**
 * Gives everything below a path to the pod's `fsGroup` (`pkg/volume/volume_linux.go`). A container that changes its volume
 * meanwhile cannot lead this out of it: every file is reached from its directory by open handles, and no link is followed.
 */
export async function giveToGroup(path: string, fsGroup: number, isReadOnly: boolean): Promise<void> {
  await give(path, { fsGroup, mask: isReadOnly ? READ_ONLY : READ_WRITE }, 0);
}

async function give(path: string, gift: Gift, depth: number): Promise<void> {
  if (depth > MAX_DEPTH) throw VolumeError.unavailable("the directories of the volume are too deep");
  const handle = await openPlace(path);
  try {
    await giveOpened(handle, gift, depth);
  } finally {
    await handle.close();
  }
}

async function giveOpened(handle: FileHandle, gift: Gift, depth: number): Promise<void> {
  const path = pathOf(handle);
  const info = await handle.stat();
  if (info.isDirectory()) {
    for (const name of await readdir(path)) await give(join(path, name), gift, depth + 1);
  }
  await chown(path, info.uid, gift.fsGroup);
  // The mode of a link is that of what it points to, which has its own turn.
  if (info.isSymbolicLink()) return;
  const ofDirectory = info.isDirectory() ? SET_GROUP_ID | EXECUTE : 0;
  await chmod(path, (info.mode & PERMISSIONS) | gift.mask | ofDirectory);
}
