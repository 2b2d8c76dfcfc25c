/**
 * Calls `run` for every item, one at first and then twice as many at a time, and starts no more once one has failed:
 * a thousand pods that cannot be created cost one refused request, not a thousand (upstream `slowStartBatch`).
 * Returns the failures of the last batch, in order.
 */
export async function slowStart<T>(
  items: readonly T[],
  run: (item: T) => Promise<void>,
): Promise<readonly { readonly item: T; readonly error: unknown }[]> {
  let done = 0;
  for (let size = 1; done < items.length; size *= 2) {
    const batch = items.slice(done, done + size);
    const outcomes = await Promise.allSettled(batch.map(run));
    const failures = outcomes.flatMap((outcome, index) =>
      outcome.status === "rejected" ? [{ item: batch[index] as T, error: outcome.reason as unknown }] : [],
    );
    if (failures.length > 0) return failures;
    done += batch.length;
  }
  return [];
}
