import { invalid, notSupported, required } from "#apimachinery/field-error.ts";
import {
  checkDNS1123Label,
  checkDNS1123Subdomain,
  checkPortName,
  checkPortNumber,
  checkWildcardDNS1123Subdomain,
} from "#apimachinery/formats.ts";
import { parseIP } from "#base/cidr.ts";
import type {
  HTTPIngressPath,
  HTTPIngressRuleValue,
  Ingress,
  IngressBackend,
  IngressLoadBalancerIngress,
  IngressRule,
  IngressServiceBackend,
  IngressSpec,
  IngressTLS,
} from "../../generated/networking-v1.ts";
import {
  checkFormat,
  checkNumber,
  optionalFormat,
  requireFormat,
  validateEach,
  validateOptional,
} from "../../validation/checks.ts";
import { collectErrors, type FieldErrors } from "../../validation/collect-errors.ts";
import { validateLegacyIp } from "../../validation/ip-fields.ts";
import { isEmptyList } from "../../validation/lists.ts";
import { validateTypedReference } from "./object-reference.ts";

export const INGRESS_CLASS_ANNOTATION = "kubernetes.io/ingress.class";

const NOT_AN_ADDRESS = "must be a DNS name, not an IP address";
const PATH_TYPES = ["Exact", "ImplementationSpecific", "Prefix"];
const INVALID_SEQUENCES = ["//", "/./", "/../", "%2f", "%2F"];
const INVALID_SUFFIXES = ["/..", "/."];

/** What an update tolerates because the stored ingress has it. */
interface Tolerance {
  readonly invalidSecretNames: boolean;
  readonly invalidWildcardRules: boolean;
}

export function validateIngressCreate({ metadata, spec }: Ingress): FieldErrors {
  const annotation = metadata.annotations?.[INGRESS_CLASS_ANNOTATION];
  const { ingressClassName } = spec;
  const isMismatch =
    annotation !== undefined && ingressClassName !== undefined && annotation !== ingressClassName;
  return collectErrors(
    validateSpec(spec, "spec", { invalidSecretNames: false, invalidWildcardRules: false }),
    isMismatch &&
      invalid(
        `annotations.${INGRESS_CLASS_ANNOTATION}`,
        annotation,
        "must match `ingressClassName` when both are specified",
      ),
  );
}

export function validateIngressUpdate(next: Ingress, previous: Ingress): FieldErrors {
  const { tls = [], rules = [] } = previous.spec;
  return validateSpec(next.spec, "spec", {
    invalidSecretNames: tls.some((each) => validateSecretName(each, "").length > 0),
    invalidWildcardRules: rules.some(
      (rule) => isWildcard(rule.host) && validateRuleValue(rule, "").length > 0,
    ),
  });
}

export function validateIngressStatusUpdate(next: Ingress, previous: Ingress): FieldErrors {
  const existing = (previous.status?.loadBalancer?.ingress ?? []).flatMap(({ ip }) => (ip ? [ip] : []));
  return validateEach(next.status?.loadBalancer?.ingress, "status.loadBalancer.ingress", (point, path) =>
    validateLoadBalancerIngress(point, path, existing),
  );
}

function validateLoadBalancerIngress(
  { ip = "", hostname = "" }: IngressLoadBalancerIngress,
  path: string,
  existing: readonly string[],
): FieldErrors {
  return collectErrors(
    ip !== "" && validateLegacyIp(ip, `${path}.ip`, existing),
    optionalFormat(hostname, `${path}.hostname`, checkDNS1123Subdomain),
    isAddress(hostname) && invalid(`${path}.hostname`, hostname, NOT_AN_ADDRESS),
  );
}

function validateSpec(spec: IngressSpec, path: string, tolerance: Tolerance): FieldErrors {
  const { defaultBackend, rules, tls, ingressClassName } = spec;
  return collectErrors(
    isEmptyList(rules) &&
      defaultBackend === undefined &&
      invalid(path, rules, "either `defaultBackend` or `rules` must be specified"),
    validateOptional(defaultBackend, `${path}.defaultBackend`, validateBackend),
    validateEach(rules, `${path}.rules`, (rule, rulePath) => validateRule(rule, rulePath, tolerance)),
    validateEach(tls, `${path}.tls`, (each, tlsPath) => validateTLS(each, tlsPath, tolerance)),
    validateOptional(ingressClassName, `${path}.ingressClassName`, (name, namePath) =>
      checkFormat(name, namePath, checkDNS1123Subdomain),
    ),
  );
}

function validateTLS(tls: IngressTLS, path: string, { invalidSecretNames }: Tolerance): FieldErrors {
  return collectErrors(
    validateEach(tls.hosts, `${path}.hosts`, validateHostName),
    !invalidSecretNames && validateSecretName(tls, path),
  );
}

function validateSecretName({ secretName }: IngressTLS, path: string): FieldErrors {
  return optionalFormat(secretName, `${path}.secretName`, checkDNS1123Subdomain);
}

function validateRule(rule: IngressRule, path: string, { invalidWildcardRules }: Tolerance): FieldErrors {
  const { host = "" } = rule;
  return collectErrors(
    isAddress(host) && invalid(`${path}.host`, host, NOT_AN_ADDRESS),
    host !== "" && validateHostName(host, `${path}.host`),
    !(isWildcard(host) && invalidWildcardRules) && validateRuleValue(rule, path),
  );
}

function validateHostName(host: string, path: string): FieldErrors {
  return checkFormat(host, path, isWildcard(host) ? checkWildcardDNS1123Subdomain : checkDNS1123Subdomain);
}

function isWildcard(host: string | undefined): boolean {
  return host?.includes("*") ?? false;
}

function isAddress(host: string): boolean {
  return parseIP(host, { leadingZeros: true }) !== undefined;
}

function validateRuleValue({ http }: IngressRule, path: string): FieldErrors {
  return validateOptional(http, `${path}.http`, validateHTTPRule);
}

function validateHTTPRule({ paths }: HTTPIngressRuleValue, path: string): FieldErrors {
  return isEmptyList(paths)
    ? [required(`${path}.paths`)]
    : validateEach(paths, `${path}.paths`, validatePath);
}

function validatePath({ path: text = "", pathType, backend }: HTTPIngressPath, path: string): FieldErrors {
  if (pathType === undefined) return [required(`${path}.pathType`, "pathType must be specified")];
  return collectErrors(
    PATH_TYPES.includes(pathType)
      ? validatePathText(text, `${path}.path`, pathType)
      : notSupported(`${path}.pathType`, pathType, PATH_TYPES),
    validateBackend(backend, `${path}.backend`),
  );
}

function validatePathText(text: string, path: string, pathType: string): FieldErrors {
  const isFree = pathType === "ImplementationSpecific";
  const isAbsolute = text.startsWith("/") || (isFree && text === "");
  const problems = [
    ...(isAbsolute ? [] : ["must be an absolute path"]),
    ...INVALID_SEQUENCES.filter((each) => !isFree && text.includes(each)).map(
      (each) => `must not contain '${each}'`,
    ),
    ...INVALID_SUFFIXES.filter((each) => !isFree && text.endsWith(each)).map(
      (each) => `cannot end with '${each}'`,
    ),
  ];
  return problems.map((problem) => invalid(path, text, problem));
}

function validateBackend({ resource, service }: IngressBackend, path: string): FieldErrors {
  if (resource !== undefined && service !== undefined) {
    return [invalid(path, "", "cannot set both resource and service backends")];
  }
  if (resource !== undefined) return validateTypedReference(resource, `${path}.resource`);
  return service === undefined
    ? [invalid(path, "", "resource or service backend is required")]
    : validateServiceBackend(service, path);
}

function validateServiceBackend({ name, port = {} }: IngressServiceBackend, path: string): FieldErrors {
  const { name: portName = "", number = 0 } = port;
  const portPath = `${path}.service.port`;
  return collectErrors(
    requireFormat(name, `${path}.service.name`, checkDNS1123Label),
    portName !== "" && number !== 0
      ? invalid(path, "", "cannot set both port name & port number")
      : portName !== ""
        ? checkFormat(portName, `${portPath}.name`, checkPortName)
        : number !== 0
          ? checkNumber(number, `${portPath}.number`, checkPortNumber)
          : required(path, "port name or number is required"),
  );
}
