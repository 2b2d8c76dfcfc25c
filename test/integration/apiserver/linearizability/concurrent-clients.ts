import { expect } from "bun:test";
import type { KubeObject } from "#apimachinery/meta.ts";
import type { ListOptions, RequestOperation, WatchOptions } from "#apimachinery/request.ts";
import { StatusError } from "#apimachinery/status-error.ts";
import type { Place, TestServer } from "../server.ts";
import type { ClientStep, Step } from "./client-steps.ts";
import { describe, HistoryModel, keyOf, revisionOf, type Selected, type Span } from "./history-model.ts";
import { WatchLog } from "./watch-log.ts";

/** A kind whose deletions are answered with the object, and so with their revision. */
const KIND = "ServiceAccount";

const EXPIRED = 410;

interface Outcome<T> {
  readonly span: Span;
  readonly value?: T;
  /** The status code of a failure. */
  readonly code?: number;
  readonly error?: StatusError;
}

/** Carries out the steps of clients, and keeps what can only be checked when all writes are known. */
export class ConcurrentClients {
  readonly #server: TestServer;
  readonly #model: HistoryModel;
  readonly #base: number;
  readonly #checks: (() => void)[] = [];
  readonly #watches: WatchLog[] = [];
  #writes = 0;

  constructor(server: TestServer) {
    this.#server = server;
    this.#base = server.store.revision;
    this.#model = new HistoryModel(this.#base);
  }

  /** One client: a step begins when the one before it has ended. */
  async run(steps: readonly ClientStep[]): Promise<void> {
    let last: WatchLog | undefined;
    for (const step of steps) {
      if (step.type === "watch") last = await this.#watch(step, last);
      else await this.#perform(step);
    }
  }

  /** Compares everything that was answered with the history, once all clients are through. */
  async check(): Promise<void> {
    const { store, clock } = this.#server;
    for (
      let turn = 0;
      turn < 1000 && !this.#watches.every((each) => each.isComplete(store.revision));
      turn += 1
    ) {
      // Bookmarks say that all has arrived.
      await clock.advance(60_000);
    }
    for (const watch of this.#watches) await watch.close();
    this.#model.complete(store.revision);
    for (const check of this.#checks) check();
    for (const watch of this.#watches) watch.check(this.#model, store.compactedRevision);
  }

  async #perform(step: Exclude<ClientStep, Step<"watch">>): Promise<void> {
    switch (step.type) {
      case "write":
        return await this.#write(step);
      case "get":
        return await this.#get(step);
      case "list":
        return await this.#list(step);
      case "page":
        return await this.#page(step);
      case "compact":
        return await this.#server.store.compact(this.#ago(step.back));
      case "wait":
        return await this.#server.clock.advance(60_000);
    }
  }

  async #write({ verb, object: { namespace, name }, app, guard }: Step<"write">): Promise<void> {
    const present = guard === "present" ? await this.#read(namespace, name) : undefined;
    const resourceVersion = guard === "wrong" ? "1" : present?.metadata.resourceVersion;
    const version = resourceVersion === undefined ? {} : { resourceVersion };
    this.#writes += 1;
    const labels = { app };
    const annotations = { [`write-${String(this.#writes % 3)}`]: String(this.#writes) };
    const operations: Readonly<Record<typeof verb, RequestOperation>> = {
      create: { verb: "create", object: { metadata: { name, labels, annotations } } },
      update: { verb: "update", object: { metadata: { name, labels, annotations, ...version } } },
      patch: { verb: "patch", patchType: "merge", patch: { metadata: { labels, annotations, ...version } } },
      delete: { verb: "delete", options: { preconditions: version } },
    };
    const place = { kind: KIND, namespace, ...(verb !== "create" && { name }) } as const;
    const outcome = await this.#timed(
      async () => (await this.#server.sendForObject(place, operations[verb])).object,
    );
    const key = `${namespace}/${name}`;
    if (outcome.value !== undefined) this.#model.note(outcome.value, { isDeletion: verb === "delete" });
    const isGuarded = verb !== "create" && resourceVersion !== undefined;
    this.#checks.push(() =>
      this.#checkWrite(key, outcome, { verb, guard: isGuarded ? resourceVersion : undefined, annotations }),
    );
  }

  /** A write has found what there was right before it; a refusal is true at some time of the request. */
  #checkWrite(
    key: string,
    { value, code, span }: Outcome<KubeObject>,
    write: {
      readonly verb: Step<"write">["verb"];
      readonly guard: string | undefined;
      readonly annotations: Readonly<Record<string, string>>;
    },
  ): void {
    const { verb, guard, annotations } = write;
    const isOther = (object: KubeObject | undefined): boolean => object?.metadata.resourceVersion !== guard;
    if (value !== undefined) {
      const revision = revisionOf(value);
      expect(revision).toBeWithin(span.from + 1, span.through + 1);
      const before = this.#model.at(revision - 1).get(key);
      expect(before === undefined).toBe(verb === "create");
      if (guard !== undefined) expect(isOther(before)).toBe(false);
      if (verb === "patch") {
        expect(value.metadata.annotations).toEqual({ ...before?.metadata.annotations, ...annotations });
      }
      return;
    }
    const isTrue = { 404: isAbsent, 409: verb === "create" ? isPresent : isOther }[code ?? 0];
    expect(isTrue !== undefined && this.#model.isEver(key, span, isTrue), `${verb} was refused`).toBe(true);
  }

  async #get({ object: { namespace, name }, back }: Step<"get">): Promise<void> {
    const options = back === undefined ? {} : { resourceVersion: String(this.#ago(back)) };
    const place = { kind: KIND, namespace, name } as const;
    const { span, value, code } = await this.#timed(
      async () => (await this.#server.sendForObject(place, { verb: "get", options })).object,
    );
    this.#checks.push(() => {
      const seen = value === undefined ? undefined : describe(value);
      if (value === undefined) expect(code).toBe(404);
      const isSeen = (object: KubeObject | undefined): boolean => (object && describe(object)) === seen;
      expect(this.#model.isEver(`${namespace}/${name}`, span, isSeen), `get ${String(seen)}`).toBe(true);
    });
  }

  async #list({ selected, mode, back }: Step<"list">): Promise<void> {
    const revision = this.#ago(back);
    const resourceVersion = String(revision);
    const modes: Readonly<Record<typeof mode, ListOptions>> = {
      newest: {},
      any: { resourceVersion: "0" },
      notOlder: { resourceVersion, resourceVersionMatch: "NotOlderThan" },
      exact: { resourceVersion, resourceVersionMatch: "Exact" },
    };
    const { span, value, code } = await this.#timed(() => this.#send(selected, modes[mode]));
    this.#checks.push(() => {
      if (value === undefined) {
        expect([code, mode]).toEqual([EXPIRED, "exact"]);
        expect(revision).toBeLessThan(this.#server.store.compactedRevision);
        return;
      }
      const shown = Number(value.metadata.resourceVersion);
      if (mode === "exact") expect(shown).toBe(revision);
      else expect(shown).toBeWithin(span.from, span.through + 1);
      expect(value.items.map((item) => describe(item))).toEqual([...this.#model.listAt(shown, selected)]);
    });
  }

  /** Reads page by page; where the state is forgotten meanwhile, what is left of the newest one. */
  async #page({ selected, limit }: Step<"page">): Promise<void> {
    let options: ListOptions = { limit };
    let seen: KubeObject[] = [];
    let after = "";
    for (;;) {
      const { value, code, error } = await this.#timed(() => this.#send(selected, options));
      if (value === undefined) {
        expect(code).toBe(EXPIRED);
        options = { limit, continue: error?.status.metadata.continue ?? "" };
        after = seen.length === 0 ? after : keyOf(seen.at(-1) as KubeObject);
        seen = [];
        continue;
      }
      seen.push(...value.items);
      const { continue: token, resourceVersion } = value.metadata;
      if (token !== undefined) {
        options = { limit, continue: token };
        // Others write meanwhile.
        await new Promise((resolve) => setImmediate(resolve));
        continue;
      }
      const [revision, start, objects] = [Number(resourceVersion), after, seen];
      this.#checks.push(() => {
        const wanted = this.#model
          .listAt(revision, selected)
          .filter((text) => text.slice(0, text.indexOf("@")) > start);
        expect(objects.map((object) => describe(object))).toEqual([...wanted]);
      });
      return;
    }
  }

  async #watch({ selected, mode, back }: Step<"watch">, last: WatchLog | undefined): Promise<WatchLog> {
    const isAgain = mode === "again" && last?.revision !== undefined;
    const revision = isAgain ? last.revision : this.#ago(back);
    if (isAgain) await last.close();
    const fromRevision: WatchOptions = { resourceVersion: String(revision) };
    const modes: Readonly<Record<typeof mode, WatchOptions>> = {
      present: {},
      revision: fromRevision,
      again: fromRevision,
      initial: { ...fromRevision, sendInitialEvents: true, resourceVersionMatch: "NotOlderThan" },
    };
    const seen = isAgain ? last.selected : selected;
    const from = this.#server.store.revision;
    const watch = await this.#server.watch(placeOf(seen), {
      ...selectorsOf(seen),
      ...modes[mode],
      allowWatchBookmarks: true,
    });
    const log = new WatchLog(watch, {
      selected: seen,
      start: mode === "present" || mode === "initial" ? undefined : revision,
      opened: { from, through: this.#server.store.revision },
    });
    this.#watches.push(log);
    return log;
  }

  async #send(selected: Selected, options: ListOptions) {
    const operation = { verb: "list", options: { ...selectorsOf(selected), ...options } } as const;
    return (await this.#server.sendForList(placeOf(selected), operation)).list;
  }

  async #read(namespace: string, name: string): Promise<KubeObject | undefined> {
    const { value } = await this.#timed(
      async () => (await this.#server.sendForObject({ kind: KIND, namespace, name }, { verb: "get" })).object,
    );
    return value;
  }

  async #timed<T>(request: () => Promise<T>): Promise<Outcome<T>> {
    const { store } = this.#server;
    const from = store.revision;
    try {
      const value = await request();
      return { value, span: { from, through: store.revision } };
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      return { code: error.status.code, error, span: { from, through: store.revision } };
    }
  }

  #ago(back: number): number {
    return Math.max(this.#base, this.#server.store.revision - back);
  }
}

const isAbsent = (object: KubeObject | undefined): boolean => object === undefined;
const isPresent = (object: KubeObject | undefined): boolean => object !== undefined;

function placeOf({ namespace }: Selected): Place {
  return { kind: KIND, ...(namespace !== undefined && { namespace }) };
}

function selectorsOf({ labelSelector, fieldSelector }: Selected) {
  return {
    ...(labelSelector !== undefined && { labelSelector }),
    ...(fieldSelector !== undefined && { fieldSelector }),
  };
}
