import { open } from "node:fs/promises";
import type { ContainerRuntime, ContainerStatus } from "#container/runtime.ts";
import { terminationMessageOf } from "../pod/container-annotations.ts";
import type { PodRuntimeState } from "../pod/pod-runtime-state.ts";

/** How much of a message is kept (`pkg/kubelet/container/runtime.go`). */
const MAX_MESSAGE_BYTES = 4096;
const MAX_LOG_BYTES = 2048;
const MAX_LOG_LINES = 80;

/** Reads what the runtime has of one pod, with what its containers said when they ended, which is read once. */
export class PodObserver {
  readonly #runtime: ContainerRuntime;
  readonly #messages = new Map<string, string>();

  constructor(runtime: ContainerRuntime) {
    this.#runtime = runtime;
  }

  async observe(podUid: string): Promise<PodRuntimeState> {
    const [sandboxes, containers] = await Promise.all([
      this.#runtime.listSandboxes({ podUid }),
      this.#runtime.listContainers({ podUid }),
    ]);
    this.#forgetOthers(containers);
    return { sandboxes, containers: await Promise.all(containers.map((each) => this.#withMessage(each))) };
  }

  /** A pod that crashes again and again leaves no messages of containers that have been removed. */
  #forgetOthers(containers: readonly ContainerStatus[]): void {
    const present = new Set(containers.map(({ id }) => id));
    for (const id of this.#messages.keys()) if (!present.has(id)) this.#messages.delete(id);
  }

  async #withMessage(status: ContainerStatus): Promise<ContainerStatus> {
    if (status.state !== "exited") return status;
    const known = this.#messages.get(status.id);
    const own = known ?? (await this.#readMessage(status));
    this.#messages.set(status.id, own);
    const message = [status.message, own].filter((text) => text !== "").join(": ");
    return { ...status, message };
  }

  /** The file that the container wrote, or the end of its log where the pod asks for that (`getTerminationMessage`). */
  async #readMessage(status: ContainerStatus): Promise<string> {
    const { path, policy } = terminationMessageOf(status);
    const mount = path === "" ? undefined : status.mounts.find(({ containerPath }) => containerPath === path);
    const written = mount === undefined ? "" : await readEnd(mount.hostPath);
    const fallsBack =
      policy === "FallbackToLogsOnError" && status.exitCode !== 0 && status.reason !== "ContainerCannotRun";
    return written === "" && fallsBack ? await this.#readLog(status.id) : written;
  }

  async #readLog(containerId: string): Promise<string> {
    const { signal } = new AbortController();
    const lines: Uint8Array[] = [];
    try {
      const options = { follow: false, tailLines: MAX_LOG_LINES, signal };
      for await (const { content } of this.#runtime.logs(containerId, options)) lines.push(content);
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      return `Error on reading termination message from logs: ${text}`;
    }
    return Buffer.concat(lines).subarray(-MAX_LOG_BYTES).toString();
  }
}

async function readEnd(path: string): Promise<string> {
  try {
    await using file = await open(path, "r");
    const { size } = await file.stat();
    const length = Math.min(size, MAX_MESSAGE_BYTES);
    const { buffer } = await file.read(Buffer.alloc(length), 0, length, size - length);
    return buffer.toString();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    const text = error instanceof Error ? error.message : String(error);
    return `Error on reading termination log ${path}: ${text}`;
  }
}
