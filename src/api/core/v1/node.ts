import { findCondition } from "#apimachinery/conditions.ts";
import { omit } from "#base/omit.ts";
import { ageColumn, nameColumn, textColumn, wideColumn } from "../../columns.ts";
import { mapField } from "../../defaulting.ts";
import type { Node, NodeSpec, NodeStatus } from "../../generated/core-v1.ts";
import { defineKind } from "../../kind.ts";
import { cidrWarnings } from "../../validation/ip-fields.ts";
import { validateNode, validateNodeStatus, validateNodeUpdate } from "./node.validation.ts";
import { roundResourceList } from "./resource-list-defaults.ts";

const ROLE_PREFIX = "node-role.kubernetes.io/";
const ROLE_LABEL = "kubernetes.io/role";

export const node = defineKind<Node>(
  { apiVersion: "v1", kind: "Node" },
  {
    columns: [
      nameColumn,
      textColumn("Status", describeStatus),
      textColumn("Roles", describeRoles),
      ageColumn,
      textColumn("Version", ({ status }) => status?.nodeInfo?.kubeletVersion ?? ""),
      wideColumn("Internal-IP", (object) => addressOf(object, "InternalIP")),
      wideColumn("External-IP", (object) => addressOf(object, "ExternalIP")),
      wideColumn("OS-Image", ({ status }) => status?.nodeInfo?.osImage || "<unknown>"),
      wideColumn("Kernel-Version", describeKernel),
      wideColumn(
        "Container-Runtime",
        ({ status }) => status?.nodeInfo?.containerRuntimeVersion || "<unknown>",
      ),
    ],
    setDefaults: (object) => mapField(mapField(object, "spec", syncPodCidrs), "status", setStatusDefaults),
    keepsStatusOnCreate: true,
    prepareForCreate: dropConfig,
    prepareForUpdate: dropConfig,
    prepareForStatusUpdate: dropConfig,
    validate: validateNode,
    validateUpdate: validateNodeUpdate,
    validateStatusUpdate: validateNodeStatus,
    warnings: nodeWarnings,
    selectableFields: { "spec.unschedulable": ({ spec }) => String(spec.unschedulable ?? false) },
    hasGeneration: false,
  },
);

/** The network is the first of the list; of two that differ it is the one that is believed. */
function syncPodCidrs(spec: NodeSpec): NodeSpec {
  const { podCIDR = "", podCIDRs } = spec;
  const first = podCIDRs?.[0] ?? "";
  if (podCIDR === first) return spec;
  return podCIDR === "" ? { ...spec, podCIDR: first } : { ...spec, podCIDRs: [podCIDR] };
}

/** All of a node can be used until it says otherwise. */
function setStatusDefaults(status: NodeStatus): NodeStatus {
  const rounded = mapField(mapField(status, "capacity", roundResourceList), "allocatable", roundResourceList);
  const { capacity, allocatable } = rounded;
  return allocatable === undefined && capacity !== undefined
    ? { ...rounded, allocatable: capacity }
    : rounded;
}

/** Dynamic configuration of the kubelet is gone (KEP-281). */
function dropConfig(object: Node): Node {
  const { spec, status } = object;
  return {
    ...object,
    spec: spec.configSource === undefined ? spec : omit(spec, "configSource"),
    ...(status !== undefined && { status: status.config === undefined ? status : omit(status, "config") }),
  };
}

function nodeWarnings({ spec }: Node): readonly string[] {
  return [
    ...((spec.externalID ?? "") === ""
      ? []
      : ["spec.externalID: this field is deprecated, and is unused by Kubernetes"]),
    ...(spec.podCIDRs ?? []).flatMap((cidr, index) => cidrWarnings(cidr, `spec.podCIDRs[${String(index)}]`)),
  ];
}

function describeStatus({ spec, status }: Node): string {
  const ready = findCondition(status?.conditions, "Ready");
  const text = ready === undefined ? "Unknown" : ready.status === "True" ? "Ready" : "NotReady";
  return spec.unschedulable === true ? `${text},SchedulingDisabled` : text;
}

function describeRoles({ metadata }: Node): string {
  const roles = Object.entries(metadata.labels ?? {}).map(([key, value]) => {
    if (key.startsWith(ROLE_PREFIX)) return key.slice(ROLE_PREFIX.length);
    return key === ROLE_LABEL ? value : "";
  });
  return (
    [...new Set(roles)]
      .filter((role) => role !== "")
      .sort()
      .join(",") || "<none>"
  );
}

function addressOf({ status }: Node, type: string): string {
  return status?.addresses?.find((each) => each.type === type)?.address ?? "<none>";
}

function describeKernel({ status }: Node): string {
  const { kernelVersion = "", architecture = "" } = status?.nodeInfo ?? {};
  const version = kernelVersion === "" ? "<unknown>" : kernelVersion;
  return architecture === "" ? version : `${version} (${architecture})`;
}
