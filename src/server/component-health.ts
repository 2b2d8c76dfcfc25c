import type { Component } from "#apiserver/components/component-statuses.ts";
import type { Store } from "#store/store.ts";

/** Which parts of the control plane run in this process. */
export class ComponentHealth {
  readonly #running = new Set<string>();

  /** Says that a part runs, until the result is disposed. */
  run(name: string): Disposable {
    this.#running.add(name);
    return { [Symbol.dispose]: () => void this.#running.delete(name) };
  }

  /** The parts under the names that upstream gives them. Here the store takes the place of the first etcd. */
  parts(store: Store): readonly Component[] {
    const parts = ["scheduler", "controller-manager"].map((name) => this.#part(name));
    return [...parts, { name: "etcd-0", check: () => store.sync() }];
  }

  /** A part that is well while it runs. */
  #part(name: string): Component {
    const check = (): void => {
      if (!this.#running.has(name)) throw new Error(`${name} is not running`);
    };
    return { name, check };
  }
}
