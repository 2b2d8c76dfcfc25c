import { forbidden, invalid, required } from "#apimachinery/field-error.ts";
import { checkPortName, checkPortNumber } from "#apimachinery/formats.ts";
import { validateLabelSelector } from "#apimachinery/selectors/label-validation.ts";
import { containsIP, networkOf, parsePrefix } from "#base/cidr.ts";
import type {
  IPBlock,
  NetworkPolicy,
  NetworkPolicyPeer,
  NetworkPolicyPort,
  NetworkPolicySpec,
} from "../../generated/networking-v1.ts";
import {
  checkFormat,
  checkNumber,
  checkSupported,
  requireText,
  validateEach,
} from "../../validation/checks.ts";
import { collectErrors, type FieldErrors } from "../../validation/collect-errors.ts";
import { validateLegacyCidr } from "../../validation/ip-fields.ts";

const PROTOCOLS = ["TCP", "UDP", "SCTP"];
const POLICY_TYPES = ["Ingress", "Egress"];
const SLOPPY = { leadingZeros: true } as const;

/** What an update tolerates because the stored policy has it. */
interface Tolerance {
  readonly allowInvalidLabelValues: boolean;
  /** Networks that need not be valid. */
  readonly cidrs: readonly string[];
}

export function validateNetworkPolicy({ spec }: NetworkPolicy): FieldErrors {
  return validateSpec(spec, "spec", { allowInvalidLabelValues: false, cidrs: [] });
}

export function validateNetworkPolicyUpdate(next: NetworkPolicy, previous: NetworkPolicy): FieldErrors {
  const { podSelector, ingress = [], egress = [] } = previous.spec;
  const peers = [...ingress.flatMap(({ from = [] }) => from), ...egress.flatMap(({ to = [] }) => to)];
  return validateSpec(next.spec, "spec", {
    allowInvalidLabelValues: validateLabelSelector(podSelector, "").length > 0,
    cidrs: peers.flatMap(({ ipBlock }) => (ipBlock ? [ipBlock.cidr, ...(ipBlock.except ?? [])] : [])),
  });
}

function validateSpec(spec: NetworkPolicySpec, path: string, tolerance: Tolerance): FieldErrors {
  const { podSelector, ingress, egress, policyTypes = [] } = spec;
  const validateRulePeer = (peer: NetworkPolicyPeer, peerPath: string): FieldErrors =>
    validatePeer(peer, peerPath, tolerance);
  return collectErrors(
    validateLabelSelector(podSelector, `${path}.podSelector`, tolerance),
    validateEach(ingress, `${path}.ingress`, ({ ports, from }, rulePath) => [
      ...validateEach(ports, `${rulePath}.ports`, validatePort),
      ...validateEach(from, `${rulePath}.from`, validateRulePeer),
    ]),
    validateEach(egress, `${path}.egress`, ({ ports, to }, rulePath) => [
      ...validateEach(ports, `${rulePath}.ports`, validatePort),
      ...validateEach(to, `${rulePath}.to`, validateRulePeer),
    ]),
    policyTypes.length > POLICY_TYPES.length
      ? invalid(`${path}.policyTypes`, policyTypes, "may not specify more than two policyTypes")
      : validateEach(policyTypes, `${path}.policyTypes`, (type, typePath) =>
          checkSupported(type, typePath, POLICY_TYPES),
        ),
  );
}

function validatePort({ protocol, port, endPort }: NetworkPolicyPort, path: string): FieldErrors {
  const protocolErrors = checkSupported(protocol, `${path}.protocol`, PROTOCOLS);
  const endPath = `${path}.endPort`;
  const misplaced = (when: string) =>
    endPort !== undefined && invalid(endPath, endPort, `may not be specified when \`port\` is ${when}`);
  if (port === undefined) return collectErrors(protocolErrors, misplaced("not specified"));
  if (typeof port === "string") {
    return collectErrors(
      protocolErrors,
      misplaced("non-numeric"),
      checkFormat(port, `${path}.port`, checkPortName),
    );
  }
  return collectErrors(
    protocolErrors,
    checkNumber(port, `${path}.port`, checkPortNumber),
    // Upstream reports the start of the range here.
    endPort !== undefined &&
      endPort < port &&
      invalid(endPath, port, "must be greater than or equal to `port`"),
    endPort !== undefined && checkNumber(endPort, endPath, checkPortNumber),
  );
}

function validatePeer(peer: NetworkPolicyPeer, path: string, tolerance: Tolerance): FieldErrors {
  const { podSelector, namespaceSelector, ipBlock } = peer;
  const hasSelector = podSelector !== undefined || namespaceSelector !== undefined;
  return collectErrors(
    validateLabelSelector(podSelector, `${path}.podSelector`, tolerance),
    validateLabelSelector(namespaceSelector, `${path}.namespaceSelector`, tolerance),
    ipBlock && validateIPBlock(ipBlock, `${path}.ipBlock`, tolerance.cidrs),
    !hasSelector && ipBlock === undefined && required(path, "must specify a peer"),
    hasSelector && ipBlock && forbidden(path, "may not specify both ipBlock and another peer"),
  );
}

function validateIPBlock({ cidr, except }: IPBlock, path: string, existing: readonly string[]): FieldErrors {
  if (cidr === "") return requireText(cidr, `${path}.cidr`);
  const block = parsePrefix(cidr, SLOPPY);
  const errors = validateLegacyCidr(cidr, `${path}.cidr`, existing);
  if (block === undefined) return errors;
  return collectErrors(
    errors,
    validateEach(except, `${path}.except`, (text, exceptPath) => {
      const hole = parsePrefix(text, SLOPPY);
      const isInside =
        hole === undefined ||
        (containsIP(networkOf(block), hole.address) && block.prefixLength < hole.prefixLength);
      return collectErrors(
        validateLegacyCidr(text, exceptPath, existing),
        !isInside && invalid(exceptPath, text, "must be a strict subset of `cidr`"),
      );
    }),
  );
}
