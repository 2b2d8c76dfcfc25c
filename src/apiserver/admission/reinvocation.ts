/** What the second round of mutations goes by (apiserver `admission.ReinvocationContext`). */
export class Reinvocation {
  /** Whether this is the second round. */
  isSecondRound = false;
  /** Whether something has changed the object after others have looked at it. */
  isWanted = false;
  readonly #rounds = new Map<string, PluginRounds>();

  /** What a plugin remembers from the first round to the second. */
  of(plugin: string): PluginRounds {
    const rounds = this.#rounds.get(plugin) ?? new PluginRounds();
    this.#rounds.set(plugin, rounds);
    return rounds;
  }
}

/** Which of the webhooks, or policies, of a plugin want to see the object again. */
export class PluginRounds {
  /** The object when the plugin was through with it. */
  lastOutput: unknown;
  #invoked = new Set<string>();
  readonly #again = new Set<string>();

  /** Notes that one has been called which wants to be called again. */
  add(id: string): void {
    this.#invoked.add(id);
  }

  /** The object has changed: all that have been called so far are to be called again. */
  repeatAll(): void {
    for (const id of this.#invoked) this.#again.add(id);
    this.#invoked = new Set();
  }

  isRepeated(id: string): boolean {
    return this.#again.has(id);
  }
}
