import { CBOR_TYPE, JSON_TYPE, PROTOBUF_TYPE, STANDARD_TYPES, YAML_TYPE } from "../../front/output-format.ts";

export const ANYTHING: readonly string[] = ["*/*"];

/** What objects and lists are written in. */
export const OBJECT_TYPES: readonly string[] = [...STANDARD_TYPES, CBOR_TYPE];

/** What lists and their watches are written in. */
export const STREAMED_TYPES: readonly string[] = [
  ...OBJECT_TYPES,
  `${JSON_TYPE};stream=watch`,
  `${PROTOBUF_TYPE};stream=watch`,
  "application/cbor-seq",
];

export const CUSTOM_OBJECT_TYPES: readonly string[] = [JSON_TYPE, YAML_TYPE];

/** How objects can be patched: clients look for that here. */
export const PATCH_TYPES: readonly string[] = [
  "application/json-patch+json",
  "application/merge-patch+json",
  "application/strategic-merge-patch+json",
  "application/apply-patch+yaml",
  "application/apply-patch+cbor",
];

export const CUSTOM_PATCH_TYPES: readonly string[] = [
  "application/json-patch+json",
  "application/merge-patch+json",
  "application/apply-patch+yaml",
];
