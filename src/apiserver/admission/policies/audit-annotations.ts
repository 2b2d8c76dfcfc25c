/** How much of a value is kept (apiserver `plugin/policy/validating/dispatcher.go`). */
const MAX_VALUE_LENGTH = 10 * 1024;

/** The audit annotations of policies: several bindings may give several values for one. */
export class PolicyAnnotations {
  readonly #values = new Map<string, Set<string>>();

  add(policy: string, key: string, value: string): void {
    const name = `${policy}/${key}`;
    const values = this.#values.get(name) ?? new Set();
    this.#values.set(name, values.add(value.slice(0, MAX_VALUE_LENGTH)));
  }

  publish(annotate: (key: string, value: string) => void): void {
    for (const [name, values] of this.#values) annotate(name, [...values].join(", "));
  }
}
