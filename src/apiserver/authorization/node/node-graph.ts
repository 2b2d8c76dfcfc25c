import { referencesOf } from "#api/core/v1/pod-references.ts";
import type { PersistentVolume, Pod } from "#api/generated/core-v1.ts";
import type { ResourceSlice } from "#api/generated/resource-v1.ts";
import type { VolumeAttachment } from "#api/generated/storage-v1.ts";
import { nodeSecretsOf } from "./volume-secrets.ts";

/** What a node may have something to do with. Names of cluster-scoped objects have an empty namespace. */
export type RelatedType =
  | "configmap"
  | "persistentvolume"
  | "persistentvolumeclaim"
  | "pod"
  | "resourceclaim"
  | "resourceslice"
  | "secret"
  | "serviceaccount"
  | "volumeattachment";

const MIRROR_ANNOTATION = "kubernetes.io/config.mirror";

interface Placement {
  readonly work: string;
  readonly node: string;
  readonly objects: readonly string[];
}

interface BoundVolume {
  readonly claim: string;
  readonly secrets: readonly string[];
}

/**
 * Which objects belong to the work of which node: what the pods on it name, the volumes behind their claims, and the
 * secrets of those. It is fed with every change of pods, volumes, attachments and slices.
 */
export class NodeGraph {
  readonly #placements = new Map<string, Placement>();
  /** How many pods of each node name an object. */
  readonly #nodesOf = new Map<string, Map<string, number>>();
  readonly #volumes = new Map<string, BoundVolume>();
  /** Volumes that need a secret. */
  readonly #volumesOf = new Map<string, Set<string>>();

  putPod(pod: Pod): void {
    const { nodeName: node = "" } = pod.spec;
    const key = keyOf("pod", pod.metadata.namespace ?? "", pod.metadata.name);
    const work = workOf(pod);
    if (this.#placements.get(key)?.work === work) return;
    this.#removePlacement(key);
    if (node === "") return;
    const objects = [key, ...objectsOf(pod)];
    this.#placements.set(key, { work, node, objects });
    for (const object of objects) this.#count(object, node, 1);
  }

  removePod({ metadata }: Pod): void {
    this.#removePlacement(keyOf("pod", metadata.namespace ?? "", metadata.name));
  }

  putVolume(volume: PersistentVolume): void {
    this.removeVolume(volume);
    const { namespace = "", name = "" } = volume.spec.claimRef ?? {};
    if (name === "") return;
    const key = keyOf("persistentvolume", "", volume.metadata.name);
    const secrets = nodeSecretsOf(volume).map((secret) => keyOf("secret", secret.namespace, secret.name));
    this.#volumes.set(key, { claim: keyOf("persistentvolumeclaim", namespace, name), secrets });
    for (const secret of secrets) {
      const volumes = this.#volumesOf.get(secret) ?? new Set();
      this.#volumesOf.set(secret, volumes.add(key));
    }
  }

  removeVolume({ metadata }: PersistentVolume): void {
    const key = keyOf("persistentvolume", "", metadata.name);
    for (const secret of this.#volumes.get(key)?.secrets ?? []) {
      const volumes = this.#volumesOf.get(secret);
      volumes?.delete(key);
      if (volumes?.size === 0) this.#volumesOf.delete(secret);
    }
    this.#volumes.delete(key);
  }

  /** An attachment stays with its node. */
  putAttachment({ metadata, spec }: VolumeAttachment): void {
    this.#set("volumeattachment", metadata.name, spec.nodeName);
  }

  removeAttachment({ metadata }: VolumeAttachment): void {
    this.#nodesOf.delete(keyOf("volumeattachment", "", metadata.name));
  }

  putSlice({ metadata, spec }: ResourceSlice): void {
    this.#set("resourceslice", metadata.name, spec.nodeName ?? "");
  }

  removeSlice({ metadata }: ResourceSlice): void {
    this.#nodesOf.delete(keyOf("resourceslice", "", metadata.name));
  }

  /** Whether the node works with the object, by itself or through what it works with. */
  isRelated(node: string, type: RelatedType, namespace: string, name: string): boolean {
    const key = keyOf(type, namespace, name);
    if (this.#isUsedBy(node, key)) return true;
    if (type === "persistentvolume") return this.#isVolumeOf(node, key);
    if (type !== "secret") return false;
    return [...(this.#volumesOf.get(key) ?? [])].some((volume) => this.#isVolumeOf(node, volume));
  }

  #isVolumeOf(node: string, key: string): boolean {
    const claim = this.#volumes.get(key)?.claim;
    return claim !== undefined && this.#isUsedBy(node, claim);
  }

  #isUsedBy(node: string, key: string): boolean {
    return this.#nodesOf.get(key)?.has(node) ?? false;
  }

  #set(type: RelatedType, name: string, node: string): void {
    const key = keyOf(type, "", name);
    this.#nodesOf.delete(key);
    if (node !== "") this.#nodesOf.set(key, new Map([[node, 1]]));
  }

  #removePlacement(key: string): void {
    const placement = this.#placements.get(key);
    if (placement === undefined) return;
    this.#placements.delete(key);
    for (const object of placement.objects) this.#count(object, placement.node, -1);
  }

  #count(object: string, node: string, by: number): void {
    const nodes = this.#nodesOf.get(object) ?? new Map<string, number>();
    const count = (nodes.get(node) ?? 0) + by;
    if (count > 0) this.#nodesOf.set(object, nodes.set(node, count));
    else nodes.delete(node);
    if (nodes.size === 0) this.#nodesOf.delete(object);
  }
}

/** What a pod names stays the same while this does: containers for debugging and claims may be added to it. */
function workOf({ metadata, spec, status }: Pod): string {
  const { resourceClaimStatuses = [], extendedResourceClaimStatus } = status ?? {};
  const debugged = String(spec.ephemeralContainers?.length ?? 0);
  const hasClaims = resourceClaimStatuses.length > 0 || extendedResourceClaimStatus !== undefined;
  const claims = hasClaims ? JSON.stringify([resourceClaimStatuses, extendedResourceClaimStatus]) : "";
  return `${metadata.uid} ${spec.nodeName ?? ""} ${debugged} ${claims}`;
}

/** A mirror is made by the node itself, which must not get at anything that way. */
function objectsOf(pod: Pod): readonly string[] {
  const { namespace = "", annotations = {} } = pod.metadata;
  if (annotations[MIRROR_ANNOTATION] !== undefined) return [];
  const { secrets, configMaps, persistentVolumeClaims, serviceAccounts, resourceClaims } = referencesOf(pod);
  return [
    ...secrets.map((name) => keyOf("secret", namespace, name)),
    ...configMaps.map((name) => keyOf("configmap", namespace, name)),
    ...persistentVolumeClaims.map((name) => keyOf("persistentvolumeclaim", namespace, name)),
    ...serviceAccounts.map((name) => keyOf("serviceaccount", namespace, name)),
    ...resourceClaims.map((name) => keyOf("resourceclaim", namespace, name)),
  ];
}

function keyOf(type: RelatedType, namespace: string, name: string): string {
  return `${type}/${namespace}/${name}`;
}
