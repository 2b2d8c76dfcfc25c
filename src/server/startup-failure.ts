import { StartupError } from "#base/startup-error.ts";
import { ListenError } from "#https/listen-error.ts";
import { PkiError } from "#pki/pki-error.ts";
import { StoreError } from "#store/store-error.ts";
import type { ServerConfig } from "./config.ts";

/** Turns the failures that an operator can mend into one line that says how; anything else stays what it is. */
export function toStartupFailure(
  error: unknown,
  config: Pick<ServerConfig, "dataDir" | "httpsListenPort">,
): unknown {
  if (error instanceof ListenError)
    return startupError(`${error.message}; ${listenAdvice(error, config)}`, error);
  if (error instanceof PkiError) return startupError(error.message, error);
  return error instanceof StoreError ? storeFailure(error, config.dataDir) : error;
}

/** The API has a port to choose; the kubelet's is the same everywhere, but not its address. */
function listenAdvice(
  { detail }: ListenError,
  { httpsListenPort }: Pick<ServerConfig, "httpsListenPort">,
): string {
  const isApi = detail.port === httpsListenPort;
  switch (detail.code) {
    case "addressInUse":
      return isApi
        ? "stop that program or choose another port with --https-listen-port"
        : "stop that program, which may be another kubelet, or run no pods here with --disable-agent";
    case "addressUnusable":
      return isApi
        ? "choose others with --bind-address and --https-listen-port"
        : "give an address of this host with --node-ip";
  }
}

function storeFailure(error: StoreError, dataDir: string): unknown {
  const { detail } = error;
  switch (detail.code) {
    case "inUse":
      return startupError(
        `The data directory "${dataDir}" is in use by another kubelith server; stop that one or choose another with --data-dir`,
        error,
      );
    case "newerFormat":
      return startupError(
        `The data directory "${dataDir}" was written by a newer version of kubelith (format ${String(detail.found)}, this version knows ${String(detail.supported)}); install that version again`,
        error,
      );
    case "diskFull":
      return startupError(
        `The disk of the data directory "${dataDir}" is full; make room and start again`,
        error,
      );
    case "storageFailed":
      return startupError(`Cannot use the data directory "${dataDir}": ${error.message}`, error);
    case "undecipherable":
      return startupError(
        `${error.message}; give the key that it was written with in --encryption-provider-config`,
        error,
      );
    case "keyExists":
    case "conflict":
    case "compacted":
    case "futureRevision":
    case "slowWatcher":
    case "closed":
      return error;
  }
}

function startupError(message: string, cause: Error): StartupError {
  return new StartupError(message, { cause });
}
