import type Docker from "dockerode";
import type { ContainerInfo, ContainerInspectInfo } from "dockerode";
import { RuntimeError } from "../runtime-error.ts";
import { dockerError, isSettled } from "./docker-error.ts";

/** Calls of the engine. What they reject with is a `RuntimeError` that says what could not be done. */
export class DockerEngine {
  readonly docker: Docker;
  readonly endpoint: string;

  constructor(docker: Docker, endpoint: string) {
    this.docker = docker;
    this.endpoint = endpoint;
  }

  /** Runs a call of dockerode; `what` stands behind "Cannot" in the message. */
  async call<T>(what: string, call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      throw dockerError(this.endpoint, what, error);
    }
  }

  /** As `call`, where something that is already gone or already so is success. */
  async settle(what: string, call: () => Promise<unknown>): Promise<void> {
    try {
      await call();
    } catch (error) {
      if (!isSettled(error)) throw dockerError(this.endpoint, what, error);
    }
  }

  inspect(id: string): Promise<ContainerInspectInfo> {
    return this.call(`inspect container "${id}"`, () => this.docker.getContainer(id).inspect());
  }

  /** As `inspect`; rejects with `notRunning` for a container that does not run. */
  async inspectRunning(id: string): Promise<ContainerInspectInfo> {
    const info = await this.inspect(id);
    if (info.State.Running) return info;
    throw new RuntimeError({ code: "notRunning" }, `Container "${id}" is not running`);
  }

  list(labels: readonly string[]): Promise<readonly ContainerInfo[]> {
    return this.call("list containers", () =>
      this.docker.listContainers({ all: true, filters: { label: [...labels] } }),
    );
  }

  /** Leaves out what is removed between the listing and its inspection. */
  async inspectAll(labels: readonly string[]): Promise<readonly ContainerInspectInfo[]> {
    const found = await this.list(labels);
    const infos = await Promise.all(found.map(({ Id }) => this.#inspectIfPresent(Id)));
    return infos.filter((info) => info !== undefined);
  }

  async #inspectIfPresent(id: string): Promise<ContainerInspectInfo | undefined> {
    try {
      return await this.inspect(id);
    } catch (error) {
      if (error instanceof RuntimeError && error.detail.code === "notFound") return undefined;
      throw error;
    }
  }
}
