import { parseExactJson } from "#apimachinery/exact-json.ts";
import { parseYamlText } from "#apimachinery/yaml/yaml-text.ts";
import type { YamlText } from "#apimachinery/yaml/yaml-value.ts";
import type { Clock } from "#base/clock.ts";
import { workerUrl } from "#base/worker-url.ts";
import type { YamlRequest, YamlResponse } from "./yaml-worker.ts";

export type ParseYaml = (text: string) => YamlText;

/** YAML costs so much that a longer text would keep everybody waiting. */
const LONG_BYTES = 16 * 1024;

/** A thread takes memory; it is made anew when it is needed again. */
const IDLE_MS = 30_000;

/** Parses long YAML beside the thread that answers requests. */
export class YamlThread implements Disposable {
  readonly #clock: Pick<Clock, "after">;
  readonly #waiting = new Map<number, PromiseWithResolvers<YamlResponse>>();
  #worker: Worker | undefined;
  #idle: Disposable | undefined;
  #lastId = 0;

  constructor(clock: Pick<Clock, "after">) {
    this.#clock = clock;
  }

  /**
   * How to parse a text when its turn comes. A long one has been parsed then already; what is wrong with it is thrown
   * nevertheless when it is asked for.
   */
  async ahead(bytes: Buffer): Promise<ParseYaml> {
    if (!this.isLong(bytes)) return parseYamlText;
    const response = await this.#ask(bytes.toString());
    return () => {
      if ("problem" in response) throw new SyntaxError(response.problem);
      return { value: parseExactJson(response.json), duplicateKeys: response.duplicateKeys };
    };
  }

  isLong(bytes: Buffer): boolean {
    return bytes.length > LONG_BYTES;
  }

  [Symbol.dispose](): void {
    this.#idle?.[Symbol.dispose]();
    this.#end(new Error("Cannot parse YAML: the server stops"));
  }

  async #ask(text: string): Promise<YamlResponse> {
    this.#idle?.[Symbol.dispose]();
    this.#worker ??= this.#start();
    this.#lastId += 1;
    const request: YamlRequest = { id: this.#lastId, text };
    const waiting = Promise.withResolvers<YamlResponse>();
    this.#waiting.set(request.id, waiting);
    this.#worker.postMessage(request);
    return await waiting.promise;
  }

  #start(): Worker {
    const worker = new Worker(workerUrl("apiserver/formats/yaml-worker.ts", Bun.main).href, { name: "yaml" });
    worker.onmessage = ({ data }: MessageEvent<YamlResponse>) => this.#receive(data);
    worker.onerror = ({ message }) => this.#end(new Error(`Cannot parse YAML: ${message}`));
    return worker;
  }

  #receive(response: YamlResponse): void {
    this.#waiting.get(response.id)?.resolve(response);
    this.#waiting.delete(response.id);
    if (this.#waiting.size > 0) return;
    this.#idle = this.#clock.after(IDLE_MS, () => this.#end(new Error("The thread was idle")));
  }

  #end(why: Error): void {
    this.#worker?.terminate();
    this.#worker = undefined;
    for (const waiting of this.#waiting.values()) waiting.reject(why);
    this.#waiting.clear();
  }
}
