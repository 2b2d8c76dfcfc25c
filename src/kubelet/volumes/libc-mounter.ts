import { dlopen, read } from "bun:ffi";
import { readFile } from "node:fs/promises";
import type { Mounter } from "./mounter.ts";
import { VolumeError } from "./volume-error.ts";

/** sys/mount.h */
const MS_NOSUID = 2;
const MS_NODEV = 4;
const MS_BIND = 4096;
const MNT_DETACH = 2;

/** asm-generic/errno-base.h: the path is no mount point. */
const ENOENT = 2;
const EINVAL = 22;

const SYMBOLS = {
  mount: { args: ["ptr", "ptr", "ptr", "u64", "ptr"], returns: "i32" },
  umount2: { args: ["ptr", "i32"], returns: "i32" },
  strerror: { args: ["i32"], returns: "cstring" },
  __errno_location: { args: [], returns: "ptr" },
} as const;

/** Mounts through the C library. Needs CAP_SYS_ADMIN. */
export function createLibcMounter(): Mounter {
  const { symbols } = dlopen("libc.so.6", SYMBOLS);
  const errno = (): number => {
    const location = symbols.__errno_location();
    return location === null ? 0 : read.i32(location, 0);
  };
  const fail = (what: string, code: number): VolumeError =>
    VolumeError.unavailable(`Cannot ${what}: ${String(symbols.strerror(code))}`);

  return {
    mountTmpfs: (path, sizeBytes) => {
      const data = sizeBytes === undefined ? "" : `size=${String(sizeBytes)}`;
      const flags = BigInt(MS_NOSUID | MS_NODEV);
      const result = symbols.mount(text("tmpfs"), text(path), text("tmpfs"), flags, text(data));
      return result < 0 ? Promise.reject(fail(`mount tmpfs at ${path}`, errno())) : Promise.resolve();
    },
    bind: (source, target) => {
      const result = symbols.mount(text(source), text(target), text(""), BigInt(MS_BIND), text(""));
      return result < 0 ? Promise.reject(fail(`bind ${source} to ${target}`, errno())) : Promise.resolve();
    },
    unmount: (path) => {
      const code = symbols.umount2(text(path), MNT_DETACH) < 0 ? errno() : 0;
      const isDone = code === 0 || code === EINVAL || code === ENOENT;
      return isDone ? Promise.resolve() : Promise.reject(fail(`unmount ${path}`, code));
    },
    mountPointsBelow: async (path) => mountPointsBelow(await readFile("/proc/self/mountinfo", "utf8"), path),
  };
}

/** The mount points of proc_pid_mountinfo(5) at and below a path, the deepest first. */
export function mountPointsBelow(mountinfo: string, path: string): readonly string[] {
  return mountinfo
    .split("\n")
    .map((line) => unescapeOctal(line.split(" ")[4] ?? ""))
    .filter((point) => point === path || point.startsWith(`${path}/`))
    .toSorted((a, b) => b.length - a.length);
}

/** Blanks and backslashes of paths are written as `\040`. */
function unescapeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_match, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}

function text(value: string): Uint8Array {
  return new TextEncoder().encode(`${value}\0`);
}
