/** What a pod makes its node read (kubernetes `pkg/api/v1/pod/util.go`). */
import type { Container, Pod, Volume } from "../../generated/core-v1.ts";

/** Names of objects in the pod's namespace, without empty ones. */
export interface PodReferences {
  readonly secrets: readonly string[];
  readonly configMaps: readonly string[];
  readonly persistentVolumeClaims: readonly string[];
  readonly serviceAccounts: readonly string[];
  readonly resourceClaims: readonly string[];
}

type Environment = Pick<Container, "env" | "envFrom">;
type Names = readonly (string | undefined)[];

export function referencesOf({ metadata, spec, status }: Pod): PodReferences {
  const { volumes = [], imagePullSecrets = [] } = spec;
  const containers = environmentsOf(spec);
  const claimed = status?.resourceClaimStatuses?.map(({ resourceClaimName }) => resourceClaimName);
  return {
    secrets: named([
      ...imagePullSecrets.map(({ name }) => name),
      ...containers.flatMap(secretsOfEnvironment),
      ...volumes.flatMap(secretsOfVolume),
    ]),
    configMaps: named([
      ...containers.flatMap(configMapsOfEnvironment),
      ...volumes.flatMap(configMapsOfVolume),
    ]),
    persistentVolumeClaims: named(volumes.map((volume) => claimOfVolume(volume, metadata.name))),
    serviceAccounts: named([spec.serviceAccountName]),
    resourceClaims: named([
      ...(spec.resourceClaims ?? []).map(({ resourceClaimName }) => resourceClaimName),
      ...(claimed ?? []),
      status?.extendedResourceClaimStatus?.resourceClaimName,
    ]),
  };
}

function environmentsOf(spec: Pod["spec"]): readonly Environment[] {
  return [...(spec.initContainers ?? []), ...spec.containers, ...(spec.ephemeralContainers ?? [])];
}

function secretsOfEnvironment({ env = [], envFrom = [] }: Environment): Names {
  return [
    ...env.map(({ valueFrom }) => valueFrom?.secretKeyRef?.name),
    ...envFrom.map(({ secretRef }) => secretRef?.name),
  ];
}

function configMapsOfEnvironment({ env = [], envFrom = [] }: Environment): Names {
  return [
    ...env.map(({ valueFrom }) => valueFrom?.configMapKeyRef?.name),
    ...envFrom.map(({ configMapRef }) => configMapRef?.name),
  ];
}

function secretsOfVolume(volume: Volume): Names {
  return [
    volume.secret?.secretName,
    ...(volume.projected?.sources ?? []).map(({ secret }) => secret?.name),
    volume.csi?.nodePublishSecretRef?.name,
    volume.azureFile?.secretName,
    ...secretSources(volume).map((source) => source?.secretRef?.name),
  ];
}

/** Kinds of volumes that log in with a secret. */
function secretSources({ cephfs, cinder, flexVolume, iscsi, rbd, scaleIO, storageos }: Volume) {
  return [cephfs, cinder, flexVolume, iscsi, rbd, scaleIO, storageos];
}

function configMapsOfVolume({ configMap, projected }: Volume): Names {
  return [configMap?.name, ...(projected?.sources ?? []).map((source) => source.configMap?.name)];
}

/** The claim of an ephemeral volume is named after the pod and the volume. */
function claimOfVolume(volume: Volume, podName: string): string | undefined {
  if (volume.persistentVolumeClaim !== undefined) return volume.persistentVolumeClaim.claimName;
  return volume.ephemeral === undefined ? undefined : `${podName}-${volume.name}`;
}

function named(names: Names): readonly string[] {
  return [...new Set(names.filter((name) => name !== undefined && name !== ""))] as readonly string[];
}
