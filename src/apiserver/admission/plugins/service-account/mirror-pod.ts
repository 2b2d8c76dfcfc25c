import type { Pod } from "#api/generated/core-v1.ts";
import type { StatusError } from "#apimachinery/status-error.ts";
import type { AdmissionRequest } from "../../admission-plugin.ts";
import { refuse } from "../../refuse.ts";

/** Fields that name a secret by an object with a `name`. */
const REFERENCES: readonly string[] = ["secretRef", "secretKeyRef", "nodePublishSecretRef", "secret"];

/** Static pods run without the API server, so that their mirrors in it can have nothing that comes from it. */
export function refuseMirrorReferences(pod: Pod, request: AdmissionRequest): StatusError | undefined {
  if ((pod.spec.serviceAccountName ?? "") !== "") {
    return refuse(request, "a mirror pod may not reference service accounts");
  }
  if ((pod.spec.imagePullSecrets ?? []).some(isNamed) || namesSecret(pod.spec)) {
    return refuse(request, "a mirror pod may not reference secrets");
  }
  const usesToken = (pod.spec.volumes ?? []).some(({ projected }) =>
    projected?.sources?.some(({ serviceAccountToken }) => serviceAccountToken !== undefined),
  );
  return usesToken
    ? refuse(request, "a mirror pod may not use ServiceAccountToken volume projections")
    : undefined;
}

function namesSecret(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(value).some(
    ([field, child]) =>
      (field === "secretName" && child !== "") ||
      (REFERENCES.includes(field) && isNamed(child)) ||
      namesSecret(child),
  );
}

function isNamed(value: unknown): boolean {
  if (typeof value !== "object" || value === null || !("name" in value)) return false;
  return typeof value.name === "string" && value.name !== "";
}
