/** The kernel's mounts, as far as volumes need them. Paths are absolute. */
export interface Mounter {
  /** Mounts a file system in memory. Without a size it may take half of the machine's memory. */
  mountTmpfs(path: string, sizeBytes: number | undefined): Promise<void>;
  /** Shows a file or directory at a second place. */
  bind(source: string, target: string): Promise<void>;
  /** Ends the mount at a path; one that is still in use disappears once it is not. Nothing happens without a mount. */
  unmount(path: string): Promise<void>;
  /** The mount points at and below a path, the deepest first. */
  mountPointsBelow(path: string): Promise<readonly string[]>;
}
