import type { Service } from "#api/generated/core-v1.ts";
import type { KubeObject } from "#apimachinery/meta.ts";
import { defineAdmissionPlugin } from "../admission-plugin.ts";
import { refuse } from "../refuse.ts";

/** Services keep the external addresses that they have, and get no others: they would take the traffic of somebody else. */
export const denyServiceExternalIPsPlugin = defineAdmissionPlugin({
  name: "DenyServiceExternalIPs",
  operations: ["CREATE", "UPDATE"],
  resources: ["services"],
  validate: (request) => {
    const known = externalIPsOf(request.oldObject);
    return externalIPsOf(request.object).every((each) => known.includes(each))
      ? undefined
      : refuse(request, "Use of external IPs is denied by admission control");
  },
});

function externalIPsOf(object: KubeObject | undefined): readonly string[] {
  return (object as Service | undefined)?.spec.externalIPs ?? [];
}
