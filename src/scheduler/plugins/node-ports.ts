import { arePortsFree, hostPortsOf } from "../framework/host-ports.ts";
import { definePlugin } from "../framework/plugin.ts";
import { SKIP, unschedulable } from "../framework/status.ts";

export const REASON_PORTS = "node(s) didn't have free ports for the requested pod ports";

/** Takes nodes where the host ports that the pod asks for are free. */
export const nodePortsPlugin = definePlugin({
  name: "NodePorts",
  events: [
    {
      resource: "Pod",
      actions: ["Delete"],
      mayHelp: ({ hostPorts }, { previous }) => {
        const isPlaced =
          (previous?.spec.nodeName ?? "") !== "" || (previous?.status?.nominatedNodeName ?? "") !== "";
        return previous !== undefined && isPlaced && !arePortsFree(hostPorts, hostPortsOf(previous));
      },
    },
    { resource: "Node", actions: ["Add"] },
  ],
  preFilter: ({ hostPorts }) => (hostPorts.length === 0 ? SKIP : { state: undefined }),
  filter: (_state, { hostPorts }, { usedPorts }) =>
    arePortsFree(hostPorts, usedPorts) ? undefined : unschedulable(REASON_PORTS),
});
