import { indexPath } from "#apimachinery/field-error.ts";
import type { Volume, VolumeProjection } from "../../../generated/core-v1.ts";
import { claimSpecWarnings } from "../persistentvolumeclaim.warnings.ts";

/** Sources that do nothing any more, or soon will not, in the order in which they are looked for. */
const DEPRECATED_SOURCES: readonly (readonly [keyof Volume, string])[] = [
  ["photonPersistentDisk", "deprecated in v1.11, non-functional in v1.16+"],
  ["gitRepo", "deprecated in v1.11, and disabled by default in v1.33+"],
  ["scaleIO", "deprecated in v1.16, non-functional in v1.22+"],
  ["flocker", "deprecated in v1.22, non-functional in v1.25+"],
  ["storageos", "deprecated in v1.22, non-functional in v1.25+"],
  ["quobyte", "deprecated in v1.22, non-functional in v1.25+"],
  ["glusterfs", "deprecated in v1.25, non-functional in v1.26+"],
  ["cephfs", "deprecated in v1.28, non-functional in v1.31+"],
  ["rbd", "deprecated in v1.28, non-functional in v1.31+"],
];

/** A file in a volume, and what it comes from where several sources share the volume. */
interface ProjectedPath {
  readonly path: string;
  readonly source: string;
}

export function volumeWarnings(volumes: readonly Volume[], path: string): readonly string[] {
  return [
    ...volumes.flatMap((volume, index) => sourceWarnings(volume, indexPath(path, index))),
    ...volumes.flatMap(overlapWarnings),
  ];
}

function sourceWarnings(volume: Volume, path: string): readonly string[] {
  const template = volume.ephemeral?.volumeClaimTemplate;
  return [
    ...DEPRECATED_SOURCES.filter(([source]) => volume[source] !== undefined).map(
      ([source, message]) => `${path}.${source === "storageos" ? "storageOS" : source}: ${message}`,
    ),
    ...(template?.spec === undefined
      ? []
      : claimSpecWarnings(template.spec, `${path}.ephemeral.volumeClaimTemplate.spec`)),
  ];
}

/** Two files cannot have one path, nor can a file be a folder of another. */
function overlapWarnings(volume: Volume): readonly string[] {
  const { name, configMap, secret, downwardAPI, projected } = volume;
  const of = (kind: string, source: string | undefined) => `${kind} ${JSON.stringify(source ?? "")}`;
  return [
    ...(configMap ? describeOverlaps(name, of("ConfigMap", configMap.name), pathsOf(configMap.items)) : []),
    ...(secret ? describeOverlaps(name, of("Secret", secret.secretName), pathsOf(secret.items)) : []),
    ...(downwardAPI ? describeOverlaps(name, "DownwardAPI", pathsOf(downwardAPI.items)) : []),
    ...(projected ? projectionWarnings(name, projected.sources ?? []) : []),
  ];
}

function projectionWarnings(volume: string, sources: readonly VolumeProjection[]): readonly string[] {
  return [
    ...sources
      .filter((source) => Object.keys(source).length === 0)
      .map(() => `volume ${JSON.stringify(volume)} (Projected) has no sources provided`),
    ...describeOverlaps(volume, "Projected", sources.flatMap(projectedPaths)),
  ];
}

function pathsOf(
  items: readonly { readonly path: string }[] | undefined,
  source = "",
): readonly ProjectedPath[] {
  return (items ?? []).map(({ path }) => ({ path, source }));
}

function projectedPaths({
  configMap,
  secret,
  downwardAPI,
  serviceAccountToken,
  clusterTrustBundle,
}: VolumeProjection): readonly ProjectedPath[] {
  if (configMap?.items) return pathsOf(configMap.items, `ConfigMap ${JSON.stringify(configMap.name ?? "")}`);
  if (secret?.items) return pathsOf(secret.items, `Secret ${JSON.stringify(secret.name ?? "")}`);
  if (downwardAPI?.items) return pathsOf(downwardAPI.items, "DownwardAPI");
  if (serviceAccountToken) return pathsOf([serviceAccountToken], "ServiceAccountToken");
  if (clusterTrustBundle === undefined) return [];
  const { name, signerName = "" } = clusterTrustBundle;
  return pathsOf([clusterTrustBundle], `ClusterTrustBundle ${JSON.stringify(name ?? signerName)}`);
}

function describeOverlaps(
  volume: string,
  description: string,
  paths: readonly ProjectedPath[],
): readonly string[] {
  if (paths.length < 2) return [];
  const trimmed = paths.map(({ path, source }) => ({ path: path.replace(/\/+$/, ""), source }));
  return trimmed.flatMap((later, index) =>
    trimmed
      .slice(0, index)
      .filter((earlier) => overlap(earlier.path, later.path))
      .map(
        (earlier) =>
          `volume ${JSON.stringify(volume)} (${description}): overlapping paths: ${describePath(later)} with ${describePath(earlier)}`,
      ),
  );
}

function overlap(a: string, b: string): boolean {
  return a !== "" && b !== "" && (`${a}/`.startsWith(`${b}/`) || `${b}/`.startsWith(`${a}/`));
}

function describePath({ path, source }: ProjectedPath): string {
  return source === "" ? JSON.stringify(path) : `${JSON.stringify(path)} (${source})`;
}
