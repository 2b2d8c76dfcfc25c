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
const GROUP = /^system:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]$/;

/** The two halves of a token: the id is no secret. */
export interface BootstrapTokenParts {
  readonly id: string;
  readonly secret: string;
}

/** What a Secret says of a token. */
export interface BootstrapToken extends BootstrapTokenParts {
  readonly description: string;
  /** Milliseconds since the epoch; undefined for a token that does not expire, NaN for a time that nobody can read. */
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
export function readBootstrapToken({ type, metadata, data = {} }: Secret): BootstrapToken | undefined {
  const text = (key: string): string => decode(data[key] ?? "");
  const id = text("token-id");
  const secret = text("token-secret");
  if (type !== BOOTSTRAP_TOKEN_TYPE || secret === "" || metadata.name !== bootstrapTokenName(id)) {
    return undefined;
  }
  const expiration = text("expiration");
  return {
    id,
    secret,
    description: text("description"),
    expiresAt: expiration === "" ? undefined : Date.parse(expiration),
    usages: Object.keys(data)
      .filter((key) => key.startsWith(USAGE_PREFIX) && text(key) === "true")
      .map((key) => key.slice(USAGE_PREFIX.length))
      .toSorted(),
    groups: text("auth-extra-groups")
      .split(",")
      .filter((group) => group !== ""),
  };
}

/** A time that nobody can read has passed. */
export function isExpired({ expiresAt }: Pick<BootstrapToken, "expiresAt">, now: number): boolean {
  return expiresAt !== undefined && !(expiresAt > now);
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
