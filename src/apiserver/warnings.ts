/** Texts for `Warning:` headers, each at most once (apiserver `pkg/warning`). */
export class Warnings {
  readonly #texts = new Set<string>();

  add(...texts: readonly string[]): void {
    for (const text of texts) this.#texts.add(text);
  }

  list(): readonly string[] {
    return [...this.#texts];
  }
}
