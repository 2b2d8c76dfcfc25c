import { type FieldError, forbidden, invalid, required } from "#apimachinery/field-error.ts";
import { checkHTTPHeaderName } from "#apimachinery/formats.ts";
import type {
  HTTPGetAction,
  Lifecycle,
  LifecycleHandler,
  Probe,
  SleepAction,
} from "../../../generated/core-v1.ts";
import {
  checkFormat,
  checkSupported,
  type Validator,
  validateNonNegative,
  validateOptional,
} from "../../../validation/checks.ts";
import { validatePortNumberOrName } from "../../../validation/ports.ts";

type Handler = Probe & LifecycleHandler;

export interface Probes {
  readonly livenessProbe?: Probe;
  readonly readinessProbe?: Probe;
  readonly startupProbe?: Probe;
}

export function validateProbes(probes: Probes, path: string): readonly FieldError[] {
  return [
    ...validateOptional(probes.livenessProbe, `${path}.livenessProbe`, validateOnceProbe),
    ...validateOptional(probes.readinessProbe, `${path}.readinessProbe`, validateReadinessProbe),
    ...validateOptional(probes.startupProbe, `${path}.startupProbe`, validateOnceProbe),
  ];
}

export function validateLifecycle(
  lifecycle: Lifecycle | undefined,
  gracePeriodSeconds: number | undefined,
  path: string,
): readonly FieldError[] {
  const validate: Validator<LifecycleHandler> = (handler, handlerPath) =>
    validateHandler(handler, gracePeriodSeconds, handlerPath);
  return [
    ...validateOptional(lifecycle?.postStart, `${path}.postStart`, validate),
    ...validateOptional(lifecycle?.preStop, `${path}.preStop`, validate),
  ];
}

/** A probe for which the first success decides. */
const validateOnceProbe: Validator<Probe> = (probe, path) => [
  ...validateProbe(probe, path),
  ...(probe.successThreshold === 1
    ? []
    : [invalid(`${path}.successThreshold`, probe.successThreshold ?? 0, "must be 1")]),
];

const validateReadinessProbe: Validator<Probe> = (probe, path) => {
  const { terminationGracePeriodSeconds } = probe;
  return [
    ...validateProbe(probe, path),
    ...validateOptional(
      terminationGracePeriodSeconds,
      `${path}.terminationGracePeriodSeconds`,
      (value, fieldPath) => [invalid(fieldPath, value, "must not be set for readinessProbes")],
    ),
  ];
};

const PROBE_NUMBERS = [
  "initialDelaySeconds",
  "timeoutSeconds",
  "periodSeconds",
  "successThreshold",
  "failureThreshold",
] as const;

function validateProbe(probe: Probe, path: string): readonly FieldError[] {
  const { terminationGracePeriodSeconds = 1 } = probe;
  return [
    ...validateHandler(probe, undefined, path),
    ...PROBE_NUMBERS.flatMap((field) => validateNonNegative(probe[field], `${path}.${field}`)),
    ...(terminationGracePeriodSeconds > 0
      ? []
      : [
          invalid(
            `${path}.terminationGracePeriodSeconds`,
            terminationGracePeriodSeconds,
            "must be greater than 0",
          ),
        ]),
  ];
}

/** Exactly one action must be set; further ones are reported and not looked into. */
function validateHandler(
  handler: Handler,
  gracePeriodSeconds: number | undefined,
  path: string,
): readonly FieldError[] {
  const checks: readonly (readonly [name: string, errors: readonly FieldError[] | undefined])[] = [
    ["exec", handler.exec && requireCommand(handler.exec.command, `${path}.exec.command`)],
    ["httpGet", handler.httpGet && validateHttpGet(handler.httpGet, `${path}.httpGet`)],
    [
      "tcpSocket",
      handler.tcpSocket && validatePortNumberOrName(handler.tcpSocket.port, `${path}.tcpSocket.port`),
    ],
    ["grpc", handler.grpc && validatePortNumberOrName(handler.grpc.port, `${path}.grpc.port`)],
    ["sleep", handler.sleep && validateSleep(handler.sleep, gracePeriodSeconds, `${path}.sleep`)],
  ];
  const [first, ...others] = checks.filter(([, errors]) => errors !== undefined);
  if (first === undefined) return [required(path, "must specify a handler type")];
  return [
    ...(first[1] ?? []),
    ...others.map(([name]) => forbidden(`${path}.${name}`, "may not specify more than 1 handler type")),
  ];
}

function requireCommand(command: readonly string[] | undefined, path: string): readonly FieldError[] {
  return (command ?? []).length === 0 ? [required(path)] : [];
}

function validateHttpGet(http: HTTPGetAction, path: string): readonly FieldError[] {
  return [
    ...((http.path ?? "") === "" ? [required(`${path}.path`)] : []),
    ...validatePortNumberOrName(http.port, `${path}.port`),
    ...checkSupported(http.scheme ?? "", `${path}.scheme`, ["HTTP", "HTTPS"]),
    ...(http.httpHeaders ?? []).flatMap(({ name }) =>
      checkFormat(name, `${path}.httpHeaders`, checkHTTPHeaderName),
    ),
  ];
}

function validateSleep(
  { seconds }: SleepAction,
  gracePeriodSeconds: number | undefined,
  path: string,
): readonly FieldError[] {
  if (gracePeriodSeconds === undefined || (seconds >= 0 && seconds <= gracePeriodSeconds)) return [];
  const bound = String(gracePeriodSeconds);
  return [
    invalid(path, seconds, `must be non-negative and less than terminationGracePeriodSeconds (${bound})`),
  ];
}
