import { referencesOf } from "#api/core/v1/pod-references.ts";
import type { Pod, ProjectedVolumeSource, Volume } from "#api/generated/core-v1.ts";
import { semanticallyEqual } from "#api/validation/equality.ts";
import type { OwnerReference } from "#apimachinery/generated/meta-v1.ts";
import { notFound, type StatusError } from "#apimachinery/status-error.ts";
import type { AdmissionEnvironment, AdmissionRequest } from "../../admission-plugin.ts";
import { refuse } from "../../refuse.ts";

const MIRROR_ANNOTATION = "kubernetes.io/config.mirror";

/** Why a node may not create or delete a pod: it has to do with mirrors of its static pods, and with its own pods. */
export function refusePodWrite(
  request: AdmissionRequest,
  node: string,
  environment: AdmissionEnvironment,
): StatusError | undefined {
  const { operation } = request;
  if (operation === "CREATE") return refuseMirror(request, node, environment);
  if (operation === "UPDATE") {
    return refuse(
      request,
      `unexpected operation "${operation}", node "${node}" can only create and delete mirror pods`,
    );
  }
  return (request.oldObject as Pod).spec.nodeName === node
    ? undefined
    : refuse(request, `node "${node}" can only delete pods with spec.nodeName set to itself`);
}

export function refusePodStatus(request: AdmissionRequest, node: string): StatusError | undefined {
  if (request.operation !== "UPDATE") return refuse(request, `unexpected operation "${request.operation}"`);
  const next = request.object as Pod;
  const previous = request.oldObject as Pod;
  if (previous.spec.nodeName !== node) {
    return refuse(
      request,
      `node "${node}" can only update pod status for pods with spec.nodeName set to itself`,
    );
  }
  if (!semanticallyEqual(next.metadata.labels, previous.metadata.labels)) {
    return refuse(request, `node "${node}" cannot update labels through pod status`);
  }
  if (!semanticallyEqual(next.status?.resourceClaimStatuses, previous.status?.resourceClaimStatuses)) {
    return refuse(request, `node "${node}" cannot update resource claim statues`);
  }
  return semanticallyEqual(
    next.status?.extendedResourceClaimStatus,
    previous.status?.extendedResourceClaimStatus,
  )
    ? undefined
    : refuse(request, `node "${node}" cannot update extended resource claim status`);
}

export function refusePodEviction(
  request: AdmissionRequest,
  node: string,
  { cluster }: AdmissionEnvironment,
): StatusError | undefined {
  const { operation, namespace, object } = request;
  if (operation !== "CREATE") return refuse(request, `unexpected operation ${operation}`);
  const name = request.name === "" ? (object?.metadata.name ?? "") : request.name;
  if (name === "") return refuse(request, "could not determine pod from request data");
  const pod = cluster.get("Pod", { namespace, name });
  if (pod === undefined) return notFound({ group: "", resource: "pods" }, name);
  return pod.spec.nodeName === node
    ? undefined
    : refuse(request, `node ${node} can only evict pods with spec.nodeName set to itself`);
}

function refuseMirror(
  request: AdmissionRequest,
  node: string,
  environment: AdmissionEnvironment,
): StatusError | undefined {
  const pod = request.object as Pod;
  if (pod.metadata.annotations?.[MIRROR_ANNOTATION] === undefined) {
    return refuse(
      request,
      `pod does not have "${MIRROR_ANNOTATION}" annotation, node "${node}" can only create mirror pods`,
    );
  }
  if (pod.spec.nodeName !== node) {
    return refuse(request, `node "${node}" can only create pods with spec.nodeName set to itself`);
  }
  const refusal = refuseOwners(request, node, environment);
  if (refusal !== undefined) return refusal;
  const resource = referencedResource(pod);
  return resource === undefined
    ? undefined
    : refuse(request, `node "${node}" can not create pods that reference ${resource}`);
}

/** The only owner of a mirror is the Node. */
function refuseOwners(
  request: AdmissionRequest,
  node: string,
  { cluster }: AdmissionEnvironment,
): StatusError | undefined {
  const [owner, ...others] = request.object?.metadata.ownerReferences ?? [];
  const only = (what: string): StatusError =>
    refuse(request, `node "${node}" can only create pods with ${what} set to itself`);
  if (others.length > 0) return only("a single owner reference");
  if (owner === undefined || !isNode(owner, node)) return only("an owner reference");
  if (owner.controller !== true) return only("a controller owner reference");
  if (owner.blockOwnerDeletion === true) {
    return refuse(request, `node "${node}" must not set blockOwnerDeletion on an owner reference`);
  }
  const found = cluster.get("Node", { name: node });
  if (found === undefined) return notFound({ group: "", resource: "nodes" }, node);
  const { uid } = found.metadata;
  return owner.uid === uid
    ? undefined
    : refuse(request, `node ${node} UID mismatch: expected ${owner.uid} got ${uid}`);
}

function isNode({ apiVersion, kind, name }: OwnerReference, node: string): boolean {
  return apiVersion === "v1" && kind === "Node" && name === node;
}

/** What of the API a pod needs; a mirror needs nothing (kubernetes `pkg/api/pod.HasAPIObjectReference`). */
function referencedResource(pod: Pod): string | undefined {
  const { secrets, configMaps, serviceAccounts } = referencesOf(pod);
  if (serviceAccounts.length > 0) return "serviceaccounts";
  if (secrets.length > 0) return "secrets";
  if (configMaps.length > 0) return "configmaps";
  if ((pod.spec.resourceClaims ?? []).length > 0) return "resourceclaims";
  for (const volume of pod.spec.volumes ?? []) {
    const resource = resourceOfVolume(volume);
    if (resource !== undefined) return resource;
  }
  return undefined;
}

const VOLUME_RESOURCES: readonly (readonly [keyof Volume, string])[] = [
  ["configMap", "configmaps (via configmap volumes)"],
  ["secret", "secrets (via secret volumes)"],
  ["csi", "csidrivers (via CSI volumes)"],
  ["glusterfs", "endpoints (via glusterFS volumes)"],
  ["persistentVolumeClaim", "persistentvolumeclaims"],
  ["ephemeral", "persistentvolumeclaims (via ephemeral volumes)"],
  ["azureFile", "secrets (via azureFile volumes)"],
];

const PROJECTED_RESOURCES = [
  ["configMap", "configmaps (via projected volumes)"],
  ["secret", "secrets (via projected volumes)"],
  ["serviceAccountToken", "serviceaccounts (via projected volumes)"],
  ["clusterTrustBundle", "clustertrustbundles"],
  ["podCertificate", "podcertificates"],
] as const;

function resourceOfVolume(volume: Volume): string | undefined {
  const found = VOLUME_RESOURCES.find(([source]) => volume[source] !== undefined);
  return found?.[1] ?? resourceOfProjection(volume.projected);
}

function resourceOfProjection(projected: ProjectedVolumeSource | undefined): string | undefined {
  for (const source of projected?.sources ?? []) {
    const found = PROJECTED_RESOURCES.find(([field]) => source[field] !== undefined);
    if (found !== undefined) return found[1];
  }
  return undefined;
}
