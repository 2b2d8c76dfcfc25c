/** Fields whose feature gate is off in Kubernetes v1.36 (`pkg/api/pod/util.go` DropDisabledPodFields). */
import { mapField, mapList } from "../../../defaulting.ts";
import type { PodSpec, PodStatus, VolumeProjection } from "../../../generated/core-v1.ts";
import type { WriteContext } from "../../../kind.ts";
import type { AnyContainer } from "./context.ts";
import { mapAllContainers } from "./map-containers.ts";

/** Removes fields of features that are switched off, except those that the old spec has in use. */
export function dropDisabledPodFields(
  spec: PodSpec,
  previous: PodSpec | undefined,
  { features }: Pick<WriteContext, "features">,
): PodSpec {
  let next = usesSchedulingGroup(previous) ? spec : withoutField(spec, "schedulingGroup");
  if (!usesStopSignal(previous)) next = dropStopSignals(next);
  for (const source of DISABLED_PROJECTIONS) {
    const isEnabled = source === "clusterTrustBundle" && features.has("ClusterTrustBundleProjection");
    if (!isEnabled && !usesProjection(previous, source)) next = dropProjection(next, source);
  }
  return next;
}

/** As `dropDisabledPodFields`, for what the kubelet reports. */
export function dropDisabledPodStatusFields(status: PodStatus, previous: PodStatus): PodStatus {
  const next = usesVolumeStatus(previous) ? status : dropVolumeStatuses(status);
  return previous.nodeAllocatableResourceClaimStatuses === undefined
    ? withoutField(next, "nodeAllocatableResourceClaimStatuses")
    : next;
}

/** Gates ClusterTrustBundleProjection and PodCertificateRequest. */
const DISABLED_PROJECTIONS = ["clusterTrustBundle", "podCertificate"] as const;
type DisabledProjection = (typeof DISABLED_PROJECTIONS)[number];

const CONTAINER_LISTS = ["initContainers", "containers", "ephemeralContainers"] as const;
const STATUS_LISTS = ["initContainerStatuses", "containerStatuses", "ephemeralContainerStatuses"] as const;

/** Gate GenericWorkload. */
function usesSchedulingGroup(spec: PodSpec | undefined): boolean {
  return spec?.schedulingGroup !== undefined;
}

/** Gate ContainerStopSignals. */
function usesStopSignal(spec: PodSpec | undefined): boolean {
  return CONTAINER_LISTS.some((field) =>
    spec?.[field]?.some(({ lifecycle }: AnyContainer) => lifecycle?.stopSignal !== undefined),
  );
}

function dropStopSignals(spec: PodSpec): PodSpec {
  return mapAllContainers(spec, <C extends AnyContainer>(container: C): C => {
    const { lifecycle } = container;
    if (lifecycle?.stopSignal === undefined) return container;
    const { stopSignal: _, ...kept } = lifecycle;
    if (Object.keys(kept).length > 0) return { ...container, lifecycle: kept };
    return withoutField<AnyContainer>(container, "lifecycle") as C;
  });
}

function usesProjection(spec: PodSpec | undefined, source: DisabledProjection): boolean {
  const isUsed = (projection: VolumeProjection) => projection[source] !== undefined;
  return spec?.volumes?.some(({ projected }) => projected?.sources?.some(isUsed)) ?? false;
}

function dropProjection(spec: PodSpec, source: DisabledProjection): PodSpec {
  return mapField(spec, "volumes", (volumes) =>
    mapList(volumes, (volume) =>
      mapField(volume, "projected", (projected) =>
        mapField(projected, "sources", (sources) =>
          mapList(sources, (projection) => withoutField(projection, source)),
        ),
      ),
    ),
  );
}

/** Gate ImageVolumeWithDigest. */
function usesVolumeStatus(status: PodStatus): boolean {
  return STATUS_LISTS.some((field) =>
    status[field]?.some(({ volumeMounts }) =>
      volumeMounts?.some(({ volumeStatus }) => volumeStatus !== undefined),
    ),
  );
}

function dropVolumeStatuses(status: PodStatus): PodStatus {
  return STATUS_LISTS.reduce(
    (next, field) =>
      mapField<PodStatus, typeof field>(next, field, (statuses) =>
        mapList(statuses, (container) =>
          mapField(container, "volumeMounts", (mounts) =>
            mapList(mounts, (mount) => withoutField(mount, "volumeStatus")),
          ),
        ),
      ),
    status,
  );
}

function withoutField<T extends object>(object: T, field: keyof T & string): T {
  if (!(field in object)) return object;
  return Object.fromEntries(Object.entries(object).filter(([name]) => name !== field)) as T;
}
