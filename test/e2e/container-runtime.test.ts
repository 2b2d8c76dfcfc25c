import { afterAll, beforeAll } from "bun:test";
import { createDockerRuntime } from "#container/docker/docker-runtime.ts";
import { describeContainerRuntime } from "../contract/container-runtime.ts";
import { IMAGE } from "../contract/container-runtime-programs.ts";
import { DockerHost } from "./docker-host.ts";

let host: DockerHost;

beforeAll(async () => {
  host = await DockerHost.start("kubelet-runtime");
  await host.importBusybox(IMAGE);
}, 60_000);

afterAll(async () => {
  await host[Symbol.asyncDispose]();
}, 60_000);

describeContainerRuntime("docker", async () => {
  const runtime = await createDockerRuntime({
    endpoint: host.endpoint,
    architecture: process.arch,
    connectInNamespace: () => Promise.reject(new Error("not used here")),
  });
  return { runtime, [Symbol.asyncDispose]: () => runtime[Symbol.asyncDispose]() };
});
