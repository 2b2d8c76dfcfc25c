import { createHash } from "node:crypto";
import type { GroupVersionKind } from "#apimachinery/meta.ts";

/** Tells clients when a resource is stored in another version (apiserver `discovery/storageversionhash.go`). */
export function storageVersionHash({ group, version, kind }: GroupVersionKind): string {
  const digest = createHash("sha256").update(`${group}/${version}/${kind}`).digest();
  return digest.subarray(0, 8).toString("base64");
}
