import type { ImageStatus, RegistryAuth } from "../runtime.ts";
import { RuntimeError } from "../runtime-error.ts";

/** An image as a registry offers it or the runtime has it. */
export interface FakeImage {
  readonly id: string;
  readonly user?: string;
  readonly environment?: readonly string[];
  readonly sizeBytes?: number;
  /** Who may pull it; anybody when absent. */
  readonly auth?: Pick<RegistryAuth, "username" | "password">;
  /** How pulling it fails. */
  readonly pullError?: string;
}

const VALID_NAME = /^[a-z0-9][a-z0-9._/:@-]*$/;

/** The images that a fake runtime has, and those that it can pull. */
export class FakeImages {
  /** What the world's registries offer, by reference. */
  readonly registry = new Map<string, FakeImage>();
  /** References that were pulled, in order. */
  readonly pulls: string[] = [];
  readonly #local = new Map<string, FakeImage>();

  /** Puts an image into the runtime, as `docker import` does. */
  add(reference: string, image: FakeImage): void {
    this.#local.set(reference, image);
  }

  pull(reference: string, auth: RegistryAuth | undefined): string {
    this.pulls.push(reference);
    if (!VALID_NAME.test(reference)) throw invalidName(reference);
    const image = this.registry.get(reference);
    if (image === undefined) {
      throw new RuntimeError(
        { code: "imageNotFound", image: reference },
        `Cannot pull image "${reference}": manifest unknown`,
      );
    }
    if (image.pullError !== undefined || !isAllowed(image, auth)) {
      const why = image.pullError ?? "unauthorized: authentication required";
      throw new RuntimeError(
        { code: "imagePullFailed", image: reference },
        `Cannot pull image "${reference}": ${why}`,
      );
    }
    this.#local.set(reference, image);
    return image.id;
  }

  /** By reference or id. */
  status(name: string): ImageStatus | undefined {
    const image = this.find(name);
    return image && this.#statusOf(image);
  }

  find(name: string): FakeImage | undefined {
    return this.#local.get(name) ?? [...this.#local.values()].find(({ id }) => id === name);
  }

  list(): readonly ImageStatus[] {
    const images = new Map([...this.#local.values()].map((image) => [image.id, image]));
    return [...images.values()].map((image) => this.#statusOf(image));
  }

  remove(id: string): void {
    for (const [reference, image] of this.#local) if (image.id === id) this.#local.delete(reference);
  }

  #statusOf({ id, user = "", environment = [], sizeBytes = 0 }: FakeImage): ImageStatus {
    const tags = [...this.#local].filter(([, image]) => image.id === id).map(([reference]) => reference);
    return { id, tags, digests: [], sizeBytes, user, environment };
  }
}

function isAllowed({ auth }: FakeImage, offered: RegistryAuth | undefined): boolean {
  return auth === undefined || (auth.username === offered?.username && auth.password === offered?.password);
}

function invalidName(image: string): RuntimeError {
  return new RuntimeError(
    { code: "invalidImageName", image },
    `Cannot pull image "${image}": invalid reference format`,
  );
}
