import type { Pod } from "#api/generated/core-v1.ts";
import { podReferences } from "../objects/pod-references.ts";
import type { PodAction, WaitingReason } from "../plan/pod-action.ts";
import { type ActionFailure, SANDBOX_FAILURE } from "../plan/pod-view.ts";
import { attachNetwork, createSandbox } from "./create-sandbox.ts";
import type { PodServices } from "./pod-services.ts";
import { startContainer } from "./start-container.ts";
import { StartError } from "./start-error.ts";
import { stopContainers } from "./stop-containers.ts";

export interface ActionContext {
  readonly pod: Pod;
  readonly signal: AbortSignal;
}

/** What fails is tried again after this time and up to half of it more (`backOffPeriod`). */
const RETRY_MS = 10_000;
const RETRY_JITTER = 0.5;

/** Performs what was planned for one pod, and remembers what failed and what the pod was given. */
export class ActionRunner {
  readonly #services: PodServices;
  readonly #failures = new Map<string, ActionFailure>();
  #podIPs: readonly string[] = [];
  #isCleanedUp = false;

  constructor(services: PodServices) {
    this.#services = services;
  }

  /** By container name. */
  get failures(): ReadonlyMap<string, ActionFailure> {
    return this.#failures;
  }

  get podIPs(): readonly string[] {
    return this.#podIPs;
  }

  get isCleanedUp(): boolean {
    return this.#isCleanedUp;
  }

  /** Why containers do not run, as far as it is because something failed. */
  reasons(): readonly (readonly [string, WaitingReason])[] {
    return [...this.#failures]
      .filter(([name]) => name !== SANDBOX_FAILURE)
      .map(([name, { reason, message }]) => [name, { reason, message }]);
  }

  /** Lets what failed for this reason, or for any, be tried at once. */
  forgetFailures(reason?: string): void {
    for (const [name, failure] of this.#failures) {
      if (reason === undefined || failure.reason === reason) this.#failures.delete(name);
    }
  }

  retryAt(): number {
    const { clock, random } = this.#services;
    return clock.now() + RETRY_MS * (1 + RETRY_JITTER * random());
  }

  /** In their order. A container that cannot be started does not keep others from it; anything else does. */
  async run(actions: readonly PodAction[], context: ActionContext): Promise<void> {
    for (const action of actions) {
      if (context.signal.aborted) return;
      try {
        await this.#perform(action, context);
      } catch (error) {
        if (context.signal.aborted) return;
        this.#note(action, context.pod, error);
        if (action.type !== "startContainer") return;
      }
    }
  }

  async #perform(action: PodAction, { pod, signal }: ActionContext): Promise<void> {
    const { runtime } = this.#services;
    switch (action.type) {
      case "mountVolumes":
        this.#mountVolumes(pod);
        return;
      case "createSandbox":
        this.#podIPs = await createSandbox(pod, action.attempt, this.#services);
        this.#failures.delete(SANDBOX_FAILURE);
        return;
      case "attachNetwork":
        this.#podIPs = await attachNetwork(pod, action.sandbox, this.#services);
        return;
      case "stopSandbox":
        await runtime.stopSandbox(action.sandboxId, signal);
        return;
      case "removeSandbox":
        await runtime.removeSandbox(action.sandboxId, signal);
        return;
      case "removeContainer":
        await runtime.removeContainer(action.containerId, signal);
        return;
      case "stopContainers":
        await stopContainers({ pod, stops: action.stops, podIP: this.#podIPs[0], signal }, this.#services);
        return;
      case "startContainer":
        await startContainer({ pod, start: action.start, podIPs: this.#podIPs, signal }, this.#services);
        this.#failures.delete(action.start.container.name);
        return;
      case "cleanUp":
        await this.#cleanUp(pod);
        return;
    }
  }

  #mountVolumes(pod: Pod): void {
    const { objects, volumes } = this.#services;
    objects.register(pod.metadata.uid, podReferences(pod));
    volumes.mount(pod);
  }

  /** Volumes first: what the pod wrote may be what somebody waits for. */
  async #cleanUp({ metadata: { uid } }: Pod): Promise<void> {
    const { volumes, objects, podNetwork, cgroups, images } = this.#services;
    await volumes.unmount(uid);
    await podNetwork.detach(uid);
    await cgroups.remove(uid);
    objects.unregister(uid);
    images.forget(uid);
    this.#isCleanedUp = true;
  }

  #note(action: PodAction, pod: Pod, error: unknown): void {
    const { events, logger } = this.#services;
    const message = error instanceof Error ? error.message : String(error);
    const retryAt = this.retryAt();
    logger.debug("Action failed", { pod: pod.metadata.name, action: action.type, error });
    switch (action.type) {
      case "startContainer":
        this.#failures.set(action.start.container.name, failureOf(error, retryAt));
        return;
      case "createSandbox": {
        const what = `Failed to create pod sandbox: ${message}`;
        events.record(pod, { type: "Warning", reason: "FailedCreatePodSandBox", message: what });
        this.#failures.set(SANDBOX_FAILURE, { reason: "FailedCreatePodSandBox", message, retryAt });
        return;
      }
      case "stopContainers":
      case "stopSandbox":
        events.record(pod, {
          type: "Warning",
          reason: "FailedKillPod",
          message: `error killing pod: ${message}`,
        });
        throw error;
      case "mountVolumes":
      case "attachNetwork":
      case "removeContainer":
      case "removeSandbox":
      case "cleanUp":
        throw error;
    }
  }
}

/** A container that was made and could not run waits as one that has crashed; one that was not made waits here. */
function failureOf(error: unknown, retryAt: number): ActionFailure {
  if (!(error instanceof StartError)) {
    const message = error instanceof Error ? error.message : String(error);
    return { reason: "CreateContainerError", message, retryAt };
  }
  const wasMade = error.reason === "RunContainerError" || error.reason === "PostStartHookError";
  const { reason, message } = error;
  return { reason, message, retryAt: wasMade ? 0 : (error.retryAt ?? retryAt) };
}
