/** Those who want to hear of changes. */
export class Listeners<T extends readonly unknown[] = []> {
  readonly #all = new Set<(...change: T) => void>();

  /** Calls `listener` with every change until the result is disposed. */
  add(listener: (...change: T) => void): Disposable {
    this.#all.add(listener);
    return { [Symbol.dispose]: () => void this.#all.delete(listener) };
  }

  tell(...change: T): void {
    for (const listener of this.#all) listener(...change);
  }
}
