/** What pods may not have of their node. */
import type {
  Container,
  LifecycleHandler,
  PodSecurityContext,
  Probe,
  SecurityContext,
} from "#api/generated/core-v1.ts";
import {
  containersOf,
  defineCheck,
  distinct,
  named,
  type PodLike,
  plural,
  quoted,
  setters,
  type Violation,
} from "../check.ts";

export const hostNamespaces = defineCheck({
  id: "hostNamespaces",
  level: "baseline",
  versions: [{ since: 0, check: checkHostNamespaces }],
});

export const hostPathVolumes = defineCheck({
  id: "hostPathVolumes",
  level: "baseline",
  versions: [{ since: 0, check: checkHostPathVolumes }],
});

export const hostPorts = defineCheck({
  id: "hostPorts",
  level: "baseline",
  versions: [{ since: 0, check: checkHostPorts }],
});

export const hostProbesAndHostLifecycle = defineCheck({
  id: "hostProbesAndHostLifecycle",
  level: "baseline",
  versions: [{ since: 34, check: checkHandlerHosts }],
});

export const windowsHostProcess = defineCheck({
  id: "windowsHostProcess",
  level: "baseline",
  versions: [{ since: 0, check: checkHostProcess }],
});

function checkHostNamespaces({ spec }: PodLike): Violation | undefined {
  const shared = (["hostNetwork", "hostPID", "hostIPC"] as const).filter((field) => spec[field] === true);
  if (shared.length === 0) return undefined;
  return { reason: "host namespaces", detail: shared.map((field) => `${field}=true`).join(", ") };
}

function checkHostPathVolumes({ spec }: PodLike): Violation | undefined {
  const names = (spec.volumes ?? []).filter(({ hostPath }) => hostPath !== undefined).map(({ name }) => name);
  return names.length === 0 ? undefined : { reason: "hostPath volumes", detail: named("volume", names) };
}

function checkHostPorts({ spec }: PodLike): Violation | undefined {
  return usedBy(containersOf(spec), {
    reason: "hostPort",
    valuesOf: ({ ports = [] }) =>
      ports.flatMap(({ hostPort = 0 }) => (hostPort === 0 ? [] : [String(hostPort)])),
    format: (ports) => `${plural("hostPort", ports.length)} ${ports.join(", ")}`,
  });
}

function checkHandlerHosts({ spec }: PodLike): Violation | undefined {
  // Containers are sorted here, unlike everywhere else.
  const containers = containersOf(spec).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return usedBy(containers, {
    reason: "probe or lifecycle host",
    valuesOf: ({ livenessProbe, readinessProbe, startupProbe, lifecycle }) =>
      [livenessProbe, readinessProbe, startupProbe, lifecycle?.postStart, lifecycle?.preStop].flatMap(
        hostsOf,
      ),
    format: (hosts) => `${plural("probe or lifecycle host", hosts.length)} ${quoted(hosts)}`,
  });
}

function hostsOf(handler: Probe | LifecycleHandler | undefined): readonly string[] {
  return [handler?.httpGet?.host ?? "", handler?.tcpSocket?.host ?? ""].filter((host) => host !== "");
}

interface Use {
  readonly reason: string;
  readonly valuesOf: (container: Container) => readonly string[];
  readonly format: (values: readonly string[]) => string;
}

function usedBy(containers: readonly Container[], { reason, valuesOf, format }: Use): Violation | undefined {
  const users = containers.filter((each) => valuesOf(each).length > 0);
  if (users.length === 0) return undefined;
  const names = users.map(({ name }) => name);
  const values = distinct(users.flatMap(valuesOf));
  const use = users.length === 1 ? "uses" : "use";
  return { reason, detail: `${named("container", names)} ${use} ${format(values)}` };
}

function checkHostProcess({ spec }: PodLike): Violation | undefined {
  const containers = containersOf(spec).filter(({ securityContext }) => isHostProcess(securityContext));
  const culprits = setters(isHostProcess(spec.securityContext), containers);
  if (culprits === "") return undefined;
  return {
    reason: "hostProcess",
    detail: `${culprits} must not set securityContext.windowsOptions.hostProcess=true`,
  };
}

function isHostProcess(context: SecurityContext | PodSecurityContext | undefined): boolean {
  return context?.windowsOptions?.hostProcess === true;
}
