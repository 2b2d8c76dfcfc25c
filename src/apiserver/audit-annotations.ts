/** What is to be said of a request in its audit event. A key keeps its first value (apiserver `pkg/audit`). */
export class AuditAnnotations {
  readonly #values = new Map<string, string>();

  add(key: string, value: string): void {
    if (!this.#values.has(key)) this.#values.set(key, value);
  }

  entries(): ReadonlyMap<string, string> {
    return this.#values;
  }
}
