import { parseDuration } from "#apimachinery/duration.ts";

/** What `--kubelet-arg` can change of a kubelet. */
export interface KubeletArgs {
  readonly maxPods?: number;
  readonly nodeStatusUpdateFrequencyMs?: number;
  readonly streamingConnectionIdleTimeoutMs?: number;
}

/** By the names of the kubelet's own flags. */
const ARGS: Readonly<Record<string, (value: string) => KubeletArgs>> = {
  "max-pods": (value) => ({ maxPods: parseCount(value) }),
  "node-status-update-frequency": (value) => ({ nodeStatusUpdateFrequencyMs: parseMs(value) }),
  "streaming-connection-idle-timeout": (value) => ({ streamingConnectionIdleTimeoutMs: parseMs(value) }),
};

/** One argument, such as `max-pods=50`. Throws a RangeError that says what it must be. */
export function parseKubeletArg(text: string): KubeletArgs {
  const [name = "", value] = text.replace(/^--/, "").split("=", 2);
  const read = Object.hasOwn(ARGS, name) ? ARGS[name] : undefined;
  if (read === undefined || value === undefined) {
    throw new RangeError(`must be one of ${Object.keys(ARGS).join(", ")}, with = and its value`);
  }
  return read(value);
}

/** All of them; of an argument that was given twice the last counts. */
export function argsOf(args: readonly KubeletArgs[]): KubeletArgs {
  return args.reduce((all, each) => ({ ...all, ...each }), {});
}

function parseCount(text: string): number {
  if (!/^\d{1,7}$/.test(text) || Number(text) === 0) throw new RangeError("must have a number above zero");
  return Number(text);
}

function parseMs(text: string): number {
  const ms = durationMs(text);
  if (ms <= 0) throw new RangeError("must have a duration above zero, such as 10s");
  return ms;
}

function durationMs(text: string): number {
  try {
    return Number(parseDuration(text) / 1_000_000n);
  } catch (error) {
    if (error instanceof SyntaxError) return 0;
    throw error;
  }
}
