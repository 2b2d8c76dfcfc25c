import { expect } from "bun:test";
import type { KubeObject } from "#apimachinery/meta.ts";
import type { EncodedWatchEvent } from "#apiserver/pipeline.ts";
import type { RunningWatch } from "../running-watch.ts";
import { describe, type HistoryModel, revisionOf, type Selected, type Span } from "./history-model.ts";

export interface WatchLogOptions {
  readonly selected: Selected;
  /** After which revision it starts; absent when the present state comes first. */
  readonly start: number | undefined;
  /** When it was opened. */
  readonly opened: Span;
}

/** What a client has seen of a watch with bookmarks, to be compared with the history in the end. */
export class WatchLog {
  readonly selected: Selected;
  readonly #watch: RunningWatch;
  readonly #start: number | undefined;
  readonly #opened: Span;
  #isClosed = false;

  constructor(watch: RunningWatch, { selected, start, opened }: WatchLogOptions) {
    this.selected = selected;
    this.#watch = watch;
    this.#start = start;
    this.#opened = opened;
  }

  /** The newest revision that the client knows; undefined before the first state has arrived. */
  get revision(): number | undefined {
    const last = this.#watch.events.findLast(({ type }) => type !== "ERROR");
    return last === undefined ? this.#start : revisionOf(last.object as KubeObject);
  }

  /** Whether nothing more can come before the history goes on. */
  isComplete(revision: number): boolean {
    return this.#isClosed || this.#watch.ended || this.revision === revision;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#watch[Symbol.asyncDispose]();
  }

  /** `compacted` is the oldest revision that is still known. */
  check(model: HistoryModel, compacted: number): void {
    const { events } = this.#watch;
    const error = events.find(({ type }) => type === "ERROR");
    if (error !== undefined) {
      expect(error.object).toMatchObject({ code: 410, reason: "Expired" });
      expect(this.#start ?? compacted, "only what is forgotten is too old").toBeLessThan(compacted);
    }
    const shown = events.filter(({ type }) => type !== "ERROR");
    if (this.#start !== undefined) this.#checkEvents(model, this.#start, shown);
    else if (shown.length > 0) this.#checkFromPresent(model, shown);
  }

  /** The present state comes as additions, and a bookmark says of which revision it was. */
  #checkFromPresent(model: HistoryModel, shown: readonly EncodedWatchEvent[]): void {
    const end = shown.findIndex(({ type }) => type === "BOOKMARK");
    const bookmark = shown[end]?.object as KubeObject;
    expect(bookmark.metadata.annotations).toEqual({ "k8s.io/initial-events-end": "true" });
    const revision = revisionOf(bookmark);
    expect(revision).toBeWithin(this.#opened.from, this.#opened.through + 1);
    expect(shown.slice(0, end).map(line)).toEqual(
      model.listAt(revision, this.selected).map((text) => `ADDED ${text}`),
    );
    this.#checkEvents(model, revision, shown.slice(end + 1));
  }

  /** Every event of the history comes in its order, and a bookmark behind all that are not newer than it. */
  #checkEvents(model: HistoryModel, start: number, shown: readonly EncodedWatchEvent[]): void {
    const wanted = model.eventsAfter(start, this.selected);
    const changes = shown.filter(({ type }) => type !== "BOOKMARK").map(line);
    const isCut = this.#isClosed || this.#watch.ended;
    expect(changes).toEqual(isCut ? wanted.slice(0, changes.length) : [...wanted]);
    for (const [index, { type, object }] of shown.entries()) {
      if (type !== "BOOKMARK") continue;
      const before = shown.slice(0, index).filter((event) => event.type !== "BOOKMARK").length;
      const revision = revisionOf(object as KubeObject);
      expect(model.eventsAfter(start, this.selected, revision)).toHaveLength(before);
    }
  }
}

function line({ type, object }: EncodedWatchEvent): string {
  return `${type} ${describe(object as KubeObject)}`;
}
