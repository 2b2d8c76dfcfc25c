import { ageColumn, formatLabels, nameColumn, textColumn, wideColumn } from "../../columns.ts";
import type { Service } from "../../generated/core-v1.ts";
import { defineKind } from "../../kind.ts";
import { checkLabelName } from "../../validation/names.ts";
import { setServiceDefaults } from "./service.defaults.ts";
import { validateService } from "./service.validation.ts";
import { serviceStatusWarnings, serviceWarnings } from "./service.warnings.ts";
import { dropTypeDependentFields } from "./service-type-change.ts";
import { validateServiceStatusUpdate, validateServiceUpdate } from "./service-update.validation.ts";

export const service = defineKind<Service>(
  { apiVersion: "v1", kind: "Service" },
  {
    columns: [
      nameColumn,
      textColumn("Type", ({ spec }) => spec.type ?? ""),
      textColumn("Cluster-IP", ({ spec }) => spec.clusterIPs?.[0] ?? "<none>"),
      textColumn("External-IP", externalIpOf),
      textColumn("Port(s)", formatPorts),
      ageColumn,
      wideColumn("Selector", ({ spec }) => formatLabels(spec.selector)),
    ],
    setDefaults: setServiceDefaults,
    prepareForUpdate: dropTypeDependentFields,
    validate: (object) => validateService(object),
    validateUpdate: validateServiceUpdate,
    validateStatusUpdate: validateServiceStatusUpdate,
    validateName: checkLabelName,
    warnings: serviceWarnings,
    statusWarnings: serviceStatusWarnings,
    selectableFields: {
      "spec.clusterIP": ({ spec }) => spec.clusterIP ?? "",
      "spec.type": ({ spec }) => spec.type ?? "",
    },
    hasGeneration: false,
    allowCreateOnUpdate: true,
  },
);

function externalIpOf({ spec, status }: Service): string {
  const { type = "", externalIPs = [], externalName = "" } = spec;
  switch (type) {
    case "ClusterIP":
    case "NodePort":
      return externalIPs.join(",") || "<none>";
    case "LoadBalancer":
      return [...ingressOf(status), ...externalIPs].join(",") || "<pending>";
    case "ExternalName":
      return externalName;
    case "":
      return "<unknown>";
  }
}

/** The addresses of the load balancer, in order and once each. */
function ingressOf(status: Service["status"]): readonly string[] {
  const ingress = status?.loadBalancer?.ingress ?? [];
  const names = ingress.map(({ ip = "", hostname = "" }) => ip || hostname).filter((name) => name !== "");
  return [...new Set(names)].sort();
}

function formatPorts({ spec }: Service): string {
  const texts = (spec.ports ?? []).map(({ port, nodePort = 0, protocol = "" }) =>
    nodePort > 0 ? `${String(port)}:${String(nodePort)}/${protocol}` : `${String(port)}/${protocol}`,
  );
  return texts.join(",") || "<none>";
}
