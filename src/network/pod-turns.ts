/** Has what is done for one pod wait for each other. */
export class PodTurns {
  /** The end of what is being done for a pod. */
  readonly #busy = new Map<string, Promise<unknown>>();

  async take<T>(podUid: string, action: () => Promise<T>): Promise<T> {
    const before = this.#busy.get(podUid) ?? Promise.resolve();
    const result = before.then(action, action);
    this.#busy.set(podUid, result);
    try {
      return await result;
    } finally {
      if (this.#busy.get(podUid) === result) this.#busy.delete(podUid);
    }
  }

  async settled(): Promise<void> {
    await Promise.allSettled(this.#busy.values());
  }
}
