import { BUSYBOX } from "./kubelith-host.ts";

export interface ScriptPodOptions {
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  /** More fields of the only container. */
  readonly container?: object;
  /** More fields of the pod's spec. */
  readonly spec?: object;
}

/** A pod of one container, `main`, that runs a shell script of busybox and is killed at once when it is deleted. */
export function scriptPod(name: string, script: string, options: ScriptPodOptions = {}): object {
  const { labels = {}, annotations = {}, container = {}, spec = {} } = options;
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, labels, annotations },
    spec: {
      terminationGracePeriodSeconds: 0,
      containers: [{ ...scriptContainer("main", script), ...container }],
      ...spec,
    },
  };
}

export function scriptContainer(name: string, script: string): object {
  return { name, image: BUSYBOX, command: ["sh", "-c", script] };
}

/** Goes on until it is killed. */
export const FOREVER = "exec sleep 1000000";
