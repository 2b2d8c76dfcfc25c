import { required } from "#apimachinery/field-error.ts";
import { checkDNS1123Label, checkDNS1123Subdomain, checkQualifiedName } from "#apimachinery/formats.ts";
import type { EndpointAddress, EndpointPort, EndpointSubset } from "../../generated/core-v1.ts";
import {
  checkFormat,
  optionalFormat,
  requireSupported,
  validateEach,
  validateOptional,
} from "../../validation/checks.ts";
import { collectErrors, type FieldErrors } from "../../validation/collect-errors.ts";
import { validateEndpointIp, validateLegacyIp } from "../../validation/ip-fields.ts";
import { PORT_PROTOCOLS, validatePortNumber } from "../../validation/ports.ts";

export function validateEndpointSubsets(subsets: readonly EndpointSubset[] | undefined): FieldErrors {
  return validateEach(subsets, "subsets", validateSubset);
}

function validateSubset(
  { addresses = [], notReadyAddresses = [], ports = [] }: EndpointSubset,
  path: string,
): FieldErrors {
  return collectErrors(
    addresses.length + notReadyAddresses.length === 0 &&
      required(path, "must specify `addresses` or `notReadyAddresses`"),
    validateEach(addresses, `${path}.addresses`, validateAddress),
    validateEach(notReadyAddresses, `${path}.notReadyAddresses`, validateAddress),
    validateEach(ports, `${path}.ports`, (port, portPath) => validatePort(port, ports.length > 1, portPath)),
  );
}

function validateAddress({ ip, hostname, nodeName }: EndpointAddress, path: string): FieldErrors {
  return collectErrors(
    validateLegacyIp(ip, `${path}.ip`),
    optionalFormat(hostname, `${path}.hostname`, checkDNS1123Label),
    validateOptional(nodeName, `${path}.nodeName`, (name, namePath) =>
      checkFormat(name, namePath, checkDNS1123Subdomain),
    ),
    validateEndpointIp(ip, `${path}.ip`),
  );
}

function validatePort(
  { name = "", port, protocol, appProtocol }: EndpointPort,
  isNameNeeded: boolean,
  path: string,
): FieldErrors {
  return collectErrors(
    isNameNeeded && name === "" && required(`${path}.name`),
    optionalFormat(name, `${path}.name`, checkDNS1123Label),
    validatePortNumber(port, `${path}.port`),
    requireSupported(protocol, `${path}.protocol`, PORT_PROTOCOLS),
    validateOptional(appProtocol, `${path}.appProtocol`, (text, appPath) =>
      checkFormat(text, appPath, checkQualifiedName),
    ),
  );
}
