import type { Container } from "dockerode";
import { type Clock, systemClock } from "#base/clock.ts";

/** An engine that does not answer is asked again after so long. */
const ASK_AGAIN_MS = 1000;

/** Resolves when a container has ended, is gone, or the signal aborts. Its log is complete then. Never rejects. */
export async function containerEnd(
  container: Pick<Container, "wait">,
  signal: AbortSignal,
  clock: Clock = systemClock,
): Promise<void> {
  while (!signal.aborted) {
    try {
      await container.wait({ abortSignal: signal });
      return;
    } catch (error) {
      if ((error as { readonly statusCode?: number }).statusCode === 404) return;
      await clock.sleep(ASK_AGAIN_MS, signal).catch(() => undefined);
    }
  }
}
