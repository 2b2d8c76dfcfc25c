import { PodNetworkError } from "../bridge/pod-network-error.ts";

/** A JSON object that belongs to plugins: whatever is in it is passed on. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** One plugin of a chain, as the administrator configured it. */
export interface PluginConfig extends JsonObject {
  /** The name of the plugin's executable. */
  readonly type: string;
}

/** A network configuration (CNI specification, section 1). */
export interface NetworkList {
  readonly name: string;
  readonly cniVersion: string;
  readonly disableCheck: boolean;
  /** Whether plugins are never to look for what belongs to nobody: another runtime has sandboxes of the same network. */
  readonly disableGC: boolean;
  readonly plugins: readonly PluginConfig[];
}

/** The newest version that is spoken here; plugins say which they know. */
const NEWEST_VERSION = "1.1.0";

/** What a configuration is taken for that names no version (libcni). */
const FIRST_VERSION = "0.1.0";

/** pkg/utils of libcni: what is safe in a file name. */
const NETWORK_NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/;

/** The chain that a file of this name and content describes; a file with one plugin is a chain of one. */
export function parseNetworkList(path: string, text: string): NetworkList {
  const isList = path.endsWith(".conflist");
  const refuse = (why: string): Error =>
    PodNetworkError.uninitialized(
      `failed to load CNI config ${isList ? "list " : ""}file ${path}: ${why}: invalid cni config`,
    );
  const content = parseObject(text);
  if (content === undefined) throw refuse("error parsing configuration: not a JSON object");
  const plugins = isList ? content["plugins"] : [content];
  if (!Array.isArray(plugins) || plugins.length === 0)
    throw refuse("error parsing configuration list: no plugins in list");
  if (!plugins.every(isPluginConfig)) throw refuse("error parsing configuration: missing 'type'");
  const { name, disableCheck = false, disableGC = false } = content;
  const cniVersion = chooseVersion(content);
  if (typeof name !== "string") throw refuse("error parsing configuration list: no name");
  if (!NETWORK_NAME.test(name)) throw refuse(`invalid characters found in network name: ${name}`);
  if (typeof cniVersion !== "string")
    throw refuse("error parsing configuration list: invalid cniVersion type");
  return { name, cniVersion, disableCheck: isTrue(disableCheck), disableGC: isTrue(disableGC), plugins };
}

/** Of the versions that a configuration is written for the newest that is known here. */
function chooseVersion({ cniVersion, cniVersions }: JsonObject): unknown {
  if (!Array.isArray(cniVersions)) return cniVersion ?? FIRST_VERSION;
  const named = [...(cniVersions as unknown[]), cniVersion].filter((each) => typeof each === "string");
  const known = named.filter((each) => Bun.semver.order(each, NEWEST_VERSION) <= 0);
  return known.toSorted(Bun.semver.order).at(-1) ?? cniVersion ?? FIRST_VERSION;
}

function isTrue(value: unknown): boolean {
  return String(value).toLowerCase() === "true";
}

/** Whether the configuration's version is this one or a later one. */
export function isSince({ cniVersion }: NetworkList, version: string): boolean {
  return Bun.semver.order(cniVersion === "" ? FIRST_VERSION : cniVersion, version) >= 0;
}

/** Undefined for what is no object of JSON. */
export function parseObject(text: string): JsonObject | undefined {
  try {
    const content: unknown = JSON.parse(text);
    return isObject(content) ? content : undefined;
  } catch {
    // The caller says what was expected.
    return undefined;
  }
}

function isPluginConfig(value: unknown): value is PluginConfig {
  return isObject(value) && typeof value["type"] === "string" && value["type"] !== "";
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
