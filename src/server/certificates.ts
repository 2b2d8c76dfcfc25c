import { join } from "node:path";
import type { Clock } from "#base/clock.ts";
import { buildVersion } from "#base/version.ts";
import type { Logger } from "#observability/logger.ts";
import { RenewedPki } from "#pki/renewed-pki.ts";
import { clusterNames } from "./cluster-names.ts";
import type { ServerConfig } from "./config.ts";

/** The server's keys and certificates, renewed while it runs. Rejects with a `PkiError`. */
export async function openCertificates(
  config: ServerConfig,
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
): Promise<RenewedPki> {
  const pki = await RenewedPki.open(
    {
      directory: join(config.dataDir, "server", "tls"),
      ...clusterNames(config),
      earliest: BUILT_AT,
    },
    {
      clock,
      onFailure: (error) => logger.error("Failed to renew certificates", { error }),
    },
  );
  pki.onRenewed.add((issued) => {
    logger.info("Renewed certificates", { names: issued.map(({ name }) => name).join(",") });
  });
  return pki;
}

/** A host without a clock of its own may begin in 1970: no certificate is to be older than the program. */
const BUILT_AT = Date.parse(buildVersion.date);

/** The time for certificates. */
export function certificateTime(clock: Pick<Clock, "now">): number {
  return Math.max(BUILT_AT, clock.now());
}
