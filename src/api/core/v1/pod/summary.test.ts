import { describe, expect, test } from "bun:test";
import { rowOf } from "#testing/kinds.ts";
import { aPod, type PodOptions } from "#testing/objects.ts";
import type { ContainerState, ContainerStatus, PodStatus } from "../../../generated/core-v1.ts";
import { pod } from "../pod.ts";

const NOW = Date.parse("2026-01-31T10:00:00Z");

const running: ContainerState = { running: {} };
const waiting = (reason: string): ContainerState => ({ waiting: { reason } });
const ended = (exitCode: number, more: object = {}): ContainerState => ({
  terminated: { exitCode, ...more },
});

function status(name: string, state: ContainerState, more: Partial<ContainerStatus> = {}): ContainerStatus {
  const ready = state.running !== undefined;
  return { name, image: "app:1", imageID: "", ready, restartCount: 0, state, ...more };
}

const READY: PodStatus["conditions"] = [{ type: "Ready", status: "True" }];
const container = (name: string) => ({ name, image: "app:1" });
const two = { containers: [container("a"), container("b")] };
const withInit = { initContainers: [container("init-a"), container("init-b")] };
const withSidecar = {
  initContainers: [{ ...container("side"), restartPolicy: "Always" }, container("init")],
};

describe("the table of pods", () => {
  test.each<{ name: string; options: PodOptions; want: object }>([
    { name: "waiting for a node", options: {}, want: { Ready: "0/1", Status: "Pending", Restarts: "0" } },
    {
      name: "held back by a gate",
      options: {
        status: { conditions: [{ type: "PodScheduled", status: "False", reason: "SchedulingGated" }] },
      },
      want: { Status: "SchedulingGated" },
    },
    {
      name: "evicted",
      options: { status: { phase: "Failed", reason: "Evicted" } },
      want: { Ready: "0/1", Status: "Evicted" },
    },
    {
      name: "starting",
      options: { status: { containerStatuses: [status("app", waiting("ContainerCreating"))] } },
      want: { Ready: "0/1", Status: "ContainerCreating" },
    },
    {
      name: "running",
      options: {
        status: { phase: "Running", conditions: READY, containerStatuses: [status("app", running)] },
      },
      want: { Ready: "1/1", Status: "Running" },
    },
    {
      name: "crashing",
      options: {
        status: {
          phase: "Running",
          containerStatuses: [
            status("app", waiting("CrashLoopBackOff"), {
              restartCount: 3,
              lastState: ended(1, { finishedAt: "2026-01-31T09:55:00Z" }),
            }),
          ],
        },
      },
      want: { Ready: "0/1", Status: "CrashLoopBackOff", Restarts: "3 (5m ago)" },
    },
    {
      name: "of two problems the first",
      options: {
        spec: two,
        status: {
          phase: "Running",
          containerStatuses: [status("a", ended(2)), status("b", waiting("ImagePullBackOff"))],
        },
      },
      want: { Ready: "0/2", Status: "ExitCode:2" },
    },
    {
      name: "killed",
      options: { status: { phase: "Failed", containerStatuses: [status("app", ended(137, { signal: 9 }))] } },
      want: { Status: "Signal:9" },
    },
    {
      name: "completed",
      options: {
        status: {
          phase: "Succeeded",
          containerStatuses: [status("app", ended(0, { reason: "Completed" }), { ready: false })],
        },
      },
      want: { Ready: "0/1", Status: "Completed" },
    },
    {
      name: "one completed, one running and the pod not ready",
      options: {
        spec: two,
        status: {
          phase: "Running",
          containerStatuses: [status("a", ended(0, { reason: "Completed" })), status("b", running)],
        },
      },
      want: { Ready: "1/2", Status: "NotReady" },
    },
    {
      name: "one completed, one running and the pod ready",
      options: {
        spec: two,
        status: {
          phase: "Running",
          conditions: READY,
          containerStatuses: [status("a", ended(0, { reason: "Completed" })), status("b", running)],
        },
      },
      want: { Ready: "1/2", Status: "Running" },
    },
    {
      name: "one completed, one failed",
      options: {
        spec: two,
        status: {
          phase: "Failed",
          containerStatuses: [
            status("a", ended(0, { reason: "Completed" })),
            status("b", ended(1, { reason: "Error" })),
          ],
        },
      },
      want: { Ready: "0/2", Status: "Error" },
    },
    {
      name: "being deleted",
      options: {
        deletionTimestamp: "2026-01-31T09:59:00Z",
        status: { phase: "Running", containerStatuses: [status("app", running)] },
      },
      want: { Ready: "1/1", Status: "Terminating" },
    },
    {
      name: "being deleted after it has ended",
      options: {
        deletionTimestamp: "2026-01-31T09:59:00Z",
        status: { phase: "Succeeded", containerStatuses: [status("app", ended(0, { reason: "Completed" }))] },
      },
      want: { Status: "Completed" },
    },
    {
      name: "being deleted on a node that is lost",
      options: {
        deletionTimestamp: "2026-01-31T09:59:00Z",
        status: { phase: "Running", reason: "NodeLost" },
      },
      want: { Status: "Unknown" },
    },
    {
      name: "initialising",
      options: {
        spec: withInit,
        status: {
          initContainerStatuses: [status("init-a", ended(0)), status("init-b", running)],
          containerStatuses: [status("app", waiting("PodInitializing"))],
        },
      },
      want: { Ready: "0/1", Status: "Init:1/2" },
    },
    {
      name: "not yet initialising",
      options: {
        spec: withInit,
        status: {
          initContainerStatuses: [
            status("init-a", waiting("PodInitializing")),
            status("init-b", waiting("PodInitializing")),
          ],
        },
      },
      want: { Status: "Init:0/2" },
    },
    {
      name: "failing to initialise",
      options: {
        spec: withInit,
        status: {
          initContainerStatuses: [
            status("init-a", waiting("CrashLoopBackOff"), {
              restartCount: 2,
              lastState: ended(1, { finishedAt: "2026-01-31T09:59:30Z" }),
            }),
            status("init-b", waiting("PodInitializing"), { restartCount: 7 }),
          ],
        },
      },
      want: { Status: "Init:CrashLoopBackOff", Restarts: "2 (30s ago)" },
    },
    {
      name: "having failed to initialise",
      options: {
        spec: withInit,
        status: { phase: "Failed", initContainerStatuses: [status("init-a", ended(3))] },
      },
      want: { Status: "Init:ExitCode:3" },
    },
    {
      name: "having been killed while it initialised",
      options: {
        spec: withInit,
        status: { initContainerStatuses: [status("init-a", ended(143, { signal: 15 }))] },
      },
      want: { Status: "Init:Signal:15" },
    },
    {
      name: "having an init container out of memory",
      options: {
        spec: withInit,
        status: { initContainerStatuses: [status("init-a", ended(137, { reason: "OOMKilled" }))] },
      },
      want: { Status: "Init:OOMKilled" },
    },
    {
      name: "initialising beside a sidecar",
      options: {
        spec: withSidecar,
        status: {
          initContainerStatuses: [status("side", running, { started: true }), status("init", running)],
        },
      },
      want: { Ready: "1/2", Status: "Init:1/2" },
    },
    {
      name: "running beside a sidecar, which was restarted",
      options: {
        spec: withSidecar,
        status: {
          phase: "Running",
          conditions: READY,
          initContainerStatuses: [
            status("side", running, {
              started: true,
              restartCount: 1,
              lastState: ended(1, { finishedAt: "2026-01-31T09:00:00Z" }),
            }),
            status("init", ended(0), { restartCount: 5 }),
          ],
          containerStatuses: [status("app", running, { restartCount: 1 })],
        },
      },
      want: { Ready: "2/2", Status: "Running", Restarts: "2 (60m ago)" },
    },
    {
      name: "running while a sidecar starts again",
      options: {
        spec: withSidecar,
        status: {
          phase: "Running",
          conditions: [{ type: "Initialized", status: "True" }],
          initContainerStatuses: [
            status("side", waiting("CrashLoopBackOff"), { started: false, restartCount: 4 }),
            status("init", ended(0)),
          ],
          containerStatuses: [status("app", running)],
        },
      },
      want: { Ready: "1/2", Status: "Init:CrashLoopBackOff", Restarts: "4" },
    },
  ])("$name", ({ options, want }) => {
    expect(rowOf(pod, aPod("web", options), NOW)).toMatchObject({ Name: "web", ...want });
  });

  test("tells more when it is wide", () => {
    const bound = aPod("web", {
      spec: { nodeName: "node-1", readinessGates: [{ conditionType: "a" }, { conditionType: "b" }] },
      status: {
        podIPs: [{ ip: "10.0.0.1" }, { ip: "fd00::1" }],
        nominatedNodeName: "node-2",
        conditions: [{ type: "a", status: "True" }],
      },
      creationTimestamp: "2026-01-31T08:00:00Z",
    });
    expect(rowOf(pod, bound, NOW)).toEqual({
      Name: "web",
      Ready: "0/1",
      Status: "Pending",
      Restarts: "0",
      Age: "120m",
      IP: "10.0.0.1",
      Node: "node-1",
      "Nominated Node": "node-2",
      "Readiness Gates": "1/2",
    });
    const none = { IP: "<none>", Node: "<none>", "Nominated Node": "<none>", "Readiness Gates": "<none>" };
    expect(rowOf(pod, aPod("web"), NOW)).toMatchObject(none);
  });
});
