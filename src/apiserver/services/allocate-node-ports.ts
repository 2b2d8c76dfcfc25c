import { mayHaveNodePorts, needsHealthCheckPort } from "#api/core/v1/service-type.ts";
import type { Service, ServicePort } from "#api/generated/core-v1.ts";
import { indexPath, invalid } from "#apimachinery/field-error.ts";
import { internalError, unclassified } from "#apimachinery/status-error.ts";
import { type AllocationContext, invalidService, RANGE_FULL } from "./allocation-context.ts";
import { nodePortsOf } from "./normalize-service.ts";
import { portItem } from "./service-items.ts";
import { needsNodePorts, withSpec } from "./service-needs.ts";

/** Fills the node ports of a Service, and the port for health checks where load balancers need one. */
export function allocateNodePorts(
  next: Service,
  previous: Service | undefined,
  context: AllocationContext,
): Service {
  const ported = !mayHaveNodePorts(next.spec)
    ? next
    : previous === undefined
      ? allocateForNew(next, context)
      : allocateForUpdate(next, nodePortsOf(previous.spec.ports ?? []), context);
  return allocateHealthCheckPort(ported, previous, context);
}

/** Ports with the same number share a node port, as TCP and UDP of one protocol do (`initNodePorts`). */
function allocateForNew(service: Service, context: AllocationContext): Service {
  const ports = service.spec.ports ?? [];
  const shared = new Map<number, number>();
  const fill = (port: ServicePort, index: number): ServicePort => {
    const wanted = port.nodePort ?? 0;
    if (wanted === 0 && !needsNodePorts(service)) return port;
    const known = shared.get(port.port);
    if (known !== undefined && (wanted === 0 || wanted === known)) return { ...port, nodePort: known };
    const requested = known === undefined ? requestedFor(port.port, ports) : wanted;
    if (requested !== 0) takePort(service, { port: requested, index }, context);
    const nodePort = requested === 0 ? pickPort(context, "a nodePort") : requested;
    if (known === undefined) shared.set(port.port, nodePort);
    return { ...port, nodePort };
  };
  return withSpec(service, { ports: ports.map(fill) });
}

/** The node port that an entry of the list asks for with this port number, or 0. */
function requestedFor(port: number, ports: readonly ServicePort[]): number {
  return ports.find((each) => each.port === port && (each.nodePort ?? 0) !== 0)?.nodePort ?? 0;
}

/** Ports that the Service has already are not looked at (`updateNodePorts`). */
function allocateForUpdate(service: Service, held: readonly number[], context: AllocationContext): Service {
  const own = new Set(held);
  const used = new Set<string>();
  const fill = (port: ServicePort, index: number): ServicePort => {
    const wanted = port.nodePort ?? 0;
    if (wanted === 0 && !needsNodePorts(service)) return port;
    if (wanted !== 0 && !own.has(wanted)) {
      takePort(service, { port: wanted, index }, context);
      own.add(wanted);
    }
    const nodePort = wanted === 0 ? pickPort(context, "a nodePort") : wanted;
    const use = `{${port.protocol ?? "TCP"} ${String(nodePort)}}`;
    if (used.has(use)) throw unclassified(`duplicate nodePort: ${use}`);
    used.add(use);
    return { ...port, nodePort };
  };
  return withSpec(service, { ports: (service.spec.ports ?? []).map(fill) });
}

function allocateHealthCheckPort(
  next: Service,
  previous: Service | undefined,
  context: AllocationContext,
): Service {
  const isHeld = previous !== undefined && needsHealthCheckPort(previous.spec);
  if (isHeld || !needsHealthCheckPort(next.spec)) return next;
  const wanted = next.spec.healthCheckNodePort ?? 0;
  if (wanted === 0) {
    return withSpec(next, { healthCheckNodePort: pickPort(context, "a HealthCheck NodePort 0") });
  }
  const problem = takeProblem(wanted, context);
  if (problem === undefined) return next;
  throw internalError(`failed to allocate requested HealthCheck NodePort ${String(wanted)}: ${problem}`);
}

function pickPort(context: AllocationContext, what: string): number {
  const { nodePorts, ledger, reservation, random, metrics } = context;
  const port = nodePorts.pickFree((each) => ledger.isTaken(portItem(each)), random);
  const isGiven = port !== undefined && reservation.take(portItem(port));
  metrics.countPort("dynamic", isGiven);
  if (isGiven) return port;
  throw internalError(`failed to allocate ${what}: ${RANGE_FULL}`);
}

function takePort(
  service: Service,
  { port, index }: { readonly port: number; readonly index: number },
  context: AllocationContext,
): void {
  const problem = takeProblem(port, context);
  if (problem === undefined) return;
  const path = `${indexPath("spec.ports", index)}.nodePort`;
  throw invalidService(service, [invalid(path, port, problem)]);
}

function takeProblem(
  port: number,
  { nodePorts, reservation, metrics }: AllocationContext,
): string | undefined {
  const isInRange = nodePorts.contains(port);
  const isGiven = isInRange && reservation.take(portItem(port));
  metrics.countPort("static", isGiven);
  if (isGiven) return undefined;
  return isInRange
    ? "provided port is already allocated"
    : `provided port is not in the valid range. The range of valid ports is ${String(nodePorts)}`;
}
