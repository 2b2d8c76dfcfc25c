import type { Pod, Volume } from "#api/generated/core-v1.ts";
import { podContainers } from "../pod/pod-containers.ts";

/** An object that a pod refers to, or all trust bundles of a signer. */
export type PodReference = NamedReference | SignerReference;

export interface NamedReference {
  readonly kind: "ConfigMap" | "Secret" | "ClusterTrustBundle";
  /** Empty for a trust bundle. */
  readonly namespace: string;
  readonly name: string;
}

interface SignerReference {
  readonly kind: "ClusterTrustBundle";
  readonly signerName: string;
}

/** All objects that a pod needs to know, each once (`podutil.VisitPodSecretNames`). */
export function podReferences({ metadata: { namespace = "" }, spec }: Pod): readonly PodReference[] {
  const configMaps = [
    ...environmentNames(spec, "ConfigMap"),
    ...(spec.volumes ?? []).flatMap(volumeConfigMaps),
  ];
  const secrets = [
    ...environmentNames(spec, "Secret"),
    ...(spec.volumes ?? []).flatMap(volumeSecrets),
    ...(spec.imagePullSecrets ?? []).map(({ name }) => name),
  ];
  return [
    ...unique("ConfigMap", namespace, configMaps),
    ...unique("Secret", namespace, secrets),
    ...bundleReferences(spec.volumes ?? []),
  ];
}

function bundleReferences(volumes: readonly Volume[]): readonly PodReference[] {
  const bundles = volumes.flatMap(({ projected }) =>
    (projected?.sources ?? []).flatMap(({ clusterTrustBundle }) => clusterTrustBundle ?? []),
  );
  const names = bundles.map(({ name }) => name);
  const signers = new Set(
    bundles.flatMap(({ name, signerName }) => (name === undefined && signerName) || []),
  );
  return [
    ...unique("ClusterTrustBundle", "", names),
    ...[...signers].map((signerName) => ({ kind: "ClusterTrustBundle", signerName }) as const),
  ];
}

function unique(
  kind: NamedReference["kind"],
  namespace: string,
  names: readonly (string | undefined)[],
): readonly PodReference[] {
  const named = names.filter((name) => name !== undefined && name !== "");
  return [...new Set(named)].map((name) => ({ kind, namespace, name: name ?? "" }));
}

function environmentNames(spec: Pod["spec"], kind: NamedReference["kind"]): readonly (string | undefined)[] {
  return podContainers(spec).flatMap(({ container: { env = [], envFrom = [] } }) => [
    ...env.map(({ valueFrom }) =>
      kind === "ConfigMap" ? valueFrom?.configMapKeyRef?.name : valueFrom?.secretKeyRef?.name,
    ),
    ...envFrom.map(({ configMapRef, secretRef }) =>
      kind === "ConfigMap" ? configMapRef?.name : secretRef?.name,
    ),
  ]);
}

function volumeConfigMaps({ configMap, projected }: Volume): readonly (string | undefined)[] {
  return [configMap?.name, ...(projected?.sources ?? []).map((source) => source.configMap?.name)];
}

function volumeSecrets({ secret, projected }: Volume): readonly (string | undefined)[] {
  return [secret?.secretName, ...(projected?.sources ?? []).map((source) => source.secret?.name)];
}
