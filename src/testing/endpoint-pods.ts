import type { Node, Pod, PodSpec } from "#api/generated/core-v1.ts";
import { clusterMetadataOf, metadataOf } from "./metadata.ts";

export interface EndpointPodOptions {
  /** Addresses of either family; default: one made from the number in the name. */
  readonly ips?: readonly string[];
  readonly isReady?: boolean;
  readonly isTerminating?: boolean;
  readonly phase?: "Pending" | "Running" | "Succeeded" | "Failed";
  readonly labels?: Readonly<Record<string, string>>;
  readonly spec?: Partial<PodSpec>;
}

/** A ready pod behind the Service `web`, on node `n1`. */
export function anEndpointPod(name: string, options: EndpointPodOptions = {}): Pod {
  const {
    ips = [ipOf(name)],
    isReady = true,
    isTerminating = false,
    phase = "Running",
    labels = { app: "web" },
  } = options;
  const status = {
    type: "Ready",
    status: isReady ? "True" : "False",
    lastTransitionTime: "2026-01-01T00:00:10Z",
  };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: metadataOf(name, {
      labels,
      ...(isTerminating && { deletionTimestamp: "2026-01-01T00:00:20Z" }),
    }),
    spec: {
      containers: [{ name: "web", ports: [{ name: "http", containerPort: 8080 }] }],
      nodeName: "n1",
      ...options.spec,
    },
    status: {
      phase,
      conditions: [status],
      ...(ips[0] !== undefined && { podIP: ips[0], podIPs: ips.map((ip) => ({ ip })) }),
    },
  };
}

/** A node in a zone. */
export function aZoneNode(name: string, zone: string): Node {
  const labels = zone === "" ? {} : { "topology.kubernetes.io/zone": zone };
  return { apiVersion: "v1", kind: "Node", metadata: clusterMetadataOf(name, { labels }), spec: {} };
}

function ipOf(name: string): string {
  const number = Number(/\d+$/.exec(name)?.[0] ?? "0");
  return `10.42.${String(Math.floor(number / 250))}.${String((number % 250) + 1)}`;
}
