import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { Logger } from "#observability/logger.ts";
import { preparePrivateDirectory, readIfPresent, writeDurably } from "#pki/durable-files.ts";
import { EncryptedValues } from "./encrypted-values.ts";
import type { EncryptionConfiguration, ProviderConfiguration } from "./encryption-configuration.ts";
import { type StaleValues, writeAnew } from "./write-anew.ts";

const FILE = "encryption-config.json";
const KEY_BYTES = 32;
const IDENTITY: ProviderConfiguration = { identity: {} };

export type EncryptionAction = "enable" | "disable" | "rotate-keys";

export interface EncryptionStatus {
  /** Whether Secrets are written sealed. */
  readonly enabled: boolean;
  /** Name of the key that they are written with; absent when they are not sealed. */
  readonly activeKey?: string;
  /** Other forms in which some may still be kept; empty when all are kept as they are written. */
  readonly retiring: readonly string[];
}

/**
 * The encryption of Secrets with keys of our own, on from the first start. What is written is always in the first
 * form of the configuration; as long as there are others, values in those are still on the disk and are being
 * written anew. So a crash at any moment leaves a configuration that reads everything and says what is left to do.
 */
export class ManagedEncryption {
  readonly values = new EncryptedValues();
  readonly #directory: string;
  readonly #logger: Logger;
  #providers: readonly ProviderConfiguration[] = [];
  #changing: Promise<void> = Promise.resolve();
  #settling: Promise<void> = Promise.resolve();

  private constructor(directory: string, logger: Logger) {
    this.#directory = directory;
    this.#logger = logger;
  }

  /** `hasPlainValues`: the store that belongs to a directory without configuration was written before there was one. */
  static async open(options: {
    readonly directory: string;
    readonly hasPlainValues: boolean;
    readonly logger: Logger;
  }): Promise<ManagedEncryption> {
    const { directory, hasPlainValues, logger } = options;
    await preparePrivateDirectory(directory);
    const encryption = new ManagedEncryption(directory, logger);
    const text = await readIfPresent(join(directory, FILE));
    if (text === undefined) await encryption.#save([newKey([]), ...(hasPlainValues ? [IDENTITY] : [])]);
    else await encryption.#use(providersIn(JSON.parse(text) as EncryptionConfiguration));
    return encryption;
  }

  get status(): EncryptionStatus {
    const [active, ...retiring] = this.#providers.map(nameOf);
    return {
      enabled: active !== undefined,
      ...(active !== undefined && { activeKey: active }),
      retiring: retiring.map((name) => name ?? "identity"),
    };
  }

  /** Goes on with what a crash or an earlier version left to do. */
  resume(store: StaleValues): void {
    if (this.#providers.length > 1) this.#settleWith(store);
  }

  /**
   * Resolves when everything that is written from now on is in the new form; the rest follows behind it. Changes wait for
   * each other: two at a time would give two keys one name, and keep one of them.
   */
  change(action: EncryptionAction, store: StaleValues): Promise<void> {
    const changed = this.#changing.then(() => this.#change(action, store));
    // Whoever asked hears of a failure.
    this.#changing = changed.catch(() => undefined);
    return changed;
  }

  /** Resolves when nothing is being written anew any more. */
  settled(): Promise<void> {
    return this.#settling;
  }

  async #change(action: EncryptionAction, store: StaleValues): Promise<void> {
    await this.#settling;
    const next = this.#providersAfter(action);
    if (next === undefined) return;
    await this.#save(next);
    this.#settleWith(store);
  }

  #providersAfter(action: EncryptionAction): readonly ProviderConfiguration[] | undefined {
    const { enabled } = this.status;
    switch (action) {
      case "enable":
        return enabled ? undefined : [newKey(this.#providers), ...this.#providers];
      case "disable":
        return enabled ? [IDENTITY, ...this.#providers] : undefined;
      case "rotate-keys":
        return enabled ? [newKey(this.#providers), ...this.#providers] : undefined;
    }
  }

  #settleWith(store: StaleValues): void {
    this.#settling = this.#settle(store);
  }

  /** The older forms stay known, for the next start to try again, when they cannot be forgotten. */
  async #settle(store: StaleValues): Promise<void> {
    if (!(await writeAnew(store, this.#logger))) return;
    try {
      await this.#save(this.#providers.slice(0, 1));
    } catch (error) {
      this.#logger.error("Failed to forget older keys", { error });
    }
  }

  async #save(providers: readonly ProviderConfiguration[]): Promise<void> {
    const content = `${JSON.stringify(configurationOf(providers), undefined, 2)}\n`;
    await writeDurably(this.#directory, [{ name: FILE, content }]);
    await this.#use(providers);
  }

  async #use(providers: readonly ProviderConfiguration[]): Promise<void> {
    await this.values.use(configurationOf(providers));
    this.#providers = providers;
  }
}

function configurationOf(providers: readonly ProviderConfiguration[]): EncryptionConfiguration {
  return {
    kind: "EncryptionConfiguration",
    apiVersion: "apiserver.config.k8s.io/v1",
    resources: [{ resources: ["secrets"], providers }],
  };
}

function providersIn({ resources }: EncryptionConfiguration): readonly ProviderConfiguration[] {
  return resources[0]?.providers ?? [];
}

/** A key with a name that none of the others has. */
function newKey(present: readonly ProviderConfiguration[]): ProviderConfiguration {
  const numbers = present.map((provider) => Number(/^key(\d+)$/.exec(nameOf(provider) ?? "")?.[1] ?? 0));
  const name = `key${String(Math.max(0, ...numbers) + 1)}`;
  return { aesgcm: { keys: [{ name, secret: randomBytes(KEY_BYTES).toString("base64") }] } };
}

function nameOf({ aesgcm }: ProviderConfiguration): string | undefined {
  return aesgcm?.keys[0]?.name;
}
