import type { AdmissionRequest } from "../admission-plugin.ts";

const GROUP = "admissionregistration.k8s.io";
const RESOURCES: ReadonlySet<string> = new Set([
  "validatingwebhookconfigurations",
  "mutatingwebhookconfigurations",
  "validatingadmissionpolicies",
  "validatingadmissionpolicybindings",
  "mutatingadmissionpolicies",
  "mutatingadmissionpolicybindings",
]);

/** Whether a request is about who decides about requests: a mistake there must be possible to undo. */
export function isExempt({ resource: { group, resource } }: AdmissionRequest): boolean {
  return group === GROUP && RESOURCES.has(resource);
}
