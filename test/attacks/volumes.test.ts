/** Ways out of a volume: a pod that writes links into it gets at nothing else of its node. Needs root, as a kubelet does. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { renameSync, rmSync, symlinkSync, unlinkSync } from "node:fs";
import {
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  realpath,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeAtomically } from "#kubelet/volumes/atomic-writer.ts";
import type { Mounter } from "#kubelet/volumes/mounter.ts";
import { giveToGroup } from "#kubelet/volumes/ownership.ts";
import { mountSubPath } from "#kubelet/volumes/sub-path.ts";
import { RecordingMounter } from "../integration/kubelet/recording-mounter.ts";

const FIFO_TIMEOUT_MS = 5000;
const ATTEMPTS = 40;
/** Until then all is over: each of the moments before is tried several times. */
const MOMENTS = 20;
const GROUP = 4242;

let root: string;
let volume: string;
/** What belongs to the host. */
let outside: string;
beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), "kubelith-volume-")));
  volume = join(root, "volume");
  outside = join(root, "volume-of-another");
  await mkdir(join(volume, "inside", "deep"), { recursive: true });
  await mkdir(join(outside, "deep"), { recursive: true });
  await writeFile(join(volume, "inside", "file"), "mine");
  await writeFile(join(outside, "secret"), "host");
  await symlink("inside", join(volume, "good"));
  await symlink(outside, join(volume, "out"));
  await symlink("..", join(volume, "up"));
  await symlink("out", join(volume, "twice"));
  await symlink(join(outside, "secret"), join(volume, "file-out"));
  await symlink("/proc/self/root", join(volume, "host"));
  await symlink(join(outside, "new"), join(volume, "dangling"));
});
afterEach(() => rm(root, { recursive: true, force: true }));

/** Notes where a mount would lead, at the moment at which it is made. */
class SeeingMounter extends RecordingMounter {
  readonly seen: string[] = [];

  override async bind(source: string, target: string): Promise<void> {
    // The kernel says where a handle is; a path is walked, and could be changed meanwhile.
    this.seen.push(await (source.startsWith("/proc/self/fd/") ? readlink(source) : realpath(source)));
    await super.bind(source, target);
  }
}

async function mounted(subPath: string, mounter: Mounter = new RecordingMounter()): Promise<string> {
  return await mountSubPath({ volumePath: volume, subPath, target: join(root, "target") }, mounter);
}

/** A directory of the volume becomes a link out of it. */
function swap(name: string): void {
  const path = join(volume, name);
  renameSync(path, `${path}-moved`);
  insteadOf(path, () => symlinkSync(outside, path));
}

function swapBack(name: string): void {
  const path = join(volume, name);
  unlinkSync(path);
  insteadOf(path, () => renameSync(`${path}-moved`, path));
}

/** In the moment in which there was nothing, a new directory may have been made there. */
function insteadOf(path: string, place: () => void): void {
  for (let isPlaced = false; !isPlaced; ) {
    try {
      place();
      isPlaced = true;
    } catch {
      rmSync(path, { recursive: true, force: true });
    }
  }
}

/** The directory becomes a link after so many looks at the disk, while something is under way in it, which may fail. */
async function swapDuring(attempt: Promise<unknown>, name: string, looks: number): Promise<void> {
  const ended = attempt.catch(() => undefined);
  for (let look = 0; look < looks; look += 1) await stat(volume);
  swap(name);
  await ended;
  swapBack(name);
}

describe("what is allowed", () => {
  test.each([
    ["inside", "inside"],
    ["inside/file", "inside/file"],
    ["good/deep", "inside/deep"],
    ["", ""],
    ["./inside//deep/", "inside/deep"],
    ["new/deeper", "new/deeper"],
  ])("%s", async (subPath, reached) => {
    const mounter = new SeeingMounter();
    await mounted(subPath, mounter);
    expect(mounter.seen).toEqual([join(volume, reached)]);
  });
});

describe("a subPath does not lead out of its volume", () => {
  test.each([
    "..",
    "../volume-of-another",
    "inside/../../volume-of-another",
    "/etc",
    "out",
    "out/secret",
    "out/new",
    "twice",
    "up",
    "up/volume-of-another",
    "good/../../volume-of-another",
    "file-out",
    "host",
    "host/etc/shadow",
    "dangling",
    "dangling/deeper",
  ])("by %s", async (subPath) => {
    const mounter = new RecordingMounter();
    await expect(mounted(subPath, mounter)).rejects.toThrow();
    expect([...mounter.mounts.values()]).toEqual([]);
    expect((await readdir(outside)).toSorted()).toEqual(["deep", "secret"]);
  });

  test("by a directory that becomes a link before it is mounted (CVE-2021-25741)", async () => {
    class Swapping extends SeeingMounter {
      override async unmount(path: string): Promise<void> {
        swap("inside");
        await super.unmount(path);
      }
    }
    const mounter = new Swapping();
    await mounted("inside/deep", mounter);
    expect(mounter.seen).toEqual([join(volume, "inside-moved", "deep")]);
  });

  test("by directories that become links on the way to them", async () => {
    const mounter = new SeeingMounter();
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const attempted = mounted(`inside/deep/new-${String(attempt)}`, mounter);
      await swapDuring(attempted, "inside", attempt % MOMENTS);
    }
    expect(mounter.seen.filter((path) => path.startsWith(outside))).toEqual([]);
    expect(await readdir(join(outside, "deep"))).toEqual([]);
  });

  test(
    "nor wait for who writes to what is no directory",
    async () => {
      const name = "pipe";
      Bun.spawnSync(["mkfifo", join(volume, name)]);
      await mounted(name);
      expect((await stat(join(root, "target"))).isFile()).toBeTrue();
    },
    FIFO_TIMEOUT_MS,
  );
});

describe("the files of a volume are written in it", () => {
  const file = { content: Buffer.from("evil"), mode: 0o644 };

  test.each(["../secret", "..", "a/../../secret", "/etc/passwd", "..data/x", "", "a//b", "a/./b", "..x"])(
    "and not at %j",
    async (path) => {
      const written = writeAtomically(volume, new Map([[path, file]]), { timestamp: "t" });
      await expect(written).rejects.toThrow("in volume");
      expect(await readFile(join(outside, "secret"), "utf8")).toBe("host");
    },
  );
});

describe("what a pod's group gets is in its volume", () => {
  test("and not behind its links", async () => {
    await giveToGroup(volume, GROUP, false);
    expect((await stat(join(volume, "inside", "file"))).gid).toBe(GROUP);
    expect(await groupsOutside()).toEqual([]);
  });

  test("and not behind links that its directories become", async () => {
    await writeFile(join(volume, "inside", "secret"), "");
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      await swapDuring(giveToGroup(join(volume, "inside"), GROUP, false), "inside", attempt % MOMENTS);
    }
    expect(await groupsOutside()).toEqual([]);
  });

  async function groupsOutside(): Promise<readonly string[]> {
    const paths = [outside, join(outside, "secret"), join(outside, "deep")];
    const changed: string[] = [];
    for (const path of paths) if ((await stat(path)).gid === GROUP) changed.push(path);
    return changed;
  }
});
