import { indexPath } from "#apimachinery/field-error.ts";
import { describeLabelSelector } from "#apimachinery/selectors/label-selector.ts";
import { ageColumn, nameColumn, textColumn } from "../../columns.ts";
import type {
  NetworkPolicy,
  NetworkPolicyEgressRule,
  NetworkPolicyIngressRule,
  NetworkPolicyPeer,
  NetworkPolicySpec,
} from "../../generated/networking-v1.ts";
import { defineKind } from "../../kind.ts";
import { cidrWarnings } from "../../validation/ip-fields.ts";
import { validateNetworkPolicy, validateNetworkPolicyUpdate } from "./networkpolicy.validation.ts";

export const networkPolicy = defineKind<NetworkPolicy>(
  { apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy" },
  {
    columns: [
      nameColumn,
      textColumn("Pod-Selector", ({ spec }) => describeLabelSelector(spec.podSelector ?? {})),
      ageColumn,
    ],
    setDefaults: (object) => ({ ...object, spec: setSpecDefaults(object.spec) }),
    validate: validateNetworkPolicy,
    validateUpdate: validateNetworkPolicyUpdate,
    warnings: ({ spec: { ingress = [], egress = [] } }) => [
      ...ingress.flatMap(({ from = [] }, rule) => peerWarnings(from, `spec.ingress[${String(rule)}].from`)),
      ...egress.flatMap(({ to = [] }, rule) => peerWarnings(to, `spec.egress[${String(rule)}].to`)),
    ],
  },
);

function setSpecDefaults(spec: NetworkPolicySpec): NetworkPolicySpec {
  const { ingress, egress, policyTypes = [] } = spec;
  return {
    ...spec,
    ...(ingress && { ingress: ingress.map(setPortDefaults) }),
    ...(egress && { egress: egress.map(setPortDefaults) }),
    ...(policyTypes.length === 0 && {
      policyTypes: egress === undefined || egress.length === 0 ? ["Ingress"] : ["Ingress", "Egress"],
    }),
  };
}

function setPortDefaults<R extends NetworkPolicyIngressRule | NetworkPolicyEgressRule>(rule: R): R {
  return rule.ports === undefined
    ? rule
    : { ...rule, ports: rule.ports.map((port) => ({ ...port, protocol: port.protocol ?? "TCP" })) };
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
