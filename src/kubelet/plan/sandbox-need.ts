import type { SandboxStatus } from "#container/runtime.ts";
import type { PodView } from "./pod-view.ts";

/** Whether the pod can go on in the sandbox it has (`runtimeutil.PodSandboxChanged`). */
export type SandboxNeed =
  | { readonly type: "keep"; readonly sandbox: SandboxStatus }
  | { readonly type: "create"; readonly attempt: number; readonly previous: SandboxStatus | undefined };

export function sandboxNeed({ pod, runtime }: Pick<PodView, "pod" | "runtime">): SandboxNeed {
  const [newest] = runtime.sandboxes;
  if (newest === undefined) return { type: "create", attempt: 0, previous: undefined };
  const ready = runtime.sandboxes.filter(({ state }) => state === "ready");
  const network = pod.spec.hostNetwork === true ? "node" : "pod";
  const isUsable = newest.state === "ready" && ready.length === 1 && newest.network === network;
  return isUsable
    ? { type: "keep", sandbox: newest }
    : { type: "create", attempt: newest.attempt + 1, previous: newest };
}
