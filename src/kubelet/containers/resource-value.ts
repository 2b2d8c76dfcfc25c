import { isPodLevelResource } from "#api/core/v1/pod-resources.ts";
import type { Container, PodSpec, ResourceFieldSelector } from "#api/generated/core-v1.ts";
import {
  type ParsedQuantity,
  parseQuantity,
  quantityMilliValue,
  quantityValue,
} from "#apimachinery/quantity.ts";
import { podContainers } from "../pod/pod-containers.ts";
import { ConfigError } from "./config-error.ts";

export type Amounts = Readonly<Record<string, string>>;

/** Limits that a container does not state are those of the pod, or else all that the node has. */
const DEFAULTED = new Set(["cpu", "memory", "ephemeral-storage"]);
const SELECTOR = /^(limits|requests)\.(cpu|memory|ephemeral-storage|hugepages-.+)$/;

/**
 * An amount of a container in units of the divisor, rounded up (`pkg/api/v1/resource` ExtractContainerResourceValue).
 * Throws a ConfigError for a resource or container that does not exist.
 */
export function resourceValue(
  { resource, containerName = "", divisor = "0" }: ResourceFieldSelector,
  {
    spec,
    own,
    allocatable,
  }: { readonly spec: PodSpec; readonly own?: Container; readonly allocatable: Amounts },
): string {
  const container = containerName === "" ? own : namedContainer(spec, containerName);
  const [, list, name = ""] = SELECTOR.exec(resource) ?? [];
  if (list === undefined || container === undefined) {
    throw new ConfigError(`unsupported container resource : ${resource}`);
  }
  const stated = parse(container.resources?.[list as "limits" | "requests"]?.[name]);
  const isDefaulted = list === "limits" && DEFAULTED.has(name) && stated.nanos === 0n;
  const amount = isDefaulted ? defaultLimit(spec, name, allocatable) : stated;
  const unit = parse(divisor === "0" ? "1" : divisor);
  const read = name === "cpu" ? quantityMilliValue : quantityValue;
  return String(Math.ceil(read(amount) / read(unit)));
}

function defaultLimit(spec: PodSpec, name: string, allocatable: Amounts): ParsedQuantity {
  const own = isPodLevelResource(name) ? parse(spec.resources?.limits?.[name]) : parse(undefined);
  return own.nanos > 0n ? own : parse(allocatable[name]);
}

function namedContainer(spec: PodSpec, name: string): Container {
  const found = podContainers(spec).find(
    ({ kind, container }) => kind !== "ephemeral" && container.name === name,
  );
  if (found === undefined) throw new ConfigError(`container ${name} not found`);
  return found.container;
}

function parse(text: string | undefined): ParsedQuantity {
  return parseQuantity(text ?? "0");
}
