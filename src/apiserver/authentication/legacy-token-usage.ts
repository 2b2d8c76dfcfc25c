import { dayOf, isUseNoted, LAST_USED_LABEL } from "#api/core/v1/legacy-token.ts";
import type { Secret } from "#api/generated/core-v1.ts";
import type { Clock } from "#base/clock.ts";
import { TaskGroup } from "#base/task-group.ts";
import type { Client } from "#client/client.ts";
import type { Logger } from "#observability/logger.ts";
import type { TokenUse } from "./token-uses.ts";

interface LegacyTokenUsageDependencies {
  readonly clock: Pick<Clock, "now">;
  readonly logger: Logger;
  readonly count: (use: TokenUse) => void;
}

/**
 * Counts uses of tokens that Secrets hold, and notes once a day on the Secret that its token is used. Nobody waits for
 * that.
 */
export class LegacyTokenUsage implements AsyncDisposable {
  readonly #dependencies: LegacyTokenUsageDependencies;
  readonly #tasks: TaskGroup;
  /** UIDs of Secrets that are being written. */
  readonly #underWay = new Set<string>();
  #client: Pick<Client, "patch"> | undefined;

  constructor(dependencies: LegacyTokenUsageDependencies) {
    this.#dependencies = dependencies;
    this.#tasks = new TaskGroup((error) =>
      dependencies.logger.warn("Failed to note that the token of a Secret was used", { error }),
    );
  }

  /** From now on uses are noted, too. */
  start(client: Pick<Client, "patch">): void {
    this.#client = client;
  }

  note(secret: Secret, use: TokenUse): void {
    this.#dependencies.count(use);
    const client = this.#client;
    const { uid } = secret.metadata;
    const now = this.#dependencies.clock.now();
    if (client === undefined || isUseNoted(secret, now) || this.#underWay.has(uid)) return;
    this.#underWay.add(uid);
    this.#tasks.run(async (signal) => {
      try {
        await write(client, secret, dayOf(now), signal);
      } finally {
        this.#underWay.delete(uid);
      }
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#tasks[Symbol.asyncDispose]();
  }
}

async function write(
  client: Pick<Client, "patch">,
  { metadata: { namespace = "", name, uid } }: Secret,
  day: string,
  signal: AbortSignal,
): Promise<void> {
  const document = { metadata: { uid, labels: { [LAST_USED_LABEL]: day } } };
  await client.patch("Secret", { namespace, name }, { type: "merge", document }, { signal });
}
