/** The file of `--encryption-provider-config` (apiserver `pkg/apis/apiserver/v1`, `EncryptionConfiguration`). */
export interface EncryptionConfiguration {
  readonly kind: "EncryptionConfiguration";
  readonly apiVersion: "apiserver.config.k8s.io/v1";
  readonly resources: readonly ResourceConfiguration[];
}

export interface ResourceConfiguration {
  /** `secrets`, `deployments.apps`, `*.apps`, `*.` for the core group, `*.*` for everything. */
  readonly resources: readonly string[];
  /** The first one is written with, all of them are read with. */
  readonly providers: readonly ProviderConfiguration[];
}

/** Exactly one of them is present. */
export interface ProviderConfiguration {
  readonly aesgcm?: KeyedProvider;
  readonly aescbc?: KeyedProvider;
  readonly secretbox?: KeyedProvider;
  readonly identity?: object;
}

export interface KeyedProvider {
  readonly keys: readonly EncryptionKey[];
}

export interface EncryptionKey {
  readonly name: string;
  /** In base64. */
  readonly secret: string;
}

export const KEYED_SCHEMES = ["aesgcm", "aescbc", "secretbox"] as const;
export type KeyedScheme = (typeof KEYED_SCHEMES)[number];

/** How many bytes a key may have. */
export const KEY_SIZES: Readonly<Record<KeyedScheme, readonly number[]>> = {
  aesgcm: [16, 24, 32],
  aescbc: [16, 24, 32],
  secretbox: [32],
};

export function decodeKey({ secret }: EncryptionKey): Uint8Array {
  return Buffer.from(secret, "base64");
}
