import { connect } from "node:net";
import { joinHostPort, networkErrorText } from "./network-error-text.ts";
import type { ProbeOutcome } from "./probe-outcome.ts";

/** Whether a port accepts connections (`pkg/probe/tcp`). */
export function probeTcp(host: string, port: number, timeoutMs: number): Promise<ProbeOutcome> {
  const { promise, resolve } = Promise.withResolvers<ProbeOutcome>();
  const address = joinHostPort(host, port);
  const socket = connect({ host, port });
  const finish = (outcome: ProbeOutcome): void => {
    socket.destroy();
    resolve(outcome);
  };
  const timer = setTimeout(() => {
    finish({ result: "failure", output: `dial tcp ${address}: i/o timeout` });
  }, timeoutMs);
  socket.once("connect", () => finish({ result: "success", output: "" }));
  socket.once("error", (error) => {
    finish({ result: "failure", output: `dial tcp ${address}: ${networkErrorText(error)}` });
  });
  return promise.finally(() => clearTimeout(timer));
}
