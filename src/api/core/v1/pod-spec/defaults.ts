/** Defaults of every PodSpec, in a Pod or in a template (`pkg/apis/core/v1/defaults.go` and its generated callers). */
import { fillAbsent, fillZero, mapField, mapList } from "../../../defaulting.ts";
import type {
  Container,
  EnvVar,
  EphemeralContainer,
  LifecycleHandler,
  PodSpec,
  Probe,
} from "../../../generated/core-v1.ts";
import { defaultPullPolicy } from "../image-reference.ts";
import { roundRequirements, roundResourceList } from "../resource-list-defaults.ts";
import { mapAllContainers } from "./map-containers.ts";
import { setFieldSelectorDefaults, setVolumeDefaults } from "./volume-defaults.ts";

/** Fills unset fields of a PodSpec; a Pod has more of them than a template. */
export function setPodSpecDefaults(spec: PodSpec): PodSpec {
  let next: PodSpec = fillZero(withAccount(spec), POD_STRINGS);
  next = fillAbsent(next, POD_POINTERS);
  next = mapField(next, "volumes", (volumes) => mapList(volumes, setVolumeDefaults));
  next = mapAllContainers(next, setContainerDefaults);
  next = mapField(next, "overhead", roundResourceList);
  return mapField(next, "resources", roundRequirements);
}

/** `serviceAccount` is the old name of `serviceAccountName`; both are always there. */
function withAccount(spec: PodSpec): PodSpec {
  const { serviceAccountName = "", serviceAccount = "" } = spec;
  if (serviceAccountName === serviceAccount) return spec;
  const name = serviceAccountName === "" ? serviceAccount : serviceAccountName;
  return { ...spec, serviceAccountName: name, serviceAccount: name };
}

const POD_STRINGS = {
  dnsPolicy: "ClusterFirst",
  restartPolicy: "Always",
  schedulerName: "default-scheduler",
} as const satisfies Partial<PodSpec>;

const POD_POINTERS = { securityContext: {}, terminationGracePeriodSeconds: 30 } satisfies Partial<PodSpec>;

const CONTAINER_STRINGS = {
  terminationMessagePath: "/dev/termination-log",
  terminationMessagePolicy: "File",
} as const satisfies Partial<Container>;

const PROBE_NUMBERS = {
  timeoutSeconds: 1,
  periodSeconds: 10,
  successThreshold: 1,
  failureThreshold: 3,
} satisfies Partial<Probe>;

function setContainerDefaults<C extends Container | EphemeralContainer>(container: C): C {
  return mapContainer(container) as C;
}

function mapContainer(container: Container): Container {
  let next: Container = fillZero(container, CONTAINER_STRINGS);
  if ((next.imagePullPolicy ?? "") === "") {
    next = { ...next, imagePullPolicy: defaultPullPolicy(next.image) };
  }
  next = mapField(next, "ports", (ports) => mapList(ports, (port) => fillZero(port, { protocol: "TCP" })));
  next = mapField(next, "env", (env) => mapList(env, setEnvDefaults));
  next = mapField(next, "resources", roundRequirements);
  next = mapField(next, "livenessProbe", setProbeDefaults);
  next = mapField(next, "readinessProbe", setProbeDefaults);
  next = mapField(next, "startupProbe", setProbeDefaults);
  return mapField(next, "lifecycle", (lifecycle) =>
    mapField(mapField(lifecycle, "postStart", setHandlerDefaults), "preStop", setHandlerDefaults),
  );
}

function setEnvDefaults(variable: EnvVar): EnvVar {
  return mapField(variable, "valueFrom", (source) => {
    const withField = mapField(source, "fieldRef", setFieldSelectorDefaults);
    return mapField(withField, "fileKeyRef", (selector) => fillAbsent(selector, { optional: false }));
  });
}

function setProbeDefaults(probe: Probe): Probe {
  const filled: Probe = fillZero(probe, PROBE_NUMBERS);
  return mapField(setHandlerDefaults(filled), "grpc", (grpc) => fillAbsent(grpc, { service: "" }));
}

function setHandlerDefaults<H extends Probe | LifecycleHandler>(handler: H): H {
  return mapField<Probe | LifecycleHandler, "httpGet">(handler, "httpGet", (http) =>
    fillZero(http, { path: "/", scheme: "HTTP" }),
  ) as H;
}
