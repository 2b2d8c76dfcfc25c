import { defineAdmissionPlugin } from "../admission-plugin.ts";
import { refuse } from "../refuse.ts";

/** For tests of what a cluster does when nothing may change. */
export const alwaysDenyPlugin = defineAdmissionPlugin({
  name: "AlwaysDeny",
  operations: ["CREATE", "UPDATE", "DELETE", "CONNECT"],
  resources: ["*"],
  mutate: (request) => refuse(request, "admission control is denying all modifications"),
  validate: (request) => refuse(request, "admission control is denying all modifications"),
});
