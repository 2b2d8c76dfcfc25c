import { chmod, lchown, lstat, readdir } from "node:fs/promises";
import { join } from "node:path";

const SET_GROUP_ID = 0o2000;
const PERMISSIONS = 0o7777;
const READ_WRITE = 0o660;
const READ_ONLY = 0o440;
const EXECUTE = 0o110;

/** Gives everything below a path to the pod's `fsGroup` (`pkg/volume/volume_linux.go`). */
export async function giveToGroup(path: string, fsGroup: number, isReadOnly: boolean): Promise<void> {
  const info = await lstat(path);
  if (info.isDirectory()) {
    for (const name of await readdir(path)) await giveToGroup(join(path, name), fsGroup, isReadOnly);
  }
  await lchown(path, info.uid, fsGroup);
  // The mode of a link is that of what it points to, which has its own turn.
  if (info.isSymbolicLink()) return;
  const mask = isReadOnly ? READ_ONLY : READ_WRITE;
  await chmod(path, (info.mode & PERMISSIONS) | mask | (info.isDirectory() ? SET_GROUP_ID | EXECUTE : 0));
}
