import { DomainError } from "#base/domain-error.ts";
import { parseObject } from "./network-list.ts";

/**
 * - `missing`: the folder of plugins has no such executable.
 * - `unsupported`: the plugin does not know the configuration's version.
 * - `failed`: the plugin said that it failed, or ended without a word.
 */
type PluginErrorDetail = { readonly code: "missing" | "unsupported" | "failed" };

/** In the words of libcni, which operators of these plugins know. */
export class PluginError extends DomainError<PluginErrorDetail> {
  static missing(type: string, folder: string): PluginError {
    return new PluginError({ code: "missing" }, `failed to find plugin "${type}" in path [${folder}]`);
  }

  static invalidName(type: string): PluginError {
    return new PluginError({ code: "missing" }, `invalid plugin name: ${type}`);
  }

  static unsupported(type: string, cniVersion: string): PluginError {
    return new PluginError(
      { code: "unsupported" },
      `plugin ${type} does not support config version "${cniVersion}"`,
    );
  }

  /** What a plugin left on its outputs; it explains itself on the first. */
  static failed(output: string, complaint: string, exitCode: number): PluginError {
    return new PluginError({ code: "failed" }, explain(output, complaint, exitCode));
  }

  static inChain(type: string, purpose: string, cause: unknown): PluginError {
    const detail = cause instanceof PluginError ? cause.detail : { code: "failed" as const };
    const reason = cause instanceof Error ? cause.message : String(cause);
    return new PluginError(detail, `plugin type="${type}" failed (${purpose}): ${reason}`, { cause });
  }
}

function explain(output: string, complaint: string, exitCode: number): string {
  const status = `exit status ${String(exitCode)}`;
  if (output === "") {
    return complaint === ""
      ? `netplugin failed with no error message: ${status}`
      : `netplugin failed: ${JSON.stringify(complaint)}: ${status}`;
  }
  const { msg = "", details = "" } = (parseObject(output) ?? {}) as Readonly<Record<string, string>>;
  if (msg === "")
    return `netplugin failed but error parsing its diagnostic message ${JSON.stringify(output)}`;
  return details === "" ? msg : `${msg}; ${details}`;
}
