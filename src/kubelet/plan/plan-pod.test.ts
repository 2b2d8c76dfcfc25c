import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Container, Pod, PodSpec } from "#api/generated/core-v1.ts";
import type { ContainerStatus, SandboxStatus } from "#container/runtime.ts";
import { aPod } from "#testing/objects.ts";
import { containerAnnotations } from "../pod/container-annotations.ts";
import type { PodRuntimeState } from "../pod/pod-runtime-state.ts";
import { planPod } from "./plan-pod.ts";
import type { ContainerStart, PodAction } from "./pod-action.ts";
import type { PodView, ProbeResult } from "./pod-view.ts";

const NOW = Date.parse("2026-01-01T00:00:00Z");
const LONG_AGO = NOW - 3_600_000;

const container = (name: string, rest: Partial<Container> = {}): Container => ({
  name,
  image: "app:1",
  ...rest,
});

function podWith(spec: Partial<PodSpec>): Pod {
  const pod = aPod("web");
  return {
    ...pod,
    spec: { ...pod.spec, terminationGracePeriodSeconds: 30, containers: [container("app")], ...spec },
  };
}

const aSandbox = (rest: Partial<SandboxStatus> = {}): SandboxStatus => ({
  id: "s0",
  pod: { name: "web", namespace: "default", uid: "u" },
  attempt: 0,
  state: "ready",
  createdAt: LONG_AGO,
  network: "pod",
  pid: 1,
  annotations: {},
  ...rest,
});

function aRun(
  pod: Pod,
  name: string,
  rest: Partial<ContainerStatus> = {},
  restartDelayMs?: number,
): ContainerStatus {
  const all = [...(pod.spec.initContainers ?? []), ...pod.spec.containers];
  const spec = all.find((each) => each.name === name) ?? container(name);
  const { attempt = 0, state = "running" } = rest;
  return {
    id: `${name}-${String(attempt)}`,
    sandboxId: "s0",
    pod: { name: "web", namespace: "default", uid: "u" },
    name,
    attempt,
    state,
    createdAt: LONG_AGO,
    startedAt: LONG_AGO,
    finishedAt: state === "exited" ? NOW : 0,
    exitCode: 0,
    reason: "",
    message: "",
    pid: 1,
    image: "app:1",
    imageId: "sha256:app",
    imageRef: "sha256:app",
    mounts: [],
    labels: {},
    annotations: containerAnnotations(spec, pod, { attempt, restartDelayMs }),
    ...rest,
  };
}

function aView(pod: Pod, runtime: Partial<PodRuntimeState> = {}, rest: Partial<PodView> = {}): PodView {
  return {
    pod,
    status: {},
    runtime: { sandboxes: [aSandbox()], containers: [], ...runtime },
    probes: { resultOf: () => undefined },
    failures: new Map(),
    volumes: "mounted",
    hasAddresses: true,
    networkError: undefined,
    termination: undefined,
    isCleanedUp: false,
    now: NOW,
    ...rest,
  };
}

/** An action as a line. */
function text(action: PodAction): string {
  switch (action.type) {
    case "createSandbox":
      return `create sandbox ${String(action.attempt)}`;
    case "stopSandbox":
    case "removeSandbox":
      return `${action.type} ${action.sandboxId}`;
    case "removeContainer":
      return `remove ${action.containerId}`;
    case "stopContainers":
      return action.stops
        .map(({ containerId, graceSeconds, after }) =>
          [`stop ${containerId} ${String(graceSeconds)}s`, ...after.map((name) => `after ${name}`)].join(" "),
        )
        .join(", ");
    case "startContainer":
      return `start ${action.start.container.name} ${String(action.start.attempt)}`;
    case "mountVolumes":
    case "attachNetwork":
    case "cleanUp":
      return action.type;
  }
}

interface Case {
  readonly name: string;
  readonly spec?: Partial<PodSpec>;
  readonly view: (pod: Pod) => PodView;
  readonly actions: readonly string[];
}

const once = { restartPolicy: "Never" } as const;
const init = { initContainers: [container("one"), container("two")] };
const sidecar = { initContainers: [container("side", { restartPolicy: "Always" })] };
const exited = (exitCode: number, rest: Partial<ContainerStatus> = {}): Partial<ContainerStatus> => ({
  state: "exited",
  exitCode,
  ...rest,
});
const probing = (result: ProbeResult): Pick<PodView, "probes"> => ({ probes: { resultOf: () => result } });

const cases: readonly Case[] = [
  {
    name: "volumes first",
    view: (pod) => aView(pod, { sandboxes: [] }, { volumes: "absent" }),
    actions: ["mountVolumes"],
  },
  {
    name: "waits for volumes",
    view: (pod) => aView(pod, { sandboxes: [] }, { volumes: "mounting" }),
    actions: [],
  },
  {
    name: "waits for the network",
    view: (pod) => aView(pod, { sandboxes: [] }, { networkError: "down" }),
    actions: [],
  },
  {
    name: "needs no network for the host's",
    spec: { hostNetwork: true },
    view: (pod) => aView(pod, { sandboxes: [] }, { networkError: "down", hasAddresses: false }),
    actions: ["create sandbox 0"],
  },
  { name: "then the sandbox", view: (pod) => aView(pod, { sandboxes: [] }), actions: ["create sandbox 0"] },
  {
    name: "an adopted sandbox is asked for its addresses",
    view: (pod) => aView(pod, {}, { hasAddresses: false }),
    actions: ["attachNetwork"],
  },
  { name: "then the container", view: (pod) => aView(pod), actions: ["start app 0"] },
  {
    name: "nothing when it runs",
    view: (pod) => aView(pod, { containers: [aRun(pod, "app")] }),
    actions: [],
  },
  {
    name: "the first restart is at once",
    view: (pod) => aView(pod, { containers: [aRun(pod, "app", exited(1))] }),
    actions: ["start app 1"],
  },
  {
    name: "the next one waits",
    view: (pod) =>
      aView(pod, { containers: [aRun(pod, "app", exited(1, { attempt: 1, createdAt: NOW }), 10_000)] }),
    actions: [],
  },
  {
    name: "a lost sandbox is replaced, what ran in it stopped",
    view: (pod) =>
      aView(pod, { sandboxes: [aSandbox({ state: "notReady" })], containers: [aRun(pod, "app")] }),
    actions: ["stop app-0 30s", "create sandbox 1"],
  },
  {
    name: "a finished pod is not begun anew without its sandbox",
    spec: { restartPolicy: "OnFailure" },
    view: (pod) =>
      aView(pod, { sandboxes: [aSandbox({ state: "notReady" })], containers: [aRun(pod, "app", exited(0))] }),
    actions: [],
  },
  {
    name: "a pod that runs once is stopped when it is done",
    spec: once,
    view: (pod) => aView(pod, { containers: [aRun(pod, "app", exited(1))] }),
    actions: ["stopSandbox s0"],
  },
  { name: "init containers one by one", spec: init, view: (pod) => aView(pod), actions: ["start one 0"] },
  {
    name: "the next init container after the one before",
    spec: init,
    view: (pod) => aView(pod, { containers: [aRun(pod, "one", exited(0))] }),
    actions: ["start two 0"],
  },
  {
    name: "main containers after the last init container",
    spec: init,
    view: (pod) => aView(pod, { containers: [aRun(pod, "two", exited(0)), aRun(pod, "one", exited(0))] }),
    actions: ["start app 0"],
  },
  {
    name: "a failed init container ends a pod that runs once",
    spec: { ...init, ...once },
    view: (pod) => aView(pod, { containers: [aRun(pod, "one", exited(1))] }),
    actions: ["stopSandbox s0"],
  },
  {
    name: "a sidecar and then the main container",
    spec: sidecar,
    view: (pod) => aView(pod, { containers: [aRun(pod, "side")] }),
    actions: ["start app 0"],
  },
  {
    name: "a dead sidecar is restarted beside the main container",
    spec: sidecar,
    view: (pod) => aView(pod, { containers: [aRun(pod, "app"), aRun(pod, "side", exited(0))] }),
    actions: ["start side 1"],
  },
  {
    name: "a failed liveness probe restarts",
    spec: { containers: [container("app", { livenessProbe: {} })] },
    view: (pod) => aView(pod, { containers: [aRun(pod, "app")] }, probing("failure")),
    actions: ["stop app-0 30s", "start app 0"].map((line) => line.replace("start app 0", "start app 1")),
  },
  {
    name: "an unknown probe result restarts nothing",
    spec: { containers: [container("app", { livenessProbe: {} })] },
    view: (pod) => aView(pod, { containers: [aRun(pod, "app")] }, probing("unknown")),
    actions: [],
  },
  {
    name: "of the runs that ended the last is kept",
    view: (pod) =>
      aView(pod, {
        containers: [
          aRun(pod, "app", { attempt: 2 }),
          aRun(pod, "app", exited(1, { attempt: 1 })),
          aRun(pod, "app", exited(1)),
        ],
      }),
    actions: ["remove app-0"],
  },
  {
    name: "termination stops sidecars last",
    spec: sidecar,
    view: (pod) =>
      aView(pod, { containers: [aRun(pod, "app"), aRun(pod, "side")] }, { termination: { graceSeconds: 5 } }),
    actions: ["stop app-0 5s, stop side-0 5s after app", "stopSandbox s0"],
  },
  {
    name: "termination cleans up when nothing runs",
    view: (pod) =>
      aView(pod, { sandboxes: [aSandbox({ state: "notReady" })] }, { termination: { graceSeconds: 5 } }),
    actions: ["cleanUp"],
  },
  {
    name: "a count that only the status knows goes on",
    view: (pod) => aView(pod, {}, { status: { containerStatuses: [known("docker://gone", 3)] } }),
    actions: ["start app 4"],
  },
  {
    name: "a count that has been raised for a lost container is not raised again",
    view: (pod) => aView(pod, {}, { status: { containerStatuses: [known("", 4)] } }),
    actions: ["start app 4"],
  },
];

function known(containerID: string, restartCount: number) {
  return {
    name: "app",
    image: "app:1",
    imageID: "",
    ready: false,
    restartCount,
    ...(containerID && { containerID }),
  };
}

describe("planPod", () => {
  test.each(cases)("$name", ({ spec = {}, view, actions }) => {
    expect(planPod(view(podWith(spec))).actions.map(text)).toEqual([...actions]);
  });
});

describe("carrying out plans", () => {
  /** What the runtime has after an action of a plan. */
  function after(view: PodView, action: PodAction): PodView {
    const { runtime, pod } = view;
    const { sandboxes, containers } = runtime;
    const change = (changed: Partial<PodRuntimeState>): PodView => ({
      ...view,
      runtime: { ...runtime, ...changed },
    });
    switch (action.type) {
      case "mountVolumes":
        return { ...view, volumes: "mounted" };
      case "attachNetwork":
        return { ...view, hasAddresses: true };
      case "cleanUp":
        return { ...view, isCleanedUp: true };
      case "createSandbox":
        return change({
          sandboxes: [aSandbox({ id: `s${String(action.attempt)}`, attempt: action.attempt }), ...sandboxes],
        });
      case "stopSandbox":
        return change({
          sandboxes: sandboxes.map((each) =>
            each.id === action.sandboxId ? { ...each, state: "notReady" } : each,
          ),
        });
      case "removeSandbox":
        return change({ sandboxes: sandboxes.filter(({ id }) => id !== action.sandboxId) });
      case "removeContainer":
        return change({ containers: containers.filter(({ id }) => id !== action.containerId) });
      case "stopContainers": {
        const stopped = new Set(action.stops.map(({ containerId }) => containerId));
        return change({
          containers: containers.map((each) =>
            stopped.has(each.id) ? { ...each, state: "exited", exitCode: 137, finishedAt: LONG_AGO } : each,
          ),
        });
      }
      case "startContainer":
        return change({ containers: [started(pod, action.start), ...containers] });
    }
  }

  function started(pod: Pod, { container: { name }, attempt, sandboxId, restartDelayMs }: ContainerStart) {
    // An init container is done as soon as it has run, others go on.
    const spec = pod.spec.initContainers?.find((each) => each.name === name);
    const isDone = spec !== undefined && spec.restartPolicy !== "Always";
    return aRun(pod, name, { attempt, sandboxId, state: isDone ? "exited" : "running" }, restartDelayMs);
  }

  const arbitraryState = fc.constantFrom<Partial<ContainerStatus> | undefined>(
    undefined,
    {},
    exited(0, { finishedAt: LONG_AGO }),
    exited(1, { finishedAt: LONG_AGO }),
    { state: "created" },
  );
  const arbitraryView = fc
    .record({
      restartPolicy: fc.constantFrom("Always", "OnFailure", "Never"),
      inits: fc.array(fc.boolean(), { maxLength: 3 }),
      mains: fc.integer({ min: 1, max: 3 }),
      states: fc.array(arbitraryState, { minLength: 6, maxLength: 6 }),
      sandbox: fc.constantFrom("none", "ready", "notReady"),
      isTerminating: fc.boolean(),
      volumes: fc.constantFrom("absent", "mounted"),
      hasAddresses: fc.boolean(),
    })
    .map(({ inits, mains, states, sandbox, isTerminating, restartPolicy, volumes, hasAddresses }) => {
      const pod = podWith({
        restartPolicy: restartPolicy as NonNullable<PodSpec["restartPolicy"]>,
        initContainers: inits.map((isSidecar, index) =>
          container(`i${String(index)}`, isSidecar ? { restartPolicy: "Always" } : {}),
        ),
        containers: Array.from({ length: mains }, (_, index) => container(`m${String(index)}`)),
      });
      const names = [...(pod.spec.initContainers ?? []), ...pod.spec.containers].map(({ name }) => name);
      const containers = names.flatMap((name, index) => {
        const isInit = inits[index] === false;
        // Nobody ends an init container that runs, so it has ended.
        const state =
          isInit && states[index]?.state === undefined && states[index] !== undefined
            ? exited(0)
            : states[index];
        return state === undefined || sandbox === "none" ? [] : [aRun(pod, name, state)];
      });
      const sandboxes = sandbox === "none" ? [] : [aSandbox({ state: sandbox as SandboxStatus["state"] })];
      return aView(
        pod,
        { sandboxes, containers },
        {
          volumes: volumes as PodView["volumes"],
          hasAddresses,
          termination: isTerminating ? { graceSeconds: 1 } : undefined,
        },
      );
    });

  const MAX_ROUNDS = 20;

  /** Plans and acts until there is nothing left to do. */
  function settled(first: PodView): PodView {
    let view = first;
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      const { actions } = planPod(view);
      if (actions.length === 0) return view;
      view = actions.reduce(after, view);
    }
    throw new Error(`Not settled: ${planPod(view).actions.map(text).join("; ")}`);
  }

  test("comes to an end, with at most one run of each container", () => {
    fc.assert(
      fc.property(arbitraryView, (first) => {
        const { runtime } = settled(first);
        const running = runtime.containers.filter(({ state }) => state === "running").map(({ name }) => name);
        expect(new Set(running).size).toBe(running.length);
      }),
    );
  });

  test("leaves nothing running of a pod that terminates", () => {
    fc.assert(
      fc.property(arbitraryView, (first) => {
        const { runtime, isCleanedUp } = settled({ ...first, termination: { graceSeconds: 1 } });
        expect(runtime.containers.filter(({ state }) => state === "running")).toEqual([]);
        expect(runtime.sandboxes.filter(({ state }) => state === "ready")).toEqual([]);
        expect(isCleanedUp).toBeTrue();
      }),
    );
  });

  test("runs every main container of a pod that always restarts", () => {
    fc.assert(
      fc.property(arbitraryView, (first) => {
        const pod = { ...first.pod, spec: { ...first.pod.spec, restartPolicy: "Always" as const } };
        const { runtime } = settled({ ...first, pod, termination: undefined });
        const running = new Set(
          runtime.containers.filter(({ state }) => state === "running").map(({ name }) => name),
        );
        for (const { name } of pod.spec.containers) expect(running.has(name), name).toBeTrue();
      }),
    );
  });
});
