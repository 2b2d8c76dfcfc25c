/** The revisions that read requests name (https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions). */
import { formatFieldError, invalid as invalidValue } from "#apimachinery/field-error.ts";
import { quote } from "#apimachinery/go-text.ts";
import { badRequest, tooLargeResourceVersion } from "#apimachinery/status-error.ts";
import type { Store } from "#store/store.ts";

/**
 * The revision that a `resourceVersion` parameter names; 0, which means any, for absent, empty and "0". Throws
 * BadRequest for anything but a number.
 */
export function parseRevision(text: string | undefined): number {
  if (text === undefined || text === "" || text === "0") return 0;
  const isNumber = /^[0-9]+$/.test(text);
  const revision = isNumber ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(revision)) return revision;
  // The end of the message is that of Go's strconv.ParseUint.
  const reason = isNumber ? "value out of range" : "invalid syntax";
  const error = invalidValue("resourceVersion", text, `strconv.ParseUint: parsing ${quote(text)}: ${reason}`);
  throw badRequest(`invalid resource version: ${formatFieldError(error)}`);
}

/**
 * Returns when reads are as new as `resourceVersion` asks: the newest state without one, any state for "0", at
 * least that revision for any other. Throws Timeout for a revision that no server has reached.
 */
export async function waitForRevision(
  store: Store,
  resourceVersion: string | undefined,
  signal: AbortSignal,
): Promise<void> {
  const wanted = parseRevision(resourceVersion);
  const isConsistent = resourceVersion === undefined || resourceVersion === "";
  if (!isConsistent && wanted <= store.revision) return;
  await store.sync(signal);
  if (wanted > store.revision) throw tooLargeResourceVersion(String(wanted), String(store.revision));
}
