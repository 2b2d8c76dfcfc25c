import type { Container, Pod, ProjectedVolumeSource, VolumeMount } from "#api/generated/core-v1.ts";
import { generateName } from "#apimachinery/generated-name.ts";

const VOLUME_PREFIX = "kube-api-access-";
const MOUNT_PATH = "/var/run/secrets/kubernetes.io/serviceaccount";

/** An hour, and so much more that the server can tell these tokens from those of which somebody asked an hour. */
const TOKEN_SECONDS = 3607;

/** What client libraries look for: a token for the API server, its certificate authority, and the namespace. */
const TOKEN_SOURCE: ProjectedVolumeSource = {
  sources: [
    { serviceAccountToken: { expirationSeconds: TOKEN_SECONDS, path: "token" } },
    { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
    {
      downwardAPI: {
        items: [{ path: "namespace", fieldRef: { apiVersion: "v1", fieldPath: "metadata.namespace" } }],
      },
    },
  ],
  defaultMode: 0o644,
};

/** Mounts the account's token into every container that has nothing else at its place. */
export function mountToken(pod: Pod, random: () => number): Pod {
  const { volumes = [], initContainers, containers } = pod.spec;
  const present = volumes.find(({ name }) => name.startsWith(VOLUME_PREFIX));
  const volumeName = present?.name ?? generateName(VOLUME_PREFIX, random);
  const mount: VolumeMount = { name: volumeName, readOnly: true, mountPath: MOUNT_PATH };
  const all = [...(initContainers ?? []), ...containers];
  if (all.every(hasMount)) return pod;
  const mounted = (list: readonly Container[]): readonly Container[] =>
    list.map((each) =>
      hasMount(each) ? each : { ...each, volumeMounts: [...(each.volumeMounts ?? []), mount] },
    );
  const volume = { name: volumeName, projected: TOKEN_SOURCE };
  return {
    ...pod,
    spec: {
      ...pod.spec,
      volumes: present === undefined ? [...volumes, volume] : volumes,
      ...(initContainers !== undefined && { initContainers: mounted(initContainers) }),
      containers: mounted(containers),
    },
  };
}

function hasMount({ volumeMounts = [] }: Container): boolean {
  return volumeMounts.some(({ mountPath }) => mountPath === MOUNT_PATH);
}
