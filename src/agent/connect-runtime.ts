import { StartupError } from "#base/startup-error.ts";
import { createDockerRuntime } from "#container/docker/docker-runtime.ts";
import type { ContainerRuntime } from "#container/runtime.ts";
import { RuntimeError } from "#container/runtime-error.ts";
import { connectInNamespace } from "#network/namespace-connect.ts";
import type { AgentConfig } from "./config.ts";
import { argsOf } from "./kubelet-args/parse-kubelet-arg.ts";

/** The container runtime that the configuration names. Rejects with a StartupError when it does not answer. */
export async function connectRuntime({
  containerRuntimeEndpoint: endpoint,
  kubeletArgs,
}: AgentConfig): Promise<ContainerRuntime> {
  try {
    const { containerLogMaxSizeBytes: maxSizeBytes, containerLogMaxFiles: maxFiles } = argsOf(kubeletArgs);
    return await createDockerRuntime({
      endpoint,
      architecture: process.arch,
      logs: {
        ...(maxSizeBytes !== undefined && { maxSizeBytes }),
        ...(maxFiles !== undefined && { maxFiles }),
      },
      connectInNamespace,
    });
  } catch (error) {
    if (!(error instanceof RuntimeError) || error.detail.code !== "unreachable") throw error;
    throw new StartupError(
      `No Docker Engine answers at ${endpoint}: install it (apt-get install docker.io) or start it, give its socket with --container-runtime-endpoint, or on a server run no pods with --disable-agent`,
      { cause: error },
    );
  }
}
