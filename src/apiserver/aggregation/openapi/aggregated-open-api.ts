import { formatApiVersion } from "#apimachinery/meta.ts";
import { genericNotFound } from "#apimachinery/status-error.ts";
import type { Clock } from "#base/clock.ts";
import { Listeners } from "#base/listeners.ts";
import type { Answer } from "#https/answer.ts";
import type { Exchange } from "#https/exchange.ts";
import type { Logger } from "#observability/logger.ts";
import { JSON_TYPE } from "../../front/output-format.ts";
import type { Caller } from "../../front/route.ts";
import { LazyDocument } from "../../openapi/lazy-document.ts";
import type { V2Spec } from "../../openapi/merge/v2-spec.ts";
import { toV3Document } from "../../openapi/merge/v2-to-v3.ts";
import type { RemoteOpenApi } from "../../openapi/remote-open-api.ts";
import { type ApiServices, groupVersionOf } from "../api-services.ts";
import { followRemotes } from "../follow-remotes.ts";
import { NameQueue } from "../name-queue.ts";
import { proxyRequest } from "../proxy/proxy-request.ts";
import type { RemoteServices } from "../remote-services.ts";
import { type FetchedOpenApi, type FetchedV2, fetchOpenApi } from "./fetch-open-api.ts";

export interface AggregatedOpenApiDependencies {
  readonly services: ApiServices;
  readonly remotes: RemoteServices;
  readonly clock: Clock;
  readonly logger: Logger;
}

const REFRESH_MS = 60_000;
const RETRY = { baseMs: REFRESH_MS, maxMs: 60 * REFRESH_MS };

/** What extension servers say of their types, asked for every minute (kube-aggregator `controllers/openapi`). */
export class AggregatedOpenApi implements RemoteOpenApi, AsyncDisposable {
  readonly #dependencies: AggregatedOpenApiDependencies;
  readonly #queue: NameQueue;
  readonly #stack = new AsyncDisposableStack();
  /** By the names of APIServices. */
  readonly #fetched = new Map<string, FetchedOpenApi>();
  /** Documents of OpenAPI v3 that are made of those of v2. */
  readonly #converted = new WeakMap<V2Spec, LazyDocument>();
  readonly #listeners = new Listeners();

  constructor(dependencies: AggregatedOpenApiDependencies) {
    this.#dependencies = dependencies;
    const options = { name: "fetch OpenAPI", workers: 1, retry: RETRY };
    this.#queue = this.#stack.use(
      new NameQueue(options, { ...dependencies, work: (name, signal) => this.#sync(name, signal) }),
    );
  }

  start(): void {
    this.#stack.use(followRemotes((name) => this.#queue.add(name), this.#dependencies));
    this.#queue.start();
  }

  v2Specs(): readonly V2Spec[] {
    return this.#dependencies.services
      .list()
      .flatMap(({ metadata: { name }, spec }) => {
        const v2 = this.#fetched.get(name)?.v2;
        return v2 === undefined ? [] : [{ name, spec, v2 }];
      })
      .toSorted(
        (a, b) =>
          b.spec.groupPriorityMinimum - a.spec.groupPriorityMinimum ||
          b.spec.versionPriority - a.spec.versionPriority ||
          (a.name < b.name ? -1 : 1),
      )
      .map(({ v2 }) => v2.spec);
  }

  v3Urls(): ReadonlyMap<string, string> {
    return new Map([...this.#fetched].flatMap(([name, fetched]) => urlsOf(name, fetched)));
  }

  takesOver(path: string): boolean {
    const [root, group, version, ...more] = path.split("/");
    if (root !== "apis" || version === undefined || more.length > 0) return false;
    return this.#dependencies.remotes.find({ group: group ?? "", version }) !== undefined;
  }

  async answerV3(path: string, exchange: Exchange, { user }: Caller): Promise<Answer> {
    for (const [name, { v2, v3 }] of this.#fetched) {
      const remote = this.#dependencies.remotes.named(name);
      if (remote === undefined) continue;
      if (v3?.has(path) === true) return await proxyRequest(remote, exchange, user, this.#dependencies);
      if (v3 === undefined && v2 !== undefined && path === v3Path(name))
        return await this.#convert(v2, exchange);
    }
    throw genericNotFound();
  }

  onChange(listener: () => void): Disposable {
    return this.#listeners.add(listener);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync();
  }

  async #sync(name: string, signal: AbortSignal): Promise<number | undefined> {
    const { remotes, clock } = this.#dependencies;
    const remote = remotes.named(name);
    if (remote === undefined) {
      this.#set(name, undefined);
      return undefined;
    }
    // Becoming available is told, too.
    if (!remote.isAvailable) return undefined;
    this.#set(name, await fetchOpenApi(remote, this.#fetched.get(name), { clock, signal }));
    return REFRESH_MS;
  }

  #set(name: string, fetched: FetchedOpenApi | undefined): void {
    const before = this.#fetched.get(name);
    if (fetched === undefined) this.#fetched.delete(name);
    else this.#fetched.set(name, fetched);
    if (before?.v2?.hash !== fetched?.v2?.hash) this.#listeners.tell();
  }

  async #convert({ spec, hash }: FetchedV2, exchange: Exchange): Promise<Answer> {
    const document =
      this.#converted.get(spec) ?? new LazyDocument(() => [JSON.stringify(toV3Document(spec))]);
    this.#converted.set(spec, document);
    return await document.answer(exchange, {
      etag: `"${hash}"`,
      vary: "Accept",
      "content-type": JSON_TYPE,
    });
  }
}

/** Where the documents of OpenAPI v3 are; what is made of v2 is here. */
function urlsOf(name: string, { v2, v3 }: FetchedOpenApi): readonly (readonly [path: string, url: string])[] {
  if (v3 !== undefined) return [...v3];
  const path = v3Path(name);
  return v2 === undefined ? [] : [[path, `/openapi/v3/${path}?hash=${v2.hash}`]];
}

function v3Path(name: string): string {
  return `apis/${formatApiVersion(groupVersionOf(name))}`;
}
