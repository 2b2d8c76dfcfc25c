import type Docker from "dockerode";
import type { ImageInfo, ImageInspectInfo } from "dockerode";
import type { ImageStatus, RegistryAuth } from "../runtime.ts";
import { RuntimeError } from "../runtime-error.ts";
import type { DockerEngine } from "./docker-engine.ts";
import { pullError } from "./docker-error.ts";
import { PAUSE_IMAGE, PAUSE_IMAGE_CHANGES, pauseImageArchive } from "./pause-image.ts";

/** The image side of the Docker adapter. */
export class DockerImages {
  readonly #engine: DockerEngine;
  readonly #docker: Docker;
  /** As `process.arch` names it. */
  readonly #architecture: string;
  readonly #digests = new Map<string, readonly string[]>();

  constructor(engine: DockerEngine, architecture: string) {
    this.#engine = engine;
    this.#docker = engine.docker;
    this.#architecture = architecture;
  }

  /** Makes the pause image unless the engine has it. */
  async ensurePause(): Promise<void> {
    if ((await this.status(PAUSE_IMAGE)) !== undefined) return;
    const [repo, tag] = PAUSE_IMAGE.split(":");
    await this.#engine.call("import the pause image", async () => {
      const archive = Buffer.from(pauseImageArchive(this.#architecture));
      const options = { repo, tag, changes: PAUSE_IMAGE_CHANGES };
      await drain(await this.#docker.importImage(archive as unknown as string, options));
    });
  }

  async pull(
    image: string,
    auth: RegistryAuth | undefined,
    signal: AbortSignal | undefined,
  ): Promise<string> {
    try {
      const stream = await this.#docker.pull(image, {
        ...(auth && { authconfig: authConfig(auth) }),
        ...(signal && { abortSignal: signal }),
      });
      await this.#progress(stream);
    } catch (error) {
      throw pullError(this.#engine.endpoint, image, error);
    }
    const status = await this.status(image);
    if (status !== undefined) return status.id;
    throw new RuntimeError(
      { code: "imagePullFailed", image },
      `Cannot pull image "${image}": not found after the pull`,
    );
  }

  async status(image: string): Promise<ImageStatus | undefined> {
    try {
      return imageStatusOf(
        await this.#engine.call(`inspect image "${image}"`, () => this.#docker.getImage(image).inspect()),
      );
    } catch (error) {
      if (error instanceof RuntimeError && isUnknownImage(error)) return undefined;
      throw error;
    }
  }

  async list(): Promise<readonly ImageStatus[]> {
    const images = await this.#engine.call("list images", () => this.#docker.listImages());
    return images.map(listedImage);
  }

  async remove(imageId: string): Promise<void> {
    await this.#engine.settle(`remove image "${imageId}"`, () => this.#docker.getImage(imageId).remove());
    this.#digests.delete(imageId);
  }

  /** `repository@sha256:…` references of an image, remembered until it is removed, because ids never change their meaning. */
  async digestsOf(imageId: string): Promise<readonly string[]> {
    const known = this.#digests.get(imageId);
    if (known !== undefined) return known;
    const digests = (await this.status(imageId))?.digests ?? [];
    this.#digests.set(imageId, digests);
    return digests;
  }

  #progress(stream: NodeJS.ReadableStream): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#docker.modem.followProgress(stream, (error: Error | null) => {
        if (error === null) resolve();
        else reject(error);
      });
    });
  }
}

function isUnknownImage({ detail, message }: RuntimeError): boolean {
  return detail.code === "notFound" || /invalid reference format/.test(message);
}

function authConfig({ username, password, serverAddress, identityToken }: RegistryAuth) {
  return { username, password, serveraddress: serverAddress, identitytoken: identityToken };
}

function imageStatusOf(info: ImageInspectInfo): ImageStatus {
  return {
    id: info.Id,
    tags: info.RepoTags ?? [],
    digests: info.RepoDigests ?? [],
    sizeBytes: info.Size,
    user: info.Config?.User ?? "",
    environment: info.Config?.Env ?? [],
  };
}

/** A listing does not say the image's user and environment. */
function listedImage(info: ImageInfo): ImageStatus {
  return {
    id: info.Id,
    tags: (info.RepoTags ?? []).filter((tag) => tag !== "<none>:<none>"),
    digests: (info.RepoDigests ?? []).filter((digest) => digest !== "<none>@<none>"),
    sizeBytes: info.Size,
    user: "",
    environment: [],
  };
}

async function drain(stream: NodeJS.ReadableStream): Promise<void> {
  for await (const chunk of stream) void chunk;
}
