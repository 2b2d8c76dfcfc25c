import type { PersistentVolumeClaimSpec } from "../../generated/core-v1.ts";
import { fractionalByteWarnings } from "./resource-warnings.ts";

/** Warnings of a claim, or of the template of one (`pkg/api/persistentvolumeclaim/util.go`). */
export function claimSpecWarnings({ resources }: PersistentVolumeClaimSpec, path: string): readonly string[] {
  return [
    ...fractionalByteWarnings(resources?.requests, `${path}.resources.requests`, ["storage"]),
    ...fractionalByteWarnings(resources?.limits, `${path}.resources.limits`, ["storage"]),
  ];
}
