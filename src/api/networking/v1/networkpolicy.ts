import { indexPath } from "#apimachinery/field-error.ts";
import { describeLabelSelector } from "#apimachinery/selectors/label-selector.ts";
import { ageColumn, nameColumn, textColumn } from "../../columns.ts";
import { fillAbsent, mapField, mapList } from "../../defaulting.ts";
import type {
  NetworkPolicy,
  NetworkPolicyEgressRule,
  NetworkPolicyIngressRule,
  NetworkPolicyPeer,
  NetworkPolicySpec,
} from "../../generated/networking-v1.ts";
import { defineKind } from "../../kind.ts";
import { cidrWarnings } from "../../validation/ip-fields.ts";
import { isEmptyList } from "../../validation/lists.ts";
import { validateNetworkPolicy, validateNetworkPolicyUpdate } from "./networkpolicy.validation.ts";

export const networkPolicy = defineKind<NetworkPolicy>(
  { apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy" },
  {
    columns: [
      nameColumn,
      textColumn("Pod-Selector", ({ spec }) => describeLabelSelector(spec.podSelector ?? {})),
      ageColumn,
    ],
    setDefaults: (object) => mapField(object, "spec", setSpecDefaults),
    validate: validateNetworkPolicy,
    validateUpdate: validateNetworkPolicyUpdate,
    warnings: ({ spec: { ingress = [], egress = [] } }) => [
      ...ingress.flatMap(({ from = [] }, rule) => peerWarnings(from, `spec.ingress[${String(rule)}].from`)),
      ...egress.flatMap(({ to = [] }, rule) => peerWarnings(to, `spec.egress[${String(rule)}].to`)),
    ],
  },
);

function setSpecDefaults(spec: NetworkPolicySpec): NetworkPolicySpec {
  const policyTypes: NetworkPolicySpec["policyTypes"] = isEmptyList(spec.egress)
    ? ["Ingress"]
    : ["Ingress", "Egress"];
  const typed = isEmptyList(spec.policyTypes) ? { ...spec, policyTypes } : spec;
  return mapField(
    mapField(typed, "ingress", (rules) => mapList(rules, setPortDefaults)),
    "egress",
    (rules) => mapList(rules, setPortDefaults),
  );
}

function setPortDefaults<R extends NetworkPolicyIngressRule | NetworkPolicyEgressRule>(rule: R): R {
  const filled = mapField<NetworkPolicyIngressRule | NetworkPolicyEgressRule, "ports">(
    rule,
    "ports",
    (ports) => mapList(ports, (port) => fillAbsent(port, { protocol: "TCP" })),
  );
  // Both kinds of rules have ports.
  return filled as R;
}

function peerWarnings(peers: readonly NetworkPolicyPeer[], path: string): readonly string[] {
  return peers.flatMap(({ ipBlock }, index) => {
    if (ipBlock === undefined) return [];
    const blockPath = `${indexPath(path, index)}.ipBlock`;
    const { cidr, except = [] } = ipBlock;
    return [
      ...cidrWarnings(cidr, `${blockPath}.cidr`),
      ...except.flatMap((each, at) => cidrWarnings(each, indexPath(`${blockPath}.except`, at))),
    ];
  });
}
