import { duplicate, type FieldError, indexPath, invalid, required } from "#apimachinery/field-error.ts";
import { checkPortName } from "#apimachinery/formats.ts";
import type { ContainerPort, PodSpec } from "../../../generated/core-v1.ts";
import { checkFormat, requireSupported, validateEach } from "../../../validation/checks.ts";
import { PORT_PROTOCOLS, validatePortNumber } from "../../../validation/ports.ts";
import type { AnyContainer } from "./context.ts";

export function validateContainerPorts(
  ports: readonly ContainerPort[] | undefined,
  path: string,
): readonly FieldError[] {
  const names = new Set<string>();
  return validateEach(ports, path, (port, portPath) => [
    ...validatePortNameOnce(port.name ?? "", names, `${portPath}.name`),
    ...validateContainerPort(port, portPath),
  ]);
}

/** Host ports that two of the containers claim on the same address. */
export function validateHostPortConflicts(
  containers: readonly AnyContainer[],
  path: string,
): readonly FieldError[] {
  const taken = new Set<string>();
  return validateEach(containers, path, ({ ports }, containerPath) =>
    validateEach(ports, `${containerPath}.ports`, ({ protocol, hostIP = "", hostPort = 0 }, portPath) => {
      if (hostPort === 0) return [];
      const claim = `${protocol ?? ""}/${hostIP}/${String(hostPort)}`;
      if (taken.has(claim)) return [duplicate(`${portPath}.hostPort`, claim)];
      taken.add(claim);
      return [];
    }),
  );
}

/** With host networking a host port is the container port; a template may leave it out. */
export function validateHostNetworkPorts(
  { hostNetwork, containers }: PodSpec,
  path: string,
  isPod: boolean,
): readonly FieldError[] {
  if (hostNetwork !== true) return [];
  return validateEach(containers, `${path}.containers`, ({ ports }, containerPath) =>
    (ports ?? []).flatMap(({ containerPort, hostPort = 0 }, index) =>
      (isPod || hostPort !== 0) && hostPort !== containerPort
        ? [
            invalid(
              `${indexPath(`${containerPath}.ports`, index)}.hostPort`,
              hostPort,
              "must match `containerPort` when `hostNetwork` is true",
            ),
          ]
        : [],
    ),
  );
}

function validatePortNameOnce(name: string, names: Set<string>, path: string): readonly FieldError[] {
  if (name === "") return [];
  const errors = checkFormat(name, path, checkPortName);
  if (errors.length > 0) return errors;
  if (names.has(name)) return [duplicate(path, name)];
  names.add(name);
  return [];
}

function validateContainerPort(
  { containerPort, hostPort = 0, protocol }: ContainerPort,
  path: string,
): readonly FieldError[] {
  return [
    ...(containerPort === 0
      ? [required(`${path}.containerPort`)]
      : validatePortNumber(containerPort, `${path}.containerPort`)),
    ...(hostPort === 0 ? [] : validatePortNumber(hostPort, `${path}.hostPort`)),
    ...requireSupported(protocol, `${path}.protocol`, PORT_PROTOCOLS),
  ];
}
