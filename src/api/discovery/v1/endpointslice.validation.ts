import { duplicate, invalid, required, tooMany } from "#apimachinery/field-error.ts";
import {
  checkDNS1123Label,
  checkDNS1123Subdomain,
  checkLabelValue,
  checkQualifiedName,
} from "#apimachinery/formats.ts";
import type { Endpoint, EndpointHints, EndpointPort, EndpointSlice } from "../../generated/discovery-v1.ts";
import {
  checkFormat,
  optionalFormat,
  requireSupported,
  validateEach,
  validateImmutable,
  validateOptional,
} from "../../validation/checks.ts";
import { collectErrors, type FieldErrors } from "../../validation/collect-errors.ts";
import { validateFullyQualifiedDomainName } from "../../validation/domain-names.ts";
import { semanticallyEqual } from "../../validation/equality.ts";
import { ipFamilyOf, validateEndpointIp, validateIp, validateLegacyIp } from "../../validation/ip-fields.ts";
import { isEmptyList, repetitions } from "../../validation/lists.ts";
import { PORT_PROTOCOLS } from "../../validation/ports.ts";

const ADDRESS_TYPES = ["FQDN", "IPv4", "IPv6"];
const MAX_ADDRESSES = 100;
const MAX_PORTS = 20_000;
const MAX_ENDPOINTS = 1000;
const MAX_HINTS = 8;

type AddressType = EndpointSlice["addressType"];

/** Problems of a slice; endpoints that were stored as they are have none. */
export function validateEndpointSlice(object: EndpointSlice, previous?: EndpointSlice): FieldErrors {
  const { addressType, ports, endpoints } = object;
  const endpointErrors = validateEndpoints(endpoints ?? [], "endpoints", addressType);
  // The comparison is slow for large slices, so it waits for a reason.
  const isTolerated =
    endpointErrors.length > 0 && previous !== undefined && semanticallyEqual(endpoints, previous.endpoints);
  return collectErrors(
    requireSupported(addressType, "addressType", ADDRESS_TYPES),
    validatePorts(ports ?? [], "ports"),
    !isTolerated && endpointErrors,
  );
}

export function validateEndpointSliceUpdate(next: EndpointSlice, previous: EndpointSlice): FieldErrors {
  return collectErrors(
    validateEndpointSlice(next, previous),
    validateImmutable(next.addressType, previous.addressType, "addressType"),
  );
}

function validatePorts(ports: readonly EndpointPort[], path: string): FieldErrors {
  if (ports.length > MAX_PORTS) return [tooMany(path, ports.length, MAX_PORTS)];
  const isRepeated = repetitions();
  return validateEach(ports, path, ({ name = "", protocol, appProtocol }, portPath) =>
    collectErrors(
      optionalFormat(name, `${portPath}.name`, checkDNS1123Label),
      isRepeated(name) && duplicate(`${portPath}.name`, name),
      requireSupported(protocol, `${portPath}.protocol`, PORT_PROTOCOLS),
      validateOptional(appProtocol, `${portPath}.appProtocol`, (text, textPath) =>
        checkFormat(text, textPath, checkQualifiedName),
      ),
    ),
  );
}

function validateEndpoints(endpoints: readonly Endpoint[], path: string, type: AddressType): FieldErrors {
  return endpoints.length > MAX_ENDPOINTS
    ? [tooMany(path, endpoints.length, MAX_ENDPOINTS)]
    : validateEach(endpoints, path, (endpoint, endpointPath) =>
        validateEndpoint(endpoint, endpointPath, type),
      );
}

function validateEndpoint(endpoint: Endpoint, path: string, type: AddressType): FieldErrors {
  const { nodeName, hostname, hints } = endpoint;
  return collectErrors(
    validateAddresses(endpoint.addresses ?? [], `${path}.addresses`, type),
    nodeName !== undefined && checkFormat(nodeName, `${path}.nodeName`, checkDNS1123Subdomain),
    hostname !== undefined && checkFormat(hostname, `${path}.hostname`, checkDNS1123Label),
    validateOptional(hints, `${path}.hints`, validateHints),
  );
}

function validateAddresses(addresses: readonly string[], path: string, type: AddressType): FieldErrors {
  return collectErrors(
    isEmptyList(addresses) && required(path, "must contain at least 1 address"),
    addresses.length > MAX_ADDRESSES && tooMany(path, addresses.length, MAX_ADDRESSES),
    validateEach(addresses, path, (address, addressPath) => {
      switch (type) {
        case "IPv4":
          return validateAddress(address, addressPath, {
            family: type,
            check: validateLegacyIp,
            listPath: path,
          });
        case "IPv6":
          return validateAddress(address, addressPath, { family: type, check: validateIp, listPath: path });
        case "FQDN":
          return validateFullyQualifiedDomainName(address, addressPath);
        default:
          return [];
      }
    }),
  );
}

interface AddressRules {
  readonly family: "IPv4" | "IPv6";
  readonly check: (address: string, path: string) => FieldErrors;
  /** Where upstream reports an address of the other family. */
  readonly listPath: string;
}

function validateAddress(
  address: string,
  path: string,
  { family, check, listPath }: AddressRules,
): FieldErrors {
  const errors = check(address, path);
  if (errors.length > 0) return errors;
  const isOther = ipFamilyOf(address) !== family;
  return collectErrors(
    isOther && invalid(listPath, address, `must be an ${family} address`),
    validateEndpointIp(address, path),
  );
}

function validateHints({ forZones = [], forNodes = [] }: EndpointHints, path: string): FieldErrors {
  if (forZones.length > MAX_HINTS) return [tooMany(`${path}.forZones`, forZones.length, MAX_HINTS)];
  const zoneErrors = validateHintNames(forZones, `${path}.forZones`, checkLabelValue);
  return forNodes.length > MAX_HINTS
    ? [...zoneErrors, tooMany(`${path}.forNodes`, forNodes.length, MAX_HINTS)]
    : [...zoneErrors, ...validateHintNames(forNodes, `${path}.forNodes`, checkDNS1123Subdomain)];
}

function validateHintNames(
  hints: readonly { readonly name: string }[],
  path: string,
  check: (name: string) => readonly string[],
): FieldErrors {
  const isRepeated = repetitions();
  return validateEach(hints, path, ({ name }, hintPath) =>
    collectErrors(
      isRepeated(name) && duplicate(`${hintPath}.name`, name),
      checkFormat(name, `${hintPath}.name`, check),
    ),
  );
}
