import { describe, expect, test } from "bun:test";
import type {
  Container,
  ContainerState,
  ContainerStatus,
  PodSpec,
  PodStatus,
} from "#api/generated/core-v1.ts";
import { aPod } from "#testing/objects.ts";
import { podPhase } from "./pod-phase.ts";

const RUNNING: ContainerState = { running: { startedAt: "2026-01-01T00:00:00Z" } };
const WAITING: ContainerState = { waiting: { reason: "ContainerCreating" } };
const ended = (exitCode: number): ContainerState => ({ terminated: { exitCode } });

/** The state of a container, and how its run before ended. */
type State = readonly [state: ContainerState, last?: ContainerState];

const statusOf = (name: string, [state, lastState = {}]: State): ContainerStatus => ({
  name,
  image: "app:1",
  imageID: "",
  ready: false,
  restartCount: 0,
  started: state.running !== undefined,
  state,
  lastState,
});

interface Case {
  readonly name: string;
  readonly restartPolicy?: NonNullable<PodSpec["restartPolicy"]>;
  readonly inits?: readonly State[];
  readonly sidecars?: readonly State[];
  readonly mains: readonly State[];
  readonly isTerminal?: boolean;
  readonly phase: NonNullable<PodStatus["phase"]>;
}

const cases: readonly Case[] = [
  { name: "nothing has started", mains: [[WAITING]], phase: "Pending" },
  { name: "one of two has started", mains: [[RUNNING], [WAITING]], phase: "Pending" },
  { name: "all run", mains: [[RUNNING], [RUNNING]], phase: "Running" },
  { name: "one runs, one is done", restartPolicy: "Never", mains: [[RUNNING], [ended(0)]], phase: "Running" },
  { name: "one waits for its next run", mains: [[WAITING, ended(1)]], phase: "Running" },
  { name: "a failure that is restarted", restartPolicy: "OnFailure", mains: [[ended(1)]], phase: "Running" },
  { name: "a success that is not", restartPolicy: "OnFailure", mains: [[ended(0)]], phase: "Succeeded" },
  { name: "a success that is restarted", mains: [[ended(0)]], phase: "Running" },
  { name: "all have succeeded", restartPolicy: "Never", mains: [[ended(0)], [ended(0)]], phase: "Succeeded" },
  { name: "one has failed", restartPolicy: "Never", mains: [[ended(0)], [ended(1)]], phase: "Failed" },
  { name: "a pod that was stopped in its work", mains: [[ended(137)]], isTerminal: true, phase: "Failed" },
  {
    name: "a pod that was stopped and took it well",
    mains: [[ended(0)]],
    isTerminal: true,
    phase: "Succeeded",
  },
  { name: "an init container runs", inits: [[RUNNING]], mains: [[WAITING]], phase: "Pending" },
  {
    name: "an init container has failed and runs again",
    inits: [[WAITING, ended(1)]],
    mains: [[WAITING]],
    phase: "Pending",
  },
  {
    name: "an init container has failed for good",
    restartPolicy: "Never",
    inits: [[ended(1)]],
    mains: [[WAITING]],
    phase: "Failed",
  },
  { name: "init containers are done", inits: [[ended(0)]], mains: [[RUNNING]], phase: "Running" },
  {
    name: "a sidecar runs beside what is done",
    restartPolicy: "Never",
    sidecars: [[RUNNING]],
    mains: [[ended(0)]],
    phase: "Running",
  },
  {
    name: "a sidecar has stopped after what is done",
    restartPolicy: "Never",
    sidecars: [[ended(137)]],
    mains: [[ended(0)]],
    phase: "Succeeded",
  },
];

describe("podPhase", () => {
  test.each(cases)("$name: $phase", (each) => {
    const { restartPolicy = "Always", inits = [], sidecars = [], mains, isTerminal = false, phase } = each;
    const named = (prefix: string, states: readonly State[]) =>
      states.map((state, index) => statusOf(`${prefix}${String(index)}`, state));
    const container = ({ name }: ContainerStatus): Container => ({ name, image: "app:1" });
    const [first, second, main] = [named("init", inits), named("side", sidecars), named("main", mains)];
    const pod = aPod("web");
    const spec: PodSpec = {
      ...pod.spec,
      restartPolicy,
      initContainers: [
        ...first.map(container),
        ...second.map((status) => ({ ...container(status), restartPolicy: "Always" as const })),
      ],
      containers: main.map(container),
    };
    const statuses = {
      initContainerStatuses: [...first, ...second],
      containerStatuses: main,
      ephemeralContainerStatuses: [],
    };
    expect(podPhase({ ...pod, spec }, statuses, { isTerminal, hasInitialized: true })).toBe(phase);
  });
});
