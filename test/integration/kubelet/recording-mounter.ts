import type { Mounter } from "#kubelet/volumes/mounter.ts";

/** Mounts nothing, which needs no privileges: a bind is remembered, and so is a file system in memory. */
export class RecordingMounter implements Mounter {
  /** What is mounted, by path: `tmpfs` or the source of a bind. */
  readonly mounts = new Map<string, string>();

  mountTmpfs(path: string, sizeBytes: number | undefined): Promise<void> {
    this.mounts.set(path, `tmpfs ${String(sizeBytes ?? "unlimited")}`);
    return Promise.resolve();
  }

  bind(source: string, target: string): Promise<void> {
    this.mounts.set(target, source);
    return Promise.resolve();
  }

  unmount(path: string): Promise<void> {
    this.mounts.delete(path);
    return Promise.resolve();
  }

  mountPointsBelow(path: string): Promise<readonly string[]> {
    const below = [...this.mounts.keys()].filter((point) => point === path || point.startsWith(`${path}/`));
    return Promise.resolve(below.toSorted((a, b) => b.length - a.length));
  }
}
