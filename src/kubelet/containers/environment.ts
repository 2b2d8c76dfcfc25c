import type { ConfigMap, Container, EnvVar, EnvVarSource, Pod, Secret } from "#api/generated/core-v1.ts";
import { ConfigError } from "./config-error.ts";
import { expandVariables } from "./expand-variables.ts";
import { fieldValue, type PodAddressing } from "./field-value.ts";
import { type Amounts, resourceValue } from "./resource-value.ts";

/** The objects that pods refer to, as they are now; undefined for one that does not exist. */
export interface ReferencedObjects {
  configMap(namespace: string, name: string): ConfigMap | undefined;
  secret(namespace: string, name: string): Secret | undefined;
}

export interface EnvironmentSources extends PodAddressing {
  readonly objects: ReferencedObjects;
  /** The variables of Services. */
  readonly services: ReadonlyMap<string, string>;
  readonly allocatable: Amounts;
}

/**
 * The environment of a container (`kubelet_pods.go` makeEnvironmentVariables): whole ConfigMaps and Secrets, then the
 * container's own variables, each of which can refer to those before it, then the Services. Throws a ConfigError when
 * something that is not optional does not exist.
 */
export function containerEnvironment(
  pod: Pod,
  container: Container,
  sources: EnvironmentSources,
): ReadonlyMap<string, string> {
  const own = new Map<string, string>();
  for (const [name, value] of bulkVariables(pod, container, sources)) own.set(name, value);
  for (const variable of container.env ?? []) {
    const value = variableValue(variable, { pod, container, own }, sources);
    if (value !== undefined) own.set(variable.name, value);
  }
  return new Map([...own, ...[...sources.services].filter(([name]) => !own.has(name))]);
}

function bulkVariables(
  { metadata: { namespace = "" } }: Pod,
  { envFrom = [] }: Container,
  { objects }: EnvironmentSources,
): readonly (readonly [string, string])[] {
  return envFrom.flatMap(({ prefix = "", configMapRef, secretRef }) => {
    const what = configMapRef === undefined ? "Secret" : "ConfigMap";
    const { name = "", optional = false } = configMapRef ?? secretRef ?? {};
    const data = dataOf(objects, { what, namespace, name });
    if (data === undefined && !optional) throw missing(what, name);
    return Object.entries(data ?? {}).map(([key, value]) => [`${prefix}${key}`, value] as const);
  });
}

interface VariableContext {
  readonly pod: Pod;
  readonly container: Container;
  /** The variables so far. */
  readonly own: ReadonlyMap<string, string>;
}

/** Undefined when an optional source does not exist. */
function variableValue(
  { value = "", valueFrom }: EnvVar,
  context: VariableContext,
  sources: EnvironmentSources,
): string | undefined {
  if (value === "" && valueFrom !== undefined) return sourcedValue(valueFrom, context, sources);
  return expandVariables(value, new Map([...sources.services, ...context.own]));
}

function sourcedValue(
  { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef }: EnvVarSource,
  { pod, container }: VariableContext,
  sources: EnvironmentSources,
): string | undefined {
  const { namespace = "" } = pod.metadata;
  if (fieldRef !== undefined) return fieldValue(pod, fieldRef.fieldPath, sources);
  if (resourceFieldRef !== undefined) {
    const { allocatable } = sources;
    return resourceValue(resourceFieldRef, { spec: pod.spec, own: container, allocatable });
  }
  if (configMapKeyRef !== undefined) {
    return keyValue(sources.objects, { name: "", ...configMapKeyRef, namespace, what: "ConfigMap" });
  }
  if (secretKeyRef !== undefined) {
    return keyValue(sources.objects, { name: "", ...secretKeyRef, namespace, what: "Secret" });
  }
  return "";
}

interface ObjectReference {
  readonly what: "ConfigMap" | "Secret";
  readonly namespace: string;
  readonly name: string;
}

interface KeyReference extends ObjectReference {
  readonly key: string;
  readonly optional?: boolean;
}

function keyValue(objects: ReferencedObjects, reference: KeyReference): string | undefined {
  const { what, namespace, name, key, optional = false } = reference;
  const data = dataOf(objects, reference);
  const value = data?.[key];
  if (value !== undefined || optional) return value;
  if (data === undefined) throw missing(what, name);
  throw new ConfigError(`couldn't find key ${key} in ${what} ${namespace}/${name}`);
}

/** The texts of the object; undefined when it does not exist. */
function dataOf(
  objects: ReferencedObjects,
  { what, namespace, name }: ObjectReference,
): Readonly<Record<string, string>> | undefined {
  if (what === "Secret") {
    const secret = objects.secret(namespace, name);
    return secret && secretData(secret);
  }
  const configMap = objects.configMap(namespace, name);
  return configMap && (configMap.data ?? {});
}

function missing(what: ObjectReference["what"], name: string): ConfigError {
  return new ConfigError(`${what.toLowerCase()} ${JSON.stringify(name)} not found`);
}

function secretData({ data = {} }: Secret): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value, "base64").toString()]),
  );
}
