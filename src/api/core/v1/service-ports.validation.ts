import { duplicate, forbidden, required } from "#apimachinery/field-error.ts";
import { checkDNS1123Label, checkQualifiedName } from "#apimachinery/formats.ts";
import type { ServicePort, ServiceSpec } from "../../generated/core-v1.ts";
import { checkFormat, requireSupported, validateEach, validateOptional } from "../../validation/checks.ts";
import { collectErrors, type FieldErrors } from "../../validation/collect-errors.ts";
import { repetitions } from "../../validation/lists.ts";
import { PORT_PROTOCOLS, validatePortNumber, validatePortNumberOrName } from "../../validation/ports.ts";

/** Each port by itself; several ports need names that tell them apart. */
export function validateServicePorts({ ports = [] }: ServiceSpec, path: string): FieldErrors {
  const isRepeated = repetitions();
  return validateEach(ports, path, ({ name = "", port, protocol, targetPort, appProtocol }, portPath) =>
    collectErrors(
      name === "" && ports.length > 1 && required(`${portPath}.name`),
      name !== "" && checkFormat(name, `${portPath}.name`, checkDNS1123Label),
      name !== "" && isRepeated(name) && duplicate(`${portPath}.name`, name),
      validatePortNumber(port, `${portPath}.port`),
      requireSupported(protocol, `${portPath}.protocol`, PORT_PROTOCOLS),
      validatePortNumberOrName(targetPort, `${portPath}.targetPort`),
      validateOptional(appProtocol, `${portPath}.appProtocol`, (text, appPath) =>
        checkFormat(text, appPath, checkQualifiedName),
      ),
    ),
  );
}

export function validateNodePorts({ type, ports }: ServiceSpec, path: string): FieldErrors {
  const isRepeated = repetitions();
  const message = "may not be used when `type` is 'ClusterIP'";
  const hasNodePort = ({ nodePort = 0 }: ServicePort) => nodePort !== 0;
  return collectErrors(
    type === "ClusterIP" &&
      validateEach(ports, path, (port, portPath) =>
        hasNodePort(port) ? [forbidden(`${portPath}.nodePort`, message)] : [],
      ),
    validateEach(ports, path, (port, portPath) =>
      hasNodePort(port) && isRepeated(`${port.protocol ?? ""}/${String(port.nodePort)}`)
        ? [duplicate(`${portPath}.nodePort`, port.nodePort)]
        : [],
    ),
  );
}

/** Two ports may have one number if they have different protocols. */
export function validateUniquePorts(ports: readonly ServicePort[] | undefined, path: string): FieldErrors {
  const isRepeated = repetitions();
  return validateEach(ports, path, ({ protocol = "", port }, portPath) =>
    isRepeated(`${protocol}/${String(port)}`) ? [duplicate(portPath, internalPort(protocol, port))] : [],
  );
}

/** The internal type of upstream, which the message prints. */
function internalPort(protocol: string, port: number): object {
  return { Name: "", Protocol: protocol, AppProtocol: null, Port: port, TargetPort: 0, NodePort: 0 };
}
