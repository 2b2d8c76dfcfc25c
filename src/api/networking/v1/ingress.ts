import { indexPath } from "#apimachinery/field-error.ts";
import { ageColumn, nameColumn, textColumn } from "../../columns.ts";
import type { Ingress, IngressRule, IngressStatus } from "../../generated/networking-v1.ts";
import { defineKind } from "../../kind.ts";
import { ipWarnings } from "../../validation/ip-fields.ts";
import {
  INGRESS_CLASS_ANNOTATION,
  validateIngressCreate,
  validateIngressStatusUpdate,
  validateIngressUpdate,
} from "./ingress.validation.ts";

/** How many hosts a table shows before it counts the rest. */
const MAX_HOSTS = 3;

export const ingress = defineKind<Ingress>(
  { apiVersion: "networking.k8s.io/v1", kind: "Ingress" },
  {
    columns: [
      nameColumn,
      textColumn("Class", ({ spec }) => spec.ingressClassName ?? "<none>"),
      textColumn("Hosts", ({ spec }) => describeHosts(spec.rules ?? [])),
      textColumn("Address", ({ status }) => describeAddresses(status)),
      textColumn("Ports", ({ spec }) => (spec.tls === undefined || spec.tls.length === 0 ? "80" : "80, 443")),
      ageColumn,
    ],
    validate: validateIngressCreate,
    validateUpdate: validateIngressUpdate,
    validateStatusUpdate: validateIngressStatusUpdate,
    statusWarnings: ({ status }) =>
      (status?.loadBalancer?.ingress ?? []).flatMap(({ ip }, index) =>
        ip ? ipWarnings(ip, indexPath("status.loadBalancer.ingress", index)) : [],
      ),
    warnings: ({ metadata, spec }, previous) =>
      previous === undefined &&
      metadata.annotations?.[INGRESS_CLASS_ANNOTATION] !== undefined &&
      spec.ingressClassName === undefined
        ? [
            `annotation "${INGRESS_CLASS_ANNOTATION}" is deprecated, please use 'spec.ingressClassName' instead`,
          ]
        : [],
  },
);

function describeHosts(rules: readonly IngressRule[]): string {
  const hosts: string[] = [];
  for (const { host = "" } of rules) {
    if (hosts.length === MAX_HOSTS) {
      return `${hosts.join(",")} + ${String(rules.length - MAX_HOSTS)} more...`;
    }
    if (host !== "") hosts.push(host);
  }
  return hosts.length === 0 ? "*" : hosts.join(",");
}

function describeAddresses(status: IngressStatus | undefined): string {
  const points = status?.loadBalancer?.ingress ?? [];
  const addresses = points.map(({ ip, hostname }) => ip || hostname || "").filter((text) => text !== "");
  return [...new Set(addresses)].toSorted().join(",");
}
