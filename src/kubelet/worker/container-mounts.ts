import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Container, Pod, VolumeMount } from "#api/generated/core-v1.ts";
import type { Mount } from "#container/runtime.ts";
import { ConfigError } from "../containers/config-error.ts";
import { expandVariables, missingVariables } from "../containers/expand-variables.ts";
import { hostNetworkHostsFile, hostsFile } from "../containers/hosts-file.ts";
import { podHostname } from "../containers/pod-hostname.ts";
import { mountSubPath } from "../volumes/sub-path.ts";
import type { MountedVolume } from "../volumes/volume-plugin.ts";
import type { PodServices } from "./pod-services.ts";

const ETC_HOSTS = "/etc/hosts";
const RESOLV_CONF = "/etc/resolv.conf";

export interface MountRequest {
  readonly pod: Pod;
  readonly container: Container;
  readonly environment: ReadonlyMap<string, string>;
  readonly podIPs: readonly string[];
}

type MountServices = Pick<PodServices, "volumes" | "directories" | "mounter" | "node" | "random">;

/** What a container finds mounted: its volumes, the pod's own files, its termination message. Rejects with a ConfigError. */
export async function containerMounts(
  request: MountRequest,
  services: MountServices,
): Promise<readonly Mount[]> {
  const { container } = request;
  const taken = new Set((container.volumeMounts ?? []).map(({ mountPath }) => mountPath));
  const volumes: Mount[] = [];
  for (const [index, mount] of (container.volumeMounts ?? []).entries()) {
    volumes.push(await volumeMount(request, { mount, index }, services));
  }
  const own = [
    await etcHostsMount(request, services),
    fileMount(services.directories.resolvConf(request.pod.metadata.uid), RESOLV_CONF),
    ...(await terminationMount(request, services)),
  ];
  return [...volumes, ...own.filter(({ containerPath }) => !taken.has(containerPath))];
}

async function volumeMount(
  { pod, container, environment }: MountRequest,
  { mount, index }: { readonly mount: VolumeMount; readonly index: number },
  { volumes, directories, mounter }: MountServices,
): Promise<Mount> {
  const { uid } = pod.metadata;
  const volume = volumes.volumesOf(uid).get(mount.name);
  if (volume === undefined) {
    const names = `${JSON.stringify(mount.name)} to mount into container ${JSON.stringify(container.name)}`;
    throw new ConfigError(`cannot find volume ${names}`);
  }
  const subPath = subPathOf(mount, environment);
  const target = directories.subPath(uid, mount.name, container.name, index);
  return {
    hostPath:
      subPath === ""
        ? volume.hostPath
        : await safeSubPath(volume, { subPath, target, mount, container }, mounter),
    containerPath: mount.mountPath.startsWith("/") ? mount.mountPath : `/${mount.mountPath}`,
    readOnly: mount.readOnly === true || volume.isReadOnly,
    propagation: PROPAGATION[mount.mountPropagation ?? "None"],
  };
}

const PROPAGATION = {
  None: "private",
  HostToContainer: "hostToContainer",
  Bidirectional: "bidirectional",
} as const;

function subPathOf(
  { subPath = "", subPathExpr = "" }: VolumeMount,
  environment: ReadonlyMap<string, string>,
): string {
  if (subPathExpr === "") return subPath;
  const filled = new Map([...environment].filter(([, value]) => value !== ""));
  const missing = [...new Set(missingVariables(subPathExpr, filled))].toSorted();
  if (missing.length > 0) throw new ConfigError(`missing value for ${missing.join(", ")}`);
  return expandVariables(subPathExpr, filled);
}

interface SubPathMount {
  readonly subPath: string;
  readonly target: string;
  readonly mount: VolumeMount;
  readonly container: Container;
}

/** What went wrong could tell of the host's files, so that the pod's owner learns only that it did. */
async function safeSubPath(
  { hostPath }: MountedVolume,
  { subPath, target, mount, container }: SubPathMount,
  mounter: MountServices["mounter"],
): Promise<string> {
  try {
    return await mountSubPath({ volumePath: hostPath, subPath, target }, mounter);
  } catch (cause) {
    const names = `${JSON.stringify(mount.name)} of container ${JSON.stringify(container.name)}`;
    throw new ConfigError(`failed to prepare subPath for volumeMount ${names}`, { cause });
  }
}

async function etcHostsMount(
  { pod, podIPs }: MountRequest,
  { directories, node }: MountServices,
): Promise<Mount> {
  const path = directories.etcHosts(pod.metadata.uid);
  const { hostAliases: aliases = [], hostNetwork = false } = pod.spec;
  const { hostname, domain } = podHostname(pod, node.clusterDomain);
  const content = hostNetwork
    ? hostNetworkHostsFile(await readFile(ETC_HOSTS, "utf8"), aliases)
    : hostsFile({ podIPs, hostname, domain, aliases });
  await writeFile(path, content);
  await chmod(path, 0o644);
  return fileMount(path, ETC_HOSTS);
}

/** A file of its own for each run, which anybody in the container may write. */
async function terminationMount(
  { pod, container }: MountRequest,
  { directories, random }: MountServices,
): Promise<readonly Mount[]> {
  const { name, terminationMessagePath = "" } = container;
  if (terminationMessagePath === "") return [];
  const directory = directories.container(pod.metadata.uid, name);
  await mkdir(directory, { recursive: true, mode: 0o750 });
  const file = Math.floor(random() * 2 ** 32)
    .toString(16)
    .padStart(8, "0");
  const path = join(directory, file);
  await writeFile(path, "");
  await chmod(path, 0o666);
  return [fileMount(path, terminationMessagePath)];
}

function fileMount(hostPath: string, containerPath: string): Mount {
  return { hostPath, containerPath, readOnly: false, propagation: "private" };
}
