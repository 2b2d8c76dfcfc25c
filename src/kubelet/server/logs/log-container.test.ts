import { describe, expect, test } from "bun:test";
import type { ContainerState } from "#api/generated/core-v1.ts";
import { aPod } from "#testing/objects.ts";
import { logContainerId, runtimeIdOf } from "./log-container.ts";

const ended = (containerID?: string): ContainerState => ({
  terminated: { exitCode: 1, ...(containerID !== undefined && { containerID }) },
});

function find(
  { state, lastState = {} }: { readonly state?: ContainerState; readonly lastState?: ContainerState },
  previous = false,
): string {
  const status = {
    name: "app",
    image: "",
    imageID: "",
    ready: false,
    restartCount: 0,
    containerID: "docker://now",
    lastState,
    ...(state && { state }),
  };
  return logContainerId(aPod("web", { status: { containerStatuses: [status] } }), "app", previous);
}

describe("logContainerId", () => {
  test.each([
    ["the running container", { state: { running: {} } }, false, "docker://now"],
    ["the one that has ended", { state: ended("docker://now") }, false, "docker://now"],
    [
      "the one before, while the next one waits",
      { state: { waiting: { reason: "CrashLoopBackOff" } }, lastState: ended("docker://old") },
      false,
      "docker://old",
    ],
    [
      "the one before, when the last could not start",
      { state: ended(), lastState: ended("docker://old") },
      false,
      "docker://old",
    ],
    [
      "the one before, when that is asked for",
      { state: { running: {} }, lastState: ended("docker://old") },
      true,
      "docker://old",
    ],
  ])("is %s", (_name, status, previous, want) => {
    expect(find(status, previous)).toBe(want);
  });

  test.each([
    [{}, false, 'container "app" in pod "web" is waiting to start - no logs yet'],
    [
      { state: { waiting: { reason: "ContainerCreating" } } },
      false,
      'container "app" in pod "web" is waiting to start: ContainerCreating',
    ],
    [
      { state: { waiting: { reason: "ImagePullBackOff" } } },
      false,
      'container "app" in pod "web" is waiting to start: trying and failing to pull image',
    ],
    [{ state: ended() }, false, 'container "app" in pod "web" is terminated'],
    [{ state: { running: {} } }, true, 'previous terminated container "app" in pod "web" not found'],
  ])("is none of %j (previous: %j): %s", (status, previous, message) => {
    expect(() => find(status, previous)).toThrow(message);
  });

  test("is none of a container without a status", () => {
    expect(() => logContainerId(aPod("web"), "app", false)).toThrow(
      'container "app" in pod "web" is not available',
    );
  });
});

test.each([
  ["docker://1234", "1234"],
  ["1234", "1234"],
])("the runtime calls %s %s", (id, want) => expect(runtimeIdOf(id)).toBe(want));
