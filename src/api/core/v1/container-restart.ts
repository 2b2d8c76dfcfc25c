/** Whether a container runs again after it has ended (`pkg/api/v1/pod/util.go`, KEP-5307, KEP-5532). */
import type { Container, ContainerRestartRule, PodSpec } from "../../generated/core-v1.ts";

/** The first rule that fits the exit code decides, then the policy of the container, then that of the pod. */
export function shouldRestart(
  { restartPolicy, restartPolicyRules }: Container,
  { restartPolicy: podPolicy = "Always" }: PodSpec,
  exitCode: number,
): boolean {
  if (restartPolicy === undefined) return isRestarted(podPolicy, exitCode);
  const action = restartPolicyRules?.find((rule) => matchesExitCode(rule, exitCode))?.action;
  if (action === "Restart" || action === "RestartAllContainers") return true;
  return isRestarted(restartPolicy, exitCode);
}

/** Whether the end of one container may start all others again, whatever their policies are. */
export function mayRestartAll({ initContainers = [], containers }: PodSpec): boolean {
  return [...initContainers, ...containers].some(({ restartPolicyRules }) =>
    restartPolicyRules?.some(({ action }) => action === "RestartAllContainers"),
  );
}

function isRestarted(policy: string, exitCode: number): boolean {
  return policy === "OnFailure" ? exitCode !== 0 : policy !== "Never";
}

function matchesExitCode({ exitCodes }: ContainerRestartRule, exitCode: number): boolean {
  if (exitCodes === undefined) return false;
  const isListed = exitCodes.values?.includes(exitCode) ?? false;
  return exitCodes.operator === "In" ? isListed : exitCodes.operator === "NotIn" && !isListed;
}
