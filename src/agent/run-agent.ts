import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Clock, systemClock } from "#base/clock.ts";
import { onceAborted } from "#base/disposable.ts";
import { StartupError } from "#base/startup-error.ts";
import { buildVersion } from "#base/version.ts";
import { createClient } from "#client/create-client.ts";
import { fixedCertificate } from "#client/credentials.ts";
import { createHttpsTransport } from "#client/https-transport.ts";
import { Enrollment } from "#join/enroll/enroll.ts";
import type { Membership } from "#join/enroll/membership-file.ts";
import { type NodeCertificateName, SERVER_NAME } from "#join/join-protocol.ts";
import { type JoinToken, parseJoinToken } from "#join/join-token.ts";
import { createLogger, levelOfVerbosity } from "#observability/create-logger.ts";
import { measureEventLoopLag } from "#observability/event-loop-lag.ts";
import type { Logger } from "#observability/logger.ts";
import { addProcessMetrics, Metrics } from "#observability/metrics.ts";
import { startAgent } from "./agent.ts";
import type { AgentProcessConfig } from "./config.ts";

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
  const membership = await enroll(config, { clock, logger, signal });
  if (membership === undefined) return;
  await using _ = await startNode(config, membership, { clock, logger });
  await onceAborted(signal);
  logger.info("Stopping");
}

interface EnrollDependencies {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** Undefined when the operator does not want to wait any more. */
async function enroll(
  config: AgentProcessConfig,
  { clock, logger, signal }: EnrollDependencies,
): Promise<Membership | undefined> {
  const token = await readToken(config);
  if (token !== undefined && token.authorityHash === undefined) {
    logger.warn("The token has no hash of the server's authority: whoever answers is trusted", {
      server: config.server,
    });
  }
  const enrollment = new Enrollment(
    {
      url: config.server,
      token,
      nodeName: config.nodeName,
      addresses: [config.nodeIp],
      directory: join(config.dataDir, "agent"),
      passwordDirectory: join(config.dataDir, "node"),
    },
    { clock, random: Math.random, logger },
  );
  try {
    const membership = await enrollment.begin(signal);
    logger.info("Joined the cluster", { server: config.server, node: config.nodeName });
    return membership;
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  }
}

async function startNode(
  config: AgentProcessConfig,
  membership: Membership,
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
): Promise<AsyncDisposable> {
  await using stack = new AsyncDisposableStack();
  const metrics = new Metrics();
  addProcessMetrics(metrics, { startedAt: clock.now() });
  stack.use(measureEventLoopLag({ metrics, clock, logger }));
  const { settings, credentials, serverAuthority, clientAuthority } = membership;
  const clientAs = (name: NodeCertificateName, userAgent: string) => {
    const address = { url: config.server, ca: serverAuthority, serverName: SERVER_NAME };
    const options = { ...address, credentials: fixedCertificate(credentials[name]), userAgent };
    return createClient(stack.use(createHttpsTransport(options, { clock })));
  };
  const clients = {
    kubelet: clientAs("client-kubelet", "kubelet"),
    proxy: clientAs("client-kube-proxy", "kube-proxy"),
    dns: clientAs("client-cluster-dns", "cluster-dns"),
  };
  const serving = credentials["serving-kubelet"];
  const shared = { clients, serving, clientAuthority, clock, logger, metrics };
  stack.use(await startAgent({ ...config, ...settings }, shared));
  return stack.move();
}

async function readToken({ token, tokenFile }: AgentProcessConfig): Promise<JoinToken | undefined> {
  if (token !== "") return parseJoinToken(token);
  if (tokenFile === "") return undefined;
  try {
    return parseJoinToken((await readFile(tokenFile, "utf8")).trim());
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause;
    throw new StartupError(`Cannot read the token in "${tokenFile}": ${cause.message}`, { cause });
  }
}
