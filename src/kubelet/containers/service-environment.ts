import type { Service } from "#api/generated/core-v1.ts";

/** The Service that every pod can find, wherever it is. */
const MASTER = { namespace: "default", name: "kubernetes" };

/**
 * The variables that tell a pod of a namespace where Services are (`kubelet_pods.go` getServiceEnvVarMap, `envvars`):
 * the API server always, Services of its own namespace unless `enableServiceLinks` is false.
 */
export function serviceEnvironment(
  services: readonly Service[],
  namespace: string,
  enableServiceLinks: boolean,
): ReadonlyMap<string, string> {
  const visible = new Map<string, Service>();
  for (const service of services.filter(hasClusterIP)) {
    const { namespace: its = "", name } = service.metadata;
    const isOwn = enableServiceLinks && its === namespace;
    const isMaster = its === MASTER.namespace && name === MASTER.name;
    // A Service of the own namespace wins over the master of the same name.
    if (isOwn || (isMaster && !visible.has(name))) visible.set(name, service);
  }
  return new Map([...visible.values()].flatMap(variablesOf));
}

function hasClusterIP({ spec }: Service): boolean {
  const { clusterIP = "" } = spec;
  return clusterIP !== "" && clusterIP !== "None";
}

function variablesOf({ metadata, spec }: Service): readonly (readonly [string, string])[] {
  const prefix = variableName(metadata.name);
  const { clusterIP = "", ports = [] } = spec;
  const [first] = ports;
  if (first === undefined) return [[`${prefix}_SERVICE_HOST`, clusterIP]];
  return [
    [`${prefix}_SERVICE_HOST`, clusterIP],
    [`${prefix}_SERVICE_PORT`, String(first.port)],
    ...ports
      .filter(({ name = "" }) => name !== "")
      .map(({ name = "", port }) => [`${prefix}_SERVICE_PORT_${variableName(name)}`, String(port)] as const),
    [`${prefix}_PORT`, linkOf(first.protocol, clusterIP, first.port)],
    ...ports.flatMap(({ protocol = "TCP", port }) => {
      const name = `${prefix}_PORT_${String(port)}_${protocol.toUpperCase()}`;
      return [
        [name, linkOf(protocol, clusterIP, port)],
        [`${name}_PROTO`, protocol.toLowerCase()],
        [`${name}_PORT`, String(port)],
        [`${name}_ADDR`, clusterIP],
      ] as const;
    }),
  ];
}

function linkOf(protocol = "TCP", address: string, port: number): string {
  const host = address.includes(":") ? `[${address}]` : address;
  return `${protocol.toLowerCase()}://${host}:${String(port)}`;
}

function variableName(name: string): string {
  return name.replaceAll("-", "_").toUpperCase();
}
