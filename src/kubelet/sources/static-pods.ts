import { watch } from "node:fs";
import { mkdir, readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Pod } from "#api/generated/core-v1.ts";
import type { Clock } from "#base/clock.ts";
import { onAbort } from "#base/disposable.ts";
import { TaskGroup } from "#base/task-group.ts";
import type { Logger } from "#observability/logger.ts";
import { ManifestParser } from "./parse-manifest.ts";

export interface StaticPodsOptions {
  /** A manifest, or the directory with several; that is made when it does not exist. */
  readonly path: string;
  readonly nodeName: string;
  /** What no notification told is found by looking so often. */
  readonly lookMs: number;
}

export interface StaticPodsDependencies {
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Editors write a file in several steps; it is read when they are done. */
const SETTLE_MS = 100;
const MAX_MANIFEST_BYTES = 10 * 1024 * 1024;

/** Follows the manifests of static pods. */
export class StaticPods implements AsyncDisposable {
  readonly #options: StaticPodsOptions;
  readonly #dependencies: StaticPodsDependencies;
  readonly #onChange: (pods: ReadonlyMap<string, Pod>) => void;
  readonly #parser = new ManifestParser();
  readonly #tasks: TaskGroup;
  /** By uid. A file that has not changed gives the same object. */
  #pods: ReadonlyMap<string, Pod> = new Map();
  #complaints: ReadonlyMap<string, string> = new Map();

  /** `onChange` gets all static pods by their uids, first once the directory has been read. */
  constructor(
    options: StaticPodsOptions,
    dependencies: StaticPodsDependencies,
    onChange: (pods: ReadonlyMap<string, Pod>) => void,
  ) {
    this.#options = options;
    this.#dependencies = dependencies;
    this.#onChange = onChange;
    this.#tasks = new TaskGroup((error) =>
      dependencies.logger.error("Stopped following static pods", { path: options.path, error }),
    );
    this.#tasks.run((signal) => this.#run(signal));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tasks[Symbol.asyncDispose]();
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { path, lookMs } = this.#options;
    const { clock } = this.#dependencies;
    if (!(await isFile(path))) await mkdir(path, { recursive: true, mode: 0o700 });
    let wake = (): void => undefined;
    const watcher = watch(path, () => wake());
    using _ = onAbort(signal, () => {
      watcher.close();
      wake();
    });
    while (!signal.aborted) {
      const { promise, resolve } = Promise.withResolvers<void>();
      wake = resolve;
      await this.#scan();
      using _timer = clock.after(lookMs, resolve);
      await promise;
      if (!signal.aborted) await clock.sleep(SETTLE_MS, signal).catch(() => undefined);
    }
  }

  async #scan(): Promise<void> {
    const pods = new Map<string, Pod>();
    const complaints = new Map<string, string>();
    for (const path of await this.#manifests()) {
      try {
        const pod = await this.#read(path);
        pods.set(pod.metadata.uid, this.#pods.get(pod.metadata.uid) ?? pod);
      } catch (error) {
        complaints.set(path, error instanceof Error ? error.message : String(error));
      }
    }
    this.#complain(complaints);
    this.#pods = pods;
    this.#onChange(pods);
  }

  async #manifests(): Promise<readonly string[]> {
    const { path } = this.#options;
    if (await isFile(path)) return [path];
    const names = await readdir(path);
    return names
      .filter((name) => !name.startsWith("."))
      .toSorted()
      .map((name) => join(path, name));
  }

  async #read(path: string): Promise<Pod> {
    const { nodeName } = this.#options;
    const info = await stat(path);
    if (!info.isFile()) throw new TypeError("not a file");
    if (info.size > MAX_MANIFEST_BYTES) throw new RangeError("the file is too large");
    const now = this.#dependencies.clock.now();
    return this.#parser.parse(await readFile(path, "utf8"), { path, nodeName, now });
  }

  /** What is wrong with a file is told once, until it changes. */
  #complain(complaints: ReadonlyMap<string, string>): void {
    for (const [path, why] of complaints) {
      if (this.#complaints.get(path) === why) continue;
      this.#dependencies.logger.error("Could not process manifest file", { path, why });
    }
    this.#complaints = complaints;
  }
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (info) => info.isFile(),
    () => false,
  );
}
