import { mkdir } from "node:fs/promises";
import type { Pod } from "#api/generated/core-v1.ts";
import { podContainers } from "../pod/pod-containers.ts";
import { writeAtomically } from "./atomic-writer.ts";
import { giveToGroup } from "./ownership.ts";
import type { Payload } from "./payload.ts";
import type { MountedVolume, VolumeHost, VolumeRequest } from "./volume-plugin.ts";

export interface ContentOptions {
  /** Content that must never reach the disk. */
  readonly inMemory: boolean;
  readonly refreshAt?: number | undefined;
}

/** Writes the files of a volume that is made from API objects. */
export async function mountContent(
  { pod, directory }: VolumeRequest,
  { mounter, now }: VolumeHost,
  payload: Payload,
  { inMemory, refreshAt }: ContentOptions,
): Promise<MountedVolume> {
  await mkdir(directory, { recursive: true, mode: 0o755 });
  const isMounted = (await mounter.mountPointsBelow(directory)).includes(directory);
  if (inMemory && !isMounted) await mounter.mountTmpfs(directory, undefined);
  const fsGroup = pod.spec.securityContext?.fsGroup;
  await writeAtomically(directory, payload, {
    timestamp: timestampOf(now()),
    ...(fsGroup !== undefined && { setPermissions: (path: string) => giveToGroup(path, fsGroup, true) }),
  });
  return { hostPath: directory, isReadOnly: true, ...(refreshAt !== undefined && { refreshAt }) };
}

/** The user that all containers run as, if they agree on one (`volumeutil.FsUserFrom`). */
export function fsUser({ spec }: Pod): number | undefined {
  const users = podContainers(spec).map(
    ({ container }) => container.securityContext?.runAsUser ?? spec.securityContext?.runAsUser,
  );
  return new Set(users).size === 1 ? users[0] : undefined;
}

function timestampOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace(/[-T:]/g, "_");
}
