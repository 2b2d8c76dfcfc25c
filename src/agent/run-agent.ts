import { X509Certificate } from "node:crypto";
import { join } from "node:path";
import { type Clock, systemClock } from "#base/clock.ts";
import { abortable, onceAborted } from "#base/disposable.ts";
import { buildVersion } from "#base/version.ts";
import { Enrollment } from "#join/enroll/enroll.ts";
import type { Membership } from "#join/enroll/membership-file.ts";
import { NodeCredentials } from "#join/enroll/node-credentials.ts";
import { type ServerBalancer, startServerBalancer } from "#join/servers/server-balancer.ts";
import { ServerListFile } from "#join/servers/server-list-file.ts";
import { createLogger, levelOfVerbosity } from "#observability/create-logger.ts";
import type { Logger } from "#observability/logger.ts";
import { readAgentToken } from "./agent-token.ts";
import type { AgentProcessConfig } from "./config.ts";
import { followHostAddress, type HostAddress } from "./host-address.ts";
import { startNode } from "./start-node.ts";

/** Runs a node of a cluster until the signal aborts. Pods go on running. Rejects with a StartupError. */
export async function runAgent(config: AgentProcessConfig, signal: AbortSignal): Promise<void> {
  const clock = systemClock;
  const write = (line: string): void => void process.stderr.write(line);
  const logger = createLogger(
    { format: "text", level: levelOfVerbosity(config.verbosity) },
    { clock, write },
  );
  logger.info("Starting", {
    version: buildVersion.kubelith,
    kubernetes: buildVersion.kubernetes,
    dataDir: config.dataDir,
  });
  try {
    await using _ = await startAgentProcess(config, { clock, logger, signal });
    await onceAborted(signal);
  } catch (error) {
    // Whoever stops an agent that waits for its server has not met a failure.
    if (!signal.aborted || error !== signal.reason) throw error;
  }
  logger.info("Stopping");
}

interface AgentProcessDependencies {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Ends the waiting for a server. */
  readonly signal: AbortSignal;
}

async function startAgentProcess(
  given: AgentProcessConfig,
  { clock, logger, signal }: AgentProcessDependencies,
): Promise<AsyncDisposable> {
  await using stack = new AsyncDisposableStack();
  const address = stack.use(followHostAddress(given, { clock, logger }));
  await waitForAddress(address, { logger, signal });
  const config = { ...given, nodeIp: address.current };
  const stateFile = join(config.dataDir, "agent", "servers.json");
  const named = addressOf(config.server);
  const shared = { clock, random: Math.random, logger: logger.with({ component: "join" }) };
  const kept = (await new ServerListFile(stateFile).read()) ?? [];
  const servers: { balancer?: ServerBalancer } = {};
  const enrollment = await createEnrollment(config, {
    ...shared,
    address,
    servers: () => [...new Set([named, ...(servers.balancer?.servers ?? kept)])],
  });
  const membership = await enrollment.begin(signal);
  logger.info("Joined the cluster", { node: config.nodeName, server: config.server });
  const balancer = stack.use(await startServerBalancer({ servers: [named], stateFile }, shared));
  servers.balancer = balancer;
  const credentials = stack.use(new NodeCredentials(membership, { ...shared, enrollment }));
  if (!certifies(membership, address.current)) credentials.renewSoon();
  stack.use(address.onChange.add(() => credentials.renewSoon()));
  const { settings } = membership;
  stack.use(await startNode(config, { address, settings, credentials, balancer, clock, logger }));
  return stack.move();
}

/** `host:port` of the URL, which leaves out the port that all of its kind have. */
function addressOf(server: string): string {
  const { hostname, port } = new URL(server);
  return `${hostname}:${port === "" ? "443" : port}`;
}

/** A host whose network comes up later than this process has none yet. */
async function waitForAddress(
  address: HostAddress,
  { logger, signal }: Pick<AgentProcessDependencies, "logger" | "signal">,
): Promise<void> {
  if (!LOOPBACK.test(address.current)) return;
  const changed = Promise.withResolvers<void>();
  using _ = address.onChange.add(() => changed.resolve());
  logger.warn("Waiting for an address of this host, which has none but that of loopback");
  await abortable(changed.promise, signal);
}

const LOOPBACK = /^(127\.|::1$)/;

/** What an earlier process was given may name an address that the host has no more. */
function certifies({ credentials }: Membership, address: string): boolean {
  return new X509Certificate(credentials["serving-kubelet"].certificate).checkIP(address) !== undefined;
}

interface EnrollmentParts {
  readonly address: HostAddress;
  readonly servers: () => readonly string[];
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
}

async function createEnrollment(
  config: AgentProcessConfig,
  { address, servers, ...dependencies }: EnrollmentParts,
): Promise<Enrollment> {
  const token = await readAgentToken(config);
  if (token !== undefined && token.authorityHash === undefined) {
    dependencies.logger.warn("The token has no hash of the servers' authority: whoever answers is trusted", {
      server: config.server,
    });
  }
  return new Enrollment(
    {
      servers,
      token,
      nodeName: config.nodeName,
      addresses: () => [address.current, ...config.nodeExternalIps],
      directory: join(config.dataDir, "agent"),
      passwordDirectory: join(config.dataDir, "node"),
    },
    dependencies,
  );
}
