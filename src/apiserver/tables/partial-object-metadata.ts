import type { PartialObjectMetadata, PartialObjectMetadataList } from "#apimachinery/generated/meta-v1.ts";
import type { KubeList, KubeObject } from "#apimachinery/meta.ts";

const API_VERSION = "meta.k8s.io/v1";

/** Only the metadata of an object, as garbage collectors and caches ask for it. */
export function toPartialObjectMetadata({ metadata }: KubeObject): PartialObjectMetadata {
  return { kind: "PartialObjectMetadata", apiVersion: API_VERSION, metadata };
}

export function toPartialObjectMetadataList({ metadata, items }: KubeList): PartialObjectMetadataList {
  return {
    kind: "PartialObjectMetadataList",
    apiVersion: API_VERSION,
    metadata,
    items: items.map(toPartialObjectMetadata),
  };
}
