import { join } from "node:path";
import { EncryptedValues } from "#apiserver/encryption/encrypted-values.ts";
import { ManagedEncryption } from "#apiserver/encryption/managed-encryption.ts";
import { readEncryptionConfiguration } from "#apiserver/encryption/read-encryption-configuration.ts";
import { type StaleValues, writeAnew } from "#apiserver/encryption/write-anew.ts";
import type { Route } from "#apiserver/front/route.ts";
import { StartupError } from "#base/startup-error.ts";
import type { Logger } from "#observability/logger.ts";
import { hasSqliteStore } from "#store/sqlite/sqlite-store.ts";
import type { ValueTransformer } from "#store/value-transformer.ts";
import type { ServerConfig } from "./config.ts";
import { encryptionRoute } from "./encryption-route.ts";
import { unusableFile } from "./unusable-file.ts";

/** How the store keeps values. */
export interface Encryption {
  readonly transformer: ValueTransformer;
  /** To be called when the store is open: has values that are kept in an older form written anew. */
  begin(store: StaleValues): readonly Route[];
}

/** With keys of the server's own, unless the operator gives a configuration. Rejects with a StartupError. */
export async function openEncryption(
  { dataDir, encryptionProviderConfig }: Pick<ServerConfig, "dataDir" | "encryptionProviderConfig">,
  logger: Logger,
): Promise<Encryption> {
  return encryptionProviderConfig === ""
    ? openManaged(dataDir, logger)
    : openConfigured(encryptionProviderConfig, logger);
}

async function openManaged(dataDir: string, logger: Logger): Promise<Encryption> {
  const managed = await openKeys(dataDir, logger);
  return {
    transformer: managed.values,
    begin: (store) => {
      managed.resume(store);
      return [
        encryptionRoute({ status: () => managed.status, change: (action) => managed.change(action, store) }),
      ];
    },
  };
}

async function openKeys(dataDir: string, logger: Logger): Promise<ManagedEncryption> {
  const directory = join(dataDir, "server");
  try {
    return await ManagedEncryption.open({
      directory: join(directory, "cred"),
      hasPlainValues: hasSqliteStore(join(directory, "db")),
      logger,
    });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new StartupError(`Cannot use the data directory "${dataDir}": ${why}`, { cause });
  }
}

async function openConfigured(file: string, logger: Logger): Promise<Encryption> {
  const configuration = await readEncryptionConfiguration(file);
  if (typeof configuration === "string") {
    throw unusableFile("encryption-provider-config", file, configuration);
  }
  const values = new EncryptedValues();
  await values.use(configuration);
  return {
    transformer: values,
    begin: (store) => {
      if (values.foundStale) void writeAnew(store, logger);
      return [encryptionRoute(undefined)];
    },
  };
}
