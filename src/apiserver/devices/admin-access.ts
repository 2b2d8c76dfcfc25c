import type { DeviceRequest, ResourceClaim, ResourceClaimTemplate } from "#api/generated/resource-v1.ts";
import { type FieldError, forbidden, indexPath } from "#apimachinery/field-error.ts";
import type { KubeObject } from "#apimachinery/meta.ts";
import type { ClusterObjects } from "../storage/cluster-objects.ts";
import type { WriteHooks } from "../verbs/write-hooks.ts";

const LABEL = "resource.kubernetes.io/admin-access";

/** Hooks that let claims ask for administrative access only where their namespace may (kube-apiserver `registry/resource`). */
export function withAdminAccess(
  hooks: ReadonlyMap<string, WriteHooks>,
  objects: ClusterObjects,
): ReadonlyMap<string, WriteHooks> {
  const check = (resource: string, requestsOf: (object: KubeObject) => readonly DeviceRequest[]) => {
    const others = hooks.get(resource);
    const validate: WriteHooks["validate"] = (next, previous) => [
      // What is asked for never changes.
      ...(previous === undefined ? validateAdminAccess(next, requestsOf(next), objects) : []),
      ...(others?.validate?.(next, previous) ?? []),
    ];
    return [resource, { ...others, validate }] as const;
  };
  return new Map([
    ...hooks,
    check("resourceclaims.resource.k8s.io", (claim) => (claim as ResourceClaim).spec.devices?.requests ?? []),
    check(
      "resourceclaimtemplates.resource.k8s.io",
      (template) => (template as ResourceClaimTemplate).spec.spec.devices?.requests ?? [],
    ),
  ]);
}

function validateAdminAccess(
  { metadata: { namespace = "" } }: KubeObject,
  requests: readonly DeviceRequest[],
  objects: ClusterObjects,
): readonly FieldError[] {
  const index = requests.findIndex(({ exactly }) => exactly?.adminAccess === true);
  if (index === -1 || objects.get("Namespace", { name: namespace })?.metadata.labels?.[LABEL] === "true") {
    return [];
  }
  const detail = `admin access to devices requires the \`${LABEL}: true\` label on the containing namespace`;
  return [forbidden(`${indexPath("spec.devices.requests", index)}.adminAccess`, detail)];
}
