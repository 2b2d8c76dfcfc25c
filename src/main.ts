import { hostname } from "node:os";
import { presentHostAddress } from "./agent/host-address.ts";
import { runCli } from "./cli/cli.ts";

const controller = new AbortController();
for (const signal of ["SIGTERM", "SIGINT"] as const) {
  process.on(signal, () => {
    // A second signal means that the operator does not want to wait.
    if (controller.signal.aborted) process.exit(1);
    controller.abort();
  });
}

// Whoever reads the log may go away; that is no reason to end.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);

const command = runCli(process.argv.slice(2), {
  env: process.env,
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  colorDepth: 1,
  machine: {
    hostname: hostname(),
    get address() {
      return presentHostAddress();
    },
  },
  signal: controller.signal,
});
// Idle connections to the Docker Engine would keep the process for another second. Without an await at the top, because
// the executable holds compiled code, which modules with one cannot be.
void command.then((exitCode) => process.exit(exitCode));
