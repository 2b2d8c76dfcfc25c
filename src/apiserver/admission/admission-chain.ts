import type { KubeObject } from "#apimachinery/meta.ts";
import { StatusError } from "#apimachinery/status-error.ts";
import {
  type AdmissionEnvironment,
  type AdmissionPlugin,
  type AdmissionRequest,
  admissionTarget,
} from "./admission-plugin.ts";

/** Runs the plugins in their order. The first refusal ends the request. */
export class AdmissionChain {
  readonly #plugins: readonly AdmissionPlugin[];
  readonly #environment: AdmissionEnvironment;
  readonly #byTarget = new Map<string, readonly AdmissionPlugin[]>();

  constructor(plugins: readonly AdmissionPlugin[], environment: AdmissionEnvironment) {
    this.#plugins = plugins;
    this.#environment = environment;
  }

  /** A chain of other plugins in the same environment. */
  withPlugins(plugins: readonly AdmissionPlugin[]): AdmissionChain {
    return new AdmissionChain(plugins, this.#environment);
  }

  /** The object as the plugins want it. Throws the StatusError of a plugin that refuses it. */
  async mutate(request: AdmissionRequest & { readonly object: KubeObject }): Promise<KubeObject> {
    let { object } = request;
    for (const { mutate } of this.#pluginsFor(request)) {
      if (mutate === undefined) continue;
      const result = await mutate({ ...request, object }, this.#environment);
      if (result instanceof StatusError) throw result;
      object = result ?? object;
    }
    return object;
  }

  /** Throws the StatusError of a plugin that refuses the request. */
  async validate(request: AdmissionRequest): Promise<void> {
    for (const { validate } of this.#pluginsFor(request)) {
      const refusal = await validate?.(request, this.#environment);
      if (refusal !== undefined) throw refusal;
    }
  }

  #pluginsFor(request: AdmissionRequest): readonly AdmissionPlugin[] {
    const target = admissionTarget(request);
    const key = `${request.operation} ${target}`;
    const known = this.#byTarget.get(key);
    if (known !== undefined) return known;
    const plugins = this.#plugins.filter(
      ({ operations, resources }) =>
        operations.includes(request.operation) && (resources.includes("*") || resources.includes(target)),
    );
    this.#byTarget.set(key, plugins);
    return plugins;
  }
}
