import { type Check, type FuzzTarget, isStackOverflow } from "./target.ts";

/** What an input led to. `trait` is the same for inputs that were refused, or failed, for the same reason. */
export type Outcome =
  | { readonly type: "accepted" }
  | { readonly type: "refused"; readonly trait: string }
  | { readonly type: "failed"; readonly trait: string; readonly detail: string };

const ACCEPTED: Outcome = { type: "accepted" };

/** Runs inputs through the check of a target. */
export class InputRunner {
  readonly #target: FuzzTarget;
  readonly #check: Check<Buffer>;

  constructor(target: FuzzTarget, check: Check<Buffer>) {
    this.#target = target;
    this.#check = check;
  }

  async run(input: Buffer): Promise<Outcome> {
    const start = performance.now();
    const outcome = await this.#judge(input);
    const isSlow = performance.now() - start > this.#target.maxMs;
    return isSlow && outcome.type !== "failed" ? this.#judgeSlow(input, outcome) : outcome;
  }

  async #judge(input: Buffer): Promise<Outcome> {
    let laws: (() => void) | undefined;
    try {
      const checked = this.#check(input);
      laws = checked instanceof Promise ? await checked : checked;
    } catch (error) {
      const isRefusal = this.#target.refusals.some((refusal) => error instanceof refusal);
      return isRefusal && !isStackOverflow(error)
        ? { type: "refused", trait: traitOf(error) }
        : failureOf(error);
    }
    try {
      laws?.();
      return ACCEPTED;
    } catch (error) {
      return failureOf(error);
    }
  }

  /** Other programs may have had the processor: time counts only if it is the input's own, every time. */
  async #judgeSlow(input: Buffer, outcome: Outcome): Promise<Outcome> {
    let least = Number.POSITIVE_INFINITY;
    for (let count = 0; count < 3; count += 1) least = Math.min(least, await this.#cpuMs(input));
    if (least <= this.#target.maxMs) return outcome;
    const detail = `Takes ${least.toFixed(0)} ms of the processor for ${String(input.length)} bytes`;
    return { type: "failed", trait: "takes too long", detail };
  }

  async #cpuMs(input: Buffer): Promise<number> {
    const before = process.cpuUsage();
    await this.#judge(input);
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  }
}

function failureOf(error: unknown): Outcome {
  const { stack = "" } = error instanceof Error ? error : { stack: Bun.inspect(error) };
  return {
    type: "failed",
    trait: `${traitOf(error)} ${placeOf(stack)}`,
    detail: `${String(error)}\n${stack}`,
  };
}

/** An error without what differs between inputs: numbers, quoted parts and names. */
function traitOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const [line = ""] = error.message.slice(0, 400).split("\n");
  const shape = line.replace(/"(?:[^"\\]|\\.)*"|'[^']*'|\{.*|\[.*|[0-9a-f]*\d[0-9a-f]*/g, "_").slice(0, 120);
  return `${error.name}: ${shape}`;
}

/** Where in the sources of the server an error was thrown. */
function placeOf(stack: string): string {
  return /\/src\/([^\s:)]+:\d+)/.exec(stack)?.[1] ?? "";
}
