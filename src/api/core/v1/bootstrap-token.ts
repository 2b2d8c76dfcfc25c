/**
 * Bootstrap tokens (kubernetes `cluster-bootstrap/token/api`, kubeadm): Secrets that let machines in for a while, which
 * have no identity yet.
 */
import type { Secret } from "../../generated/core-v1.ts";

export const BOOTSTRAP_TOKEN_TYPE = "bootstrap.kubernetes.io/token";
export const BOOTSTRAP_TOKEN_NAMESPACE = "kube-system";
/** The group of everybody who shows one. */
export const BOOTSTRAPPERS_GROUP = "system:bootstrappers";

/** Tokens without this usage are for something else, such as signing. */
const AUTHENTICATION = "authentication";
const USAGE_PREFIX = "usage-bootstrap-";
const NAME_PREFIX = "bootstrap-token-";
const TOKEN = /^([a-z0-9]{6})\.([a-z0-9]{16})$/;
const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;
const GROUP = /^system:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]$/;

/** The two halves of a token: the id is no secret. */
export interface BootstrapTokenParts {
  readonly id: string;
  readonly secret: string;
}

/** What a Secret says of a token. */
export interface BootstrapToken extends BootstrapTokenParts {
  readonly description: string;
  /** Milliseconds since the epoch; undefined for a token that does not expire. */
  readonly expiresAt: number | undefined;
  readonly usages: readonly string[];
  readonly groups: readonly string[];
}

/** The halves of `abcdef.0123456789abcdef`; undefined for another text. */
export function parseBootstrapToken(text: string): BootstrapTokenParts | undefined {
  const [, id, secret] = TOKEN.exec(text) ?? [];
  return id === undefined || secret === undefined ? undefined : { id, secret };
}

export function bootstrapTokenName(id: string): string {
  return NAME_PREFIX + id;
}

/** Undefined for a Secret of another type, or without what every token has. */
export function readBootstrapToken(token: Secret): BootstrapToken | undefined {
  const { type, metadata, data = {} } = token;
  const text = (key: string): string => decode(data[key] ?? "");
  const id = text("token-id");
  const secret = text("token-secret");
  if (type !== BOOTSTRAP_TOKEN_TYPE || secret === "" || metadata.name !== bootstrapTokenName(id)) {
    return undefined;
  }
  return {
    id,
    secret,
    description: text("description"),
    expiresAt: readExpiration(token),
    usages: Object.keys(data)
      .filter((key) => key.startsWith(USAGE_PREFIX) && text(key) === "true")
      .map((key) => key.slice(USAGE_PREFIX.length))
      .toSorted(),
    groups: text("auth-extra-groups")
      .split(",")
      .filter((group) => group !== ""),
  };
}

/** When a token expires, in milliseconds since the epoch: at once where that cannot be read. */
export function readExpiration({ data = {} }: Secret): number | undefined {
  const text = decode(data["expiration"] ?? "");
  if (text === "") return undefined;
  return RFC_3339.test(text) ? Date.parse(text) : 0;
}

export function isExpired({ expiresAt }: Pick<BootstrapToken, "expiresAt">, now: number): boolean {
  return expiresAt !== undefined && expiresAt <= now;
}

export function canAuthenticate({ usages }: Pick<BootstrapToken, "usages">): boolean {
  return usages.includes(AUTHENTICATION);
}

/** Whether a token may make its holder a member of the group. */
export function isBootstrapGroup(group: string): boolean {
  return GROUP.test(group);
}

function decode(base64: string): string {
  return new TextDecoder().decode(Uint8Array.fromBase64(base64));
}
