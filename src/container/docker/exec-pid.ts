import { type Clock, systemClock } from "#base/clock.ts";

/** What the engine says of an exec. */
export interface ExecState {
  readonly Running: boolean;
  readonly Pid: number;
}

const ASK_AGAIN_MS = 10;
const MAX_QUESTIONS = 200;

/**
 * The process of an exec by its number on the host; 0 when it has ended. The engine calls an exec running, and passes on
 * what it prints, a moment before it says which process that is.
 */
export async function execPid(
  inspect: () => Promise<ExecState>,
  clock: Pick<Clock, "sleep"> = systemClock,
): Promise<number> {
  for (let question = 0; question < MAX_QUESTIONS; question += 1) {
    const { Running, Pid } = await inspect();
    if (!Running) return 0;
    if (Pid !== 0) return Pid;
    await clock.sleep(ASK_AGAIN_MS);
  }
  return 0;
}
