import type { ListMeta } from "#apimachinery/generated/meta-v1.ts";
import type { ListOptions } from "#apimachinery/request.ts";
import { badRequest, expired, StatusError } from "#apimachinery/status-error.ts";
import type { Entry, Listing, Store } from "#store/store.ts";
import { StoreError } from "#store/store-error.ts";
import { decodeContinue, encodeContinue } from "./continue-token.ts";
import { parseRevision, type WaitDependencies, waitForRevision } from "./read-revision.ts";

const LIST_TOO_OLD = "The resourceVersion for the provided list is too old.";
const CONTINUE_TOO_OLD =
  "The provided continue parameter is too old to display a consistent list result. You can start a new list without " +
  "the continue parameter, or use the continue token in this response to retrieve the remainder of the results. " +
  "Continuing with the provided token results in an inconsistent list - objects that were created, modified, or " +
  "deleted between the time the first chunk was returned and now may show up in the list.";

/** A newest state may be continued from, where the token's own revision is gone. */
const NEWEST = -1;

/** Selectors that leave little over make pages grow up to this many entries. */
const MAX_PAGE_ENTRIES = 10_000;

export interface CollectionQuery {
  /** All keys of the collection start with it. */
  readonly prefix: string;
  /** Absent when every entry is wanted. */
  readonly isSelected?: (entry: Entry) => boolean;
  /** To be waited for before `isSelected` is asked about these entries. */
  readonly prepare?: (entries: readonly Entry[]) => Promise<void> | undefined;
}

export interface Collection {
  readonly entries: readonly Entry[];
  readonly metadata: ListMeta;
}

type PageOptions = Pick<ListOptions, "resourceVersion" | "resourceVersionMatch" | "limit" | "continue">;

/**
 * Reads a collection or one page of it, with the semantics of `resourceVersion`, `limit` and `continue`. All pages
 * of one list show the same revision. Throws Expired when that revision has been compacted.
 */
export async function readCollection(
  dependencies: WaitDependencies,
  query: CollectionQuery,
  options: PageOptions,
  signal: AbortSignal,
): Promise<Collection> {
  const { atLeast, exactly, after } = planRead(query.prefix, options);
  await waitForRevision(dependencies, atLeast, signal);
  const { store } = dependencies;
  try {
    return await readFrom(store, query, { revision: exactly ?? store.revision, after }, limitOf(options));
  } catch (error) {
    throw listError(error, query.prefix, after);
  }
}

/** Which revision a list is to show, and behind which key it starts. */
interface ReadPlan {
  /** See `waitForRevision`. */
  readonly atLeast: string | undefined;
  /** Absent when the newest revision will do. */
  readonly exactly?: number;
  readonly after?: string;
}

/** Throws BadRequest for what cannot be read. */
function planRead(prefix: string, options: PageOptions): ReadPlan {
  const { resourceVersion = "", resourceVersionMatch, limit = 0, continue: token = "" } = options;
  if (token !== "") {
    const { revision, after } = decodeContinue(token, prefix);
    if (resourceVersion !== "" && resourceVersion !== "0") {
      throw badRequest("specifying resource version is not allowed when using continue");
    }
    return revision > 0
      ? { atLeast: String(revision), exactly: revision, after }
      : { atLeast: undefined, after };
  }
  const wanted = parseRevision(resourceVersion, (problem) =>
    badRequest(`invalid resource version: ${problem}`),
  );
  const isExact = resourceVersionMatch === "Exact";
  // A limit without a match has always meant exactly this revision.
  const isLegacyExact = resourceVersionMatch === undefined && limit > 0 && wanted > 0;
  return { atLeast: resourceVersion, ...((isExact || isLegacyExact) && { exactly: wanted }) };
}

/** Lists of any state are not cut into pages (apiserver `cacher.computeListLimit`). */
function limitOf({ resourceVersion, limit = 0 }: PageOptions): number {
  return resourceVersion === "0" ? 0 : Math.max(0, limit);
}

/** A state, and the key behind which a page of it starts. */
interface Start {
  readonly revision: number;
  readonly after: string | undefined;
}

async function readFrom(
  store: Store,
  query: CollectionQuery,
  start: Start,
  limit: number,
): Promise<Collection> {
  const { isSelected, prepare } = query;
  const first = await readPage(store, query.prefix, start, limit);
  if (isSelected === undefined || prepare === undefined)
    return toCollection(first, query.prefix, first.entries, first.remaining);
  await prepare(first.entries);
  if (limit === 0) return toCollection(first, query.prefix, first.entries.filter(isSelected));
  return await readSelected(store, { ...query, isSelected, prepare }, first, limit);
}

/** Reads on until `limit` entries are selected; behind them there may be none that is. */
async function readSelected(
  store: Store,
  { prefix, isSelected, prepare }: Required<CollectionQuery>,
  first: Listing,
  limit: number,
): Promise<Collection> {
  const selected: Entry[] = [];
  let pageSize = limit;
  for (let page = first; ; ) {
    for (const [index, entry] of page.entries.entries()) {
      if (isSelected(entry)) selected.push(entry);
      const isLast = index === page.entries.length - 1 && page.remaining === 0;
      if (selected.length === limit && !isLast) {
        return { entries: selected, metadata: listMeta(page.revision, prefix, entry.key) };
      }
    }
    const after = page.entries.at(-1)?.key;
    if (page.remaining === 0 || after === undefined) return toCollection(page, prefix, selected);
    pageSize = Math.min(pageSize * 2, MAX_PAGE_ENTRIES);
    page = await readPage(store, prefix, { revision: page.revision, after }, pageSize);
    await prepare(page.entries);
  }
}

async function readPage(store: Store, prefix: string, start: Start, limit: number): Promise<Listing> {
  const { revision, after } = start;
  const options = { ...(after !== undefined && { after }), ...(limit > 0 && { limit }) };
  return revision === store.revision
    ? store.list(prefix, options)
    : await store.listAt(prefix, revision, options);
}

/** `remaining` is only told when nothing is filtered: entries that are not selected do not count. */
function toCollection(page: Listing, prefix: string, entries: readonly Entry[], remaining = 0): Collection {
  const last = entries.at(-1);
  if (remaining === 0 || last === undefined) {
    return { entries, metadata: { resourceVersion: String(page.revision) } };
  }
  const metadata = { ...listMeta(page.revision, prefix, last.key), remainingItemCount: remaining };
  return { entries, metadata };
}

function listMeta(revision: number, prefix: string, after: string): ListMeta {
  return { resourceVersion: String(revision), continue: encodeContinue({ revision, after }, prefix) };
}

function listError(error: unknown, prefix: string, after: string | undefined): unknown {
  if (!(error instanceof StoreError) || error.detail.code !== "compacted") return error;
  if (after === undefined) return expired(LIST_TOO_OLD);
  const { status } = expired(CONTINUE_TOO_OLD);
  const token = encodeContinue({ revision: NEWEST, after }, prefix);
  return new StatusError({ ...status, metadata: { continue: token } });
}
