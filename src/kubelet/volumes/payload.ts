import type {
  ConfigMap,
  DownwardAPIVolumeFile,
  KeyToPath,
  Pod,
  ProjectedVolumeSource,
  Secret,
  VolumeProjection,
} from "#api/generated/core-v1.ts";
import { ConfigError } from "../containers/config-error.ts";
import type { ReferencedObjects } from "../containers/environment.ts";
import { fieldValue } from "../containers/field-value.ts";
import { type Amounts, resourceValue } from "../containers/resource-value.ts";
import { type TrustBundles, trustAnchors } from "./trust-anchors.ts";
import { VolumeError } from "./volume-error.ts";

/** One file of a volume. */
export interface FileProjection {
  readonly content: Uint8Array;
  readonly mode: number;
  /** Its owner; root when absent. */
  readonly user?: number;
}

/** The files of a volume by their paths in it. */
export type Payload = ReadonlyMap<string, FileProjection>;

export interface PayloadSources {
  readonly objects: ReferencedObjects & TrustBundles;
  readonly allocatable: Amounts;
  /** Tokens of the service account, by the index of the projected source that asked for them. */
  readonly tokens?: ReadonlyMap<number, string>;
  /** The user that all containers run as. */
  readonly fsUser?: number | undefined;
  readonly fsGroup?: number | undefined;
}

interface Keyed {
  readonly items: readonly KeyToPath[];
  readonly defaultMode: number;
  readonly optional: boolean;
}

/** The mode of files that state none. */
const DEFAULT_MODE = 0o644;
/** Tokens and trust anchors are for the pod's user or group alone when it has one. */
const PRIVATE_MODE = 0o600;

export function configMapPayload(
  configMap: ConfigMap | undefined,
  name: string,
  options: Partial<Keyed>,
): Payload {
  const { optional = false } = options;
  if (configMap === undefined && !optional) throw notFound("configmap", name);
  const data = new Map([
    ...Object.entries(configMap?.data ?? {}).map(([key, text]) => [key, encode(text)] as const),
    ...Object.entries(configMap?.binaryData ?? {}).map(([key, text]) => [key, decode(text)] as const),
  ]);
  return keyedPayload(data, options, "configmap references non-existent config key");
}

export function secretPayload(secret: Secret | undefined, name: string, options: Partial<Keyed>): Payload {
  const { optional = false } = options;
  if (secret === undefined && !optional) throw notFound("secret", name);
  const data = new Map(Object.entries(secret?.data ?? {}).map(([key, text]) => [key, decode(text)]));
  return keyedPayload(data, options, "references non-existent secret key");
}

export function downwardPayload(
  pod: Pod,
  items: readonly DownwardAPIVolumeFile[],
  {
    allocatable,
    defaultMode = DEFAULT_MODE,
  }: { readonly allocatable: Amounts; readonly defaultMode?: number },
): Payload {
  const valueOf = ({ fieldRef, resourceFieldRef }: DownwardAPIVolumeFile): string => {
    if (fieldRef !== undefined) return fieldValue(pod, fieldRef.fieldPath, { podIPs: [], hostIPs: [] });
    return resourceFieldRef === undefined
      ? ""
      : resourceValue(resourceFieldRef, { spec: pod.spec, allocatable });
  };
  return new Map(
    items.map((item) => [item.path, { content: encode(valueOf(item)), mode: item.mode ?? defaultMode }]),
  );
}

/** All sources of a projected volume together; later ones win. Everything that is wrong is reported at once. */
export function projectedPayload(pod: Pod, source: ProjectedVolumeSource, context: PayloadSources): Payload {
  const files = new Map<string, FileProjection>();
  const complaints: string[] = [];
  for (const [index, projection] of (source.sources ?? []).entries()) {
    try {
      const payload = projectionPayload(pod, { projection, index, defaultMode: source.defaultMode }, context);
      for (const [path, file] of payload) files.set(path, file);
    } catch (error) {
      if (!(error instanceof VolumeError || error instanceof ConfigError)) throw error;
      complaints.push(error.message);
    }
  }
  if (complaints.length > 0) throw VolumeError.aggregate(complaints);
  return files;
}

interface IndexedProjection {
  readonly projection: VolumeProjection;
  readonly index: number;
  readonly defaultMode: number | undefined;
}

function projectionPayload(
  pod: Pod,
  { projection, index, defaultMode = DEFAULT_MODE }: IndexedProjection,
  context: PayloadSources,
): Payload {
  const { namespace = "" } = pod.metadata;
  const { objects, allocatable } = context;
  const { secret, configMap, downwardAPI, serviceAccountToken, clusterTrustBundle } = projection;
  if (secret !== undefined) {
    const { name = "", ...rest } = secret;
    return secretPayload(objects.secret(namespace, name), name, { ...rest, defaultMode });
  }
  if (configMap !== undefined) {
    const { name = "", ...rest } = configMap;
    return configMapPayload(objects.configMap(namespace, name), name, { ...rest, defaultMode });
  }
  if (downwardAPI !== undefined) {
    return downwardPayload(pod, downwardAPI.items ?? [], { allocatable, defaultMode });
  }
  if (serviceAccountToken !== undefined) {
    const token = context.tokens?.get(index) ?? "";
    return new Map([[serviceAccountToken.path, ownedFile(token, defaultMode, context)]]);
  }
  if (clusterTrustBundle !== undefined) {
    const anchors = trustAnchors(clusterTrustBundle, objects);
    return new Map([[clusterTrustBundle.path, ownedFile(anchors, defaultMode, context)]]);
  }
  const [kind = "unknown"] = Object.keys(projection);
  throw VolumeError.unavailable(`projected volumes cannot have the source ${kind} on this node`);
}

/** The pod's group, if it has one, gets its right to read afterwards. */
function ownedFile(text: string, defaultMode: number, { fsUser, fsGroup }: PayloadSources): FileProjection {
  const isPrivate = fsUser !== undefined || fsGroup !== undefined;
  return {
    content: encode(text),
    mode: isPrivate ? PRIVATE_MODE : defaultMode,
    ...(fsUser !== undefined && { user: fsUser }),
  };
}

function keyedPayload(
  data: ReadonlyMap<string, Uint8Array>,
  { items = [], defaultMode = DEFAULT_MODE, optional = false }: Partial<Keyed>,
  complaint: string,
): Payload {
  if (items.length === 0) {
    return new Map([...data].map(([key, content]) => [key, { content, mode: defaultMode }]));
  }
  const files = new Map<string, FileProjection>();
  for (const { key, path, mode = defaultMode } of items) {
    const content = data.get(key);
    if (content !== undefined) files.set(path, { content, mode });
    else if (!optional) throw VolumeError.unavailable(`${complaint}: ${key}`);
  }
  return files;
}

function notFound(resource: string, name: string): VolumeError {
  return VolumeError.unavailable(`${resource} ${JSON.stringify(name)} not found`);
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function decode(base64: string): Uint8Array {
  return new Uint8Array(Buffer.from(base64, "base64"));
}
