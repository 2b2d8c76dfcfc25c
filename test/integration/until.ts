/** How long other tasks and processes may take until what a test waits for has happened. */
const PATIENCE_MS = 20_000;

/** Waits for what happens elsewhere, such as at the other end of a connection. Rejects when it does not. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const signal = AbortSignal.timeout(PATIENCE_MS);
  while (!(await condition())) {
    if (signal.aborted) throw new Error(`Did not happen: ${condition.toString()}`);
    await Bun.sleep(2);
  }
}
