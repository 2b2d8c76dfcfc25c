import type { Container, HTTPGetAction, LifecycleHandler, Pod } from "#api/generated/core-v1.ts";
import type { Clock } from "#base/clock.ts";
import type { ContainerRuntime } from "#container/runtime.ts";
import { formatPod } from "../pod/pod-text.ts";
import { containerPort, noSuchPort } from "../probes/container-port.ts";
import { get, type HttpTarget, requestErrorText, urlOf } from "../probes/http-probe.ts";

export interface HookRequest {
  readonly pod: Pod;
  readonly container: Container;
  readonly containerId: string;
  readonly handler: LifecycleHandler;
  readonly podIP: string | undefined;
  readonly signal: AbortSignal;
}

export interface HookDependencies {
  readonly runtime: Pick<ContainerRuntime, "execSync">;
  readonly clock: Pick<Clock, "sleep">;
}

const USER_AGENT = "kube-lifecycle/1.36";
/** Hooks have no time limit of their own: the pod's grace ends them, or its deletion. */
const NO_LIMIT_MS = 2 ** 31 - 1;

/** Runs a postStart or preStop hook to its end (`lifecycle/handlers.go`). Rejects with the message of the status. */
export async function runHook(request: HookRequest, dependencies: HookDependencies): Promise<void> {
  const { handler, signal } = request;
  try {
    await runHandler(request, dependencies);
  } catch (error) {
    signal.throwIfAborted();
    throw new Error(`${describeHook(handler)} ${describePlace(request)} failed - ${textOf(error)}`, {
      cause: error,
    });
  }
}

async function runHandler(request: HookRequest, { runtime, clock }: HookDependencies): Promise<void> {
  const { handler, containerId, signal } = request;
  const { exec, httpGet, sleep } = handler;
  if (exec !== undefined) {
    const command = exec.command ?? [];
    const { exitCode, stdout, stderr } = await runtime.execSync(containerId, command, NO_LIMIT_MS, signal);
    if (exitCode === 0) return;
    const output = Buffer.concat([stdout, stderr]).toString();
    const what = `command '${command.join(" ")}' exited with ${String(exitCode)}: ${Buffer.from(stderr).toString()}`;
    throw new Error(`error: ${what}, message: ${JSON.stringify(output)}`);
  }
  if (httpGet !== undefined) return await requestHttp(request, httpGet);
  if (sleep !== undefined) return await clock.sleep(sleep.seconds * 1000, signal);
  throw new Error("error: invalid handler");
}

/** Any answer will do. A server that does not speak TLS gets the request without. */
async function requestHttp({ container, podIP, signal }: HookRequest, action: HTTPGetAction): Promise<void> {
  const port = containerPort(container, action.port);
  if (port === undefined) throw new Error(`error: ${noSuchPort(action.port)}`);
  if (podIP === undefined && (action.host ?? "") === "") {
    throw new Error("error: failed to find networking container");
  }
  const target: HttpTarget = { action, port, podIP: podIP ?? "", userAgent: USER_AGENT };
  const url = urlOf(target);
  try {
    await get(url, target, signal);
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    const isPlain = url.protocol === "https:" && /WRONG_VERSION_NUMBER|EPROTO/.test(code);
    if (!isPlain)
      throw new Error(`error: Get ${JSON.stringify(url.href)}: ${requestErrorText(error, url)}`, {
        cause: error,
      });
    await get(new URL(url.href.replace(/^https:/, "http:")), target, signal);
  }
}

function describeHook({ exec, httpGet, sleep }: LifecycleHandler): string {
  if (exec !== undefined) return `Exec lifecycle hook ([${(exec.command ?? []).join(" ")}])`;
  if (httpGet !== undefined) return `HTTP lifecycle hook (${httpGet.path ?? ""})`;
  return sleep === undefined ? "Lifecycle hook" : `Sleep lifecycle hook (${String(sleep.seconds)})`;
}

function describePlace({ container, pod }: HookRequest): string {
  return `for Container "${container.name}" in Pod "${formatPod(pod)}"`;
}

function textOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.startsWith("error: ") ? text : `error: ${text}`;
}
