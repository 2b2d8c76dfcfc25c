/** The revisions that read requests name (https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions). */
import { formatFieldError, invalid as invalidValue } from "#apimachinery/field-error.ts";
import { quote } from "#apimachinery/go-text.ts";
import { tooLargeResourceVersion, unclassified } from "#apimachinery/status-error.ts";
import type { Clock } from "#base/clock.ts";
import { LinkedAbort } from "#base/linked-abort.ts";
import type { Store } from "#store/store.ts";

/** How long a request waits for a revision that is yet to come (apiserver `cacher.blockTimeout`). */
const WAIT_MS = 3000;

/** The largest number that upstream reads as a revision. */
const MAX_REVISION = 2n ** 64n - 1n;

export interface WaitDependencies {
  readonly store: Store;
  readonly clock: Clock;
}

/**
 * The revision that a `resourceVersion` parameter names; 0, which means any, for absent, empty and "0". Throws
 * what `refuse` makes of the problem for anything but a number: upstream has only lists call it a bad request.
 */
export function parseRevision(
  text: string | undefined,
  refuse: (problem: string) => Error = unclassified,
): number {
  if (text === undefined || text === "") return 0;
  const isNumber = /^[0-9]+$/.test(text);
  if (isNumber && BigInt(text) <= MAX_REVISION) return Number(text);
  // The end of the message is that of Go's strconv.ParseUint.
  const reason = isNumber ? "value out of range" : "invalid syntax";
  const error = invalidValue("resourceVersion", text, `strconv.ParseUint: parsing ${quote(text)}: ${reason}`);
  throw refuse(formatFieldError(error));
}

/**
 * Returns when reads are as new as `resourceVersion` asks: the newest state without one, any state for "0", at
 * least that revision for any other. Throws Timeout for a revision that no server has reached.
 */
export async function waitForRevision(
  dependencies: WaitDependencies,
  resourceVersion: string | undefined,
  signal: AbortSignal,
): Promise<void> {
  const { store } = dependencies;
  const wanted = parseRevision(resourceVersion);
  const isConsistent = resourceVersion === undefined || resourceVersion === "";
  if (!isConsistent && wanted <= store.revision) return;
  await store.sync(signal);
  if (wanted <= store.revision || (await isReached(dependencies, wanted, signal))) return;
  throw tooLargeResourceVersion(BigInt(resourceVersion ?? "").toString(), String(store.revision));
}

/** Whether the store gets there while a request waits. */
async function isReached(
  { store, clock }: WaitDependencies,
  revision: number,
  signal: AbortSignal,
): Promise<boolean> {
  using stop = new LinkedAbort(signal);
  using _timer = clock.after(WAIT_MS, () => stop.abort());
  const changes = store.watch("", { afterRevision: revision - 1, signal: stop.signal });
  for await (const _ of changes) return true;
  signal.throwIfAborted();
  return store.revision >= revision;
}
