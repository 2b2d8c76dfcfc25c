import { parseManagedFields } from "#apimachinery/apply/managed-fields.ts";
import type { ObjectMeta } from "#apimachinery/generated/meta-v1.ts";
import type { KubeObject } from "#apimachinery/meta.ts";
import { StatusError } from "#apimachinery/status-error.ts";
import { omit } from "#base/omit.ts";
import type { AdmissionMetrics, AdmissionTimer } from "./admission-metrics.ts";
import {
  type AdmissionEnvironment,
  type AdmissionPlugin,
  type AdmissionRequest,
  admissionTarget,
} from "./admission-plugin.ts";
import { Reinvocation } from "./reinvocation.ts";

/** Who is asked about requests of one kind, and how long that takes. */
interface Target {
  readonly plugins: readonly TimedPlugin[];
  readonly mutation: AdmissionTimer;
  readonly validation: AdmissionTimer;
}

interface TimedPlugin extends Pick<AdmissionPlugin, "mutate" | "validate"> {
  readonly mutation: AdmissionTimer;
  readonly validation: AdmissionTimer;
}

/** Runs the plugins in their order. The first refusal ends the request. */
export class AdmissionChain {
  readonly #plugins: readonly AdmissionPlugin[];
  readonly #environment: AdmissionEnvironment;
  readonly #metrics: AdmissionMetrics;
  readonly #byTarget = new Map<string, Target>();

  constructor(
    plugins: readonly AdmissionPlugin[],
    environment: AdmissionEnvironment,
    metrics: AdmissionMetrics,
  ) {
    this.#plugins = plugins;
    this.#environment = environment;
    this.#metrics = metrics;
  }

  /** A chain of other plugins in the same environment. */
  withPlugins(plugins: readonly AdmissionPlugin[]): AdmissionChain {
    return new AdmissionChain(plugins, this.#environment, this.#metrics);
  }

  /** The object as the plugins want it. Throws the StatusError of a plugin that refuses it. */
  async mutate(request: AdmissionRequest & { readonly object: KubeObject }): Promise<KubeObject> {
    const mutated = await this.#mutate(request);
    // Plugins change objects, and never take them away.
    return keepManagedFields(mutated as KubeObject, request);
  }

  /** Asks about an object that is to go, which plugins with mutations are asked about, too. */
  async admitDeletion(request: AdmissionRequest): Promise<void> {
    await this.#mutate(request);
    await this.validate(request);
  }

  /** Throws the StatusError of a plugin that refuses the request. */
  async validate(request: AdmissionRequest): Promise<void> {
    const { plugins, validation } = this.#targetOf(request);
    await validation.time(async () => {
      for (const plugin of plugins) {
        const { validate } = plugin;
        if (validate === undefined) continue;
        const result = plugin.validation.time(() => validate(request, this.#environment));
        const refusal = result instanceof Promise ? await result : result;
        if (refusal !== undefined) throw refusal;
      }
    });
  }

  /** All plugins mutate again when one has changed what others of them have asked to see again. */
  async #mutate(request: AdmissionRequest): Promise<KubeObject | undefined> {
    const { plugins, mutation } = this.#targetOf(request);
    return await mutation.time(async () => {
      const reinvocation = new Reinvocation();
      const object = await this.#mutateOnce(plugins, { ...request, reinvocation });
      if (!reinvocation.isWanted) return object;
      reinvocation.isSecondRound = true;
      return await this.#mutateOnce(plugins, { ...request, ...(object && { object }), reinvocation });
    });
  }

  async #mutateOnce(
    plugins: readonly TimedPlugin[],
    request: AdmissionRequest,
  ): Promise<KubeObject | undefined> {
    let current = request;
    for (const plugin of plugins) {
      const { mutate } = plugin;
      if (mutate === undefined) continue;
      const result = plugin.mutation.time(() => mutate(current, this.#environment));
      const mutation = result instanceof Promise ? await result : result;
      if (mutation instanceof StatusError) throw mutation;
      if (mutation !== undefined && mutation !== current.object) current = { ...current, object: mutation };
    }
    return current.object;
  }

  #targetOf(request: AdmissionRequest): Target {
    const { operation } = request;
    const name = admissionTarget(request);
    const key = `${operation} ${name}`;
    const known = this.#byTarget.get(key);
    if (known !== undefined) return known;
    const metrics = this.#metrics;
    const plugins = this.#plugins.filter(
      ({ operations, resources }) =>
        operations.includes(operation) && (resources.includes("*") || resources.includes(name)),
    );
    const target: Target = {
      plugins: plugins.map(({ mutate, validate, ...plugin }) => ({
        ...(mutate && { mutate }),
        ...(validate && { validate }),
        mutation: metrics.plugin(plugin.name, "admit", operation),
        validation: metrics.plugin(plugin.name, "validate", operation),
      })),
      mutation: metrics.step("admit", operation),
      validation: metrics.step("validate", operation),
    };
    this.#byTarget.set(key, target);
    return target;
  }
}

/** Takes back what makes no sense of a change of `managedFields` (apiserver `endpoints/handlers/fieldmanager/admission.go`). */
function keepManagedFields(
  mutated: KubeObject,
  { object, warn }: AdmissionRequest & { readonly object: KubeObject },
): KubeObject {
  // A review has no metadata to speak of.
  const { managedFields: before } = (object.metadata as ObjectMeta | undefined) ?? {};
  const { managedFields: after } = (mutated.metadata as ObjectMeta | undefined) ?? {};
  if (after === before) return mutated;
  try {
    parseManagedFields(after);
    return mutated;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    warn(
      `.metadata.managedFields was in an invalid state after admission; this could be caused by an outdated mutating admission controller; please fix your requests: ${error.message}`,
    );
    const metadata = omit(mutated.metadata, "managedFields");
    return { ...mutated, metadata: { ...metadata, ...(before !== undefined && { managedFields: before }) } };
  }
}
