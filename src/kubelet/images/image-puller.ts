import { parseImageReference } from "#api/core/v1/image-reference.ts";
import type { Container, Pod, Secret } from "#api/generated/core-v1.ts";
import { formatDuration } from "#apimachinery/duration.ts";
import type { Clock } from "#base/clock.ts";
import { abortable } from "#base/disposable.ts";
import { TokenBucket } from "#base/token-bucket.ts";
import type { ContainerRuntime, ImageStatus, RegistryAuth } from "#container/runtime.ts";
import { RuntimeError } from "#container/runtime-error.ts";
import type { EventFacts } from "#reconcile/action.ts";
import type { KubeletSettings } from "../kubelet-settings.ts";
import { StartError } from "../worker/start-error.ts";
import { credentialsFor } from "./registry-credentials.ts";
import { Turns } from "./turns.ts";

export interface ImageRequest {
  readonly pod: Pod;
  readonly container: Container;
  /** The pod's pull secrets that exist. */
  readonly secrets: readonly Secret[];
  readonly record: (event: EventFacts) => void;
  readonly signal: AbortSignal;
}

/** How many images are pulled, and how quickly one after the other. */
export type PullSettings = Pick<
  KubeletSettings,
  "serializeImagePulls" | "maxParallelImagePulls" | "registryPullQPS" | "registryBurst"
>;

export interface ImagePullerDependencies {
  readonly runtime: Pick<ContainerRuntime, "imageStatus" | "pullImage">;
  readonly clock: Clock;
}

/** The back-off of `pkg/kubelet/kubelet.go` (`imageBackOff`). */
const INITIAL_MS = 10_000;
const MAX_MS = 300_000;
/** For so long a container is said to have failed to pull; then it is said to wait for the next try. */
const NEWS_MS = 3000;

interface FailedPull {
  readonly at: number;
  readonly delayMs: number;
  /** `ErrImagePull: <what the registry said>`. */
  readonly what: string;
}

interface FinishedPull {
  /** When it was its turn. */
  readonly startedAt: number;
}

/**
 * Sees to it that the image of a container is there (`images/image_manager.go`). An image that several pods want at
 * once is pulled once.
 */
export class ImagePuller {
  readonly #dependencies: ImagePullerDependencies;
  readonly #turns: Turns;
  readonly #rate: TokenBucket | undefined;
  readonly #pulls = new Map<string, Promise<FinishedPull>>();
  readonly #failures = new Map<string, FailedPull>();

  constructor(settings: PullSettings, dependencies: ImagePullerDependencies) {
    const { serializeImagePulls, maxParallelImagePulls, registryPullQPS, registryBurst } = settings;
    this.#dependencies = dependencies;
    this.#turns = new Turns(serializeImagePulls ? 1 : maxParallelImagePulls);
    if (registryPullQPS > 0) {
      const options = { ratePerSecond: registryPullQPS, burst: registryBurst };
      this.#rate = new TokenBucket(options, dependencies.clock);
    }
  }

  /** The image, pulled if need be. Rejects with a StartError whose reason is one of the status. */
  async ensure(request: ImageRequest): Promise<ImageStatus> {
    const { image: wanted = "", imagePullPolicy: policy = "IfNotPresent" } = request.container;
    const image = withTag(wanted);
    if (image === undefined) throw invalidName(request, wanted);
    const present = policy === "Always" ? undefined : await this.#inspect(request, image);
    if (present !== undefined) {
      const message = `Container image ${JSON.stringify(wanted)} already present on machine and can be accessed by the pod`;
      request.record({ type: "Normal", reason: "Pulled", message });
      return present;
    }
    if (policy === "Never") throw neverPull(request, wanted);
    return this.#pull(request, wanted, image);
  }

  /** Forgets the failures of a pod. */
  forget(podUid: string): void {
    for (const key of this.#failures.keys()) if (key.startsWith(`${podUid}/`)) this.#failures.delete(key);
  }

  async #inspect({ record }: ImageRequest, image: string): Promise<ImageStatus | undefined> {
    try {
      return await this.#dependencies.runtime.imageStatus(image);
    } catch (error) {
      const message = `Failed to inspect image ${JSON.stringify(image)}: ${textOf(error)}`;
      record({ type: "Warning", reason: "InspectFailed", message });
      throw new StartError("ImageInspectError", message, { cause: error });
    }
  }

  async #pull(request: ImageRequest, wanted: string, image: string): Promise<ImageStatus> {
    const { clock } = this.#dependencies;
    const key = `${request.pod.metadata.uid}/${wanted}`;
    const failed = this.#failures.get(key);
    if (failed !== undefined && clock.now() < failed.at + failed.delayMs)
      throw backOff(request, wanted, failed);
    const name = JSON.stringify(wanted);
    request.record({ type: "Normal", reason: "Pulling", message: `Pulling image ${name}` });
    const waitingSince = clock.now();
    try {
      const pull = this.#join(image, credentialsFor(image, request.secrets));
      const { startedAt } = await abortable(pull, request.signal);
      const status = await this.#dependencies.runtime.imageStatus(image);
      if (status === undefined) throw new RuntimeError({ code: "imagePullFailed", image }, "image is gone");
      this.#failures.delete(key);
      request.record(pulled(name, status, { now: clock.now(), startedAt, waitingSince }));
      return status;
    } catch (error) {
      if (request.signal.aborted) throw error;
      const failure = nextFailure(failed, clock.now(), textOf(error));
      this.#failures.set(key, failure);
      const message = `Failed to pull image ${name}: ${textOf(error)}`;
      request.record({ type: "Warning", reason: "Failed", message });
      throw new StartError("ErrImagePull", textOf(error), { cause: error, retryAt: failure.at + NEWS_MS });
    }
  }

  /** The pull of the image that is under way, or a new one. It goes on when one who waits for it goes away. */
  #join(image: string, credentials: readonly RegistryAuth[]): Promise<FinishedPull> {
    const key = JSON.stringify([image, credentials]);
    const running = this.#pulls.get(key);
    if (running !== undefined) return running;
    const pull = this.#pullInTurn(image, credentials).finally(() => this.#pulls.delete(key));
    // Whoever waits hears of a failure; nobody may be waiting any more.
    pull.catch(() => undefined);
    this.#pulls.set(key, pull);
    return pull;
  }

  async #pullInTurn(image: string, credentials: readonly RegistryAuth[]): Promise<FinishedPull> {
    using _ = await this.#turns.take();
    const startedAt = this.#dependencies.clock.now();
    if (this.#rate?.tryTake() === false)
      throw new RuntimeError({ code: "imagePullFailed", image }, "pull QPS exceeded");
    await this.#pullWith(image, credentials);
    return { startedAt };
  }

  /** Tries one set of credentials after the other. */
  async #pullWith(image: string, credentials: readonly RegistryAuth[]): Promise<string> {
    const { runtime } = this.#dependencies;
    const [first, ...rest] = credentials;
    try {
      return await runtime.pullImage(image, first);
    } catch (error) {
      if (rest.length === 0) throw error;
      return await this.#pullWith(image, rest);
    }
  }
}

/** The name with the tag `latest` where it has none; undefined when it cannot be parsed. */
function withTag(image: string): string | undefined {
  const reference = parseImageReference(image);
  if (reference === undefined) return undefined;
  const { tag, digest } = reference;
  return digest === "" && tag !== "" && !image.endsWith(`:${tag}`) ? `${image}:${tag}` : image;
}

function nextFailure(before: FailedPull | undefined, now: number, text: string): FailedPull {
  // As long after the last failure as the longest delay twice, it is forgotten.
  const isForgotten = before === undefined || now - before.at > 2 * MAX_MS;
  const delayMs = isForgotten ? INITIAL_MS : Math.min(before.delayMs * 2, MAX_MS);
  return { at: now, delayMs, what: `ErrImagePull: ${text}` };
}

function backOff({ record }: ImageRequest, image: string, { at, delayMs, what }: FailedPull): StartError {
  const message = `Back-off pulling image ${JSON.stringify(image)}`;
  record({ type: "Normal", reason: "BackOff", message });
  return new StartError("ImagePullBackOff", `${message}: ${what}`, { retryAt: at + delayMs });
}

function neverPull({ record }: ImageRequest, image: string): StartError {
  const message = `Container image ${JSON.stringify(image)} is not present with pull policy of Never`;
  record({ type: "Warning", reason: "ErrImageNeverPull", message });
  return new StartError("ErrImageNeverPull", message);
}

function invalidName({ record }: ImageRequest, image: string): StartError {
  const message = `Failed to apply default image tag ${JSON.stringify(image)}: couldn't parse image name ${JSON.stringify(image)}: invalid reference format`;
  record({ type: "Warning", reason: "InspectFailed", message });
  return new StartError("InvalidImageName", message);
}

function pulled(
  name: string,
  { sizeBytes }: ImageStatus,
  {
    now,
    startedAt,
    waitingSince,
  }: { readonly now: number; readonly startedAt: number; readonly waitingSince: number },
): EventFacts {
  const own = durationText(now - startedAt);
  const whole = durationText(now - waitingSince);
  const size = `Image size: ${String(sizeBytes)} bytes.`;
  const message = `Successfully pulled image ${name} in ${own} (${whole} including waiting). ${size}`;
  return { type: "Normal", reason: "Pulled", message };
}

function durationText(ms: number): string {
  return formatDuration(BigInt(Math.max(0, Math.floor(ms))) * 1_000_000n);
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
