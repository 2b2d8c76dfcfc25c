import { access, constants } from "node:fs/promises";
import { join } from "node:path";
import { inNetworkNamespace } from "../netlink/namespace.ts";
import {
  isSince,
  type JsonObject,
  type NetworkList,
  type PluginConfig,
  parseObject,
} from "./network-list.ts";
import { PluginError } from "./plugin-error.ts";
import { INTERFACE_NAME, type SandboxAttachment } from "./sandbox-attachment.ts";

/** After this time the kubelet gives a runtime up (`runtimeRequestTimeout`), which then ends its plugin. */
const TIMEOUT_MS = 120_000;

export interface PluginsOptions {
  /** The folder of the executables. */
  readonly folder: string;
  /** Path of the host's network namespace; the own one by default. */
  readonly namespace?: string | undefined;
  /** How long a plugin may take before it is ended. */
  readonly timeoutMs?: number | undefined;
}

type Command = "ADD" | "DEL" | "CHECK";

/** Carries out a configuration's chain (CNI specification, sections 2 and 3). Rejects with a PluginError. */
export class Plugins {
  readonly #options: PluginsOptions;

  constructor(options: PluginsOptions) {
    this.#options = options;
  }

  /** Rejects when a plugin is missing, or does not know the configuration's version. */
  async validate({ cniVersion, plugins }: NetworkList): Promise<void> {
    for (const { type } of plugins) {
      const answer = await this.#run(type, { CNI_COMMAND: "VERSION" }, { cniVersion });
      const { supportedVersions = [] } = answer as { readonly supportedVersions?: readonly string[] };
      if (!supportedVersions.includes(cniVersion)) throw PluginError.unsupported(type, cniVersion);
    }
  }

  /** Connects the sandbox, and returns the last plugin's result. */
  async add(list: NetworkList, attachment: SandboxAttachment): Promise<JsonObject> {
    let result: JsonObject | undefined;
    for (const plugin of list.plugins)
      result = await this.#call("ADD", { list, plugin, result, attachment }, "add");
    return result ?? {};
  }

  /** Disconnects the sandbox, last plugin first. Plugins succeed where nothing is left to do. */
  async delete(list: NetworkList, attachment: SandboxAttachment, result?: JsonObject): Promise<void> {
    for (const plugin of list.plugins.toReversed())
      await this.#call("DEL", { list, plugin, result, attachment }, "delete");
  }

  /** Rejects when something of the connection is missing. */
  async check(list: NetworkList, attachment: SandboxAttachment, result: JsonObject): Promise<void> {
    for (const plugin of list.plugins)
      await this.#call("CHECK", { list, plugin, result, attachment }, "check");
  }

  /** Rejects when a plugin could connect nobody now. Plugins can be asked since version 1.1. */
  async status(list: NetworkList): Promise<void> {
    if (!isSince(list, "1.1.0")) return;
    for (const plugin of list.plugins)
      await this.#run(plugin.type, { CNI_COMMAND: "STATUS" }, pluginInput({ list, plugin }));
  }

  /** Has plugins free what belongs to none of these sandboxes. All are asked, since version 1.1, before it rejects. */
  async collect(list: NetworkList, containerIds: readonly string[]): Promise<void> {
    if (!isSince(list, "1.1.0")) return;
    const attachments = containerIds.map((containerID) => ({ containerID, ifname: INTERFACE_NAME }));
    const errors: unknown[] = [];
    for (const plugin of list.plugins) {
      const input = { ...pluginInput({ list, plugin }), ...validAttachments(attachments) };
      await this.#run(plugin.type, { CNI_COMMAND: "GC" }, input).catch((error: unknown) =>
        errors.push(PluginError.inChain(plugin.type, "gc", error)),
      );
    }
    if (errors.length > 0) throw errors[0];
  }

  async #call(command: Command, call: SandboxCall, purpose: string): Promise<JsonObject> {
    const { plugin, attachment } = call;
    const environment = {
      CNI_COMMAND: command,
      CNI_CONTAINERID: attachment.containerId,
      CNI_NETNS: attachment.netns,
      CNI_IFNAME: INTERFACE_NAME,
      CNI_ARGS: attachment.cniArgs.map((pair) => pair.join("=")).join(";"),
    };
    try {
      return await this.#run(plugin.type, environment, pluginInput(call));
    } catch (error) {
      throw PluginError.inChain(plugin.type, purpose, error);
    }
  }

  async #run(
    type: string,
    variables: Readonly<Record<string, string>>,
    input: JsonObject,
  ): Promise<JsonObject> {
    const { folder, namespace, timeoutMs: timeout = TIMEOUT_MS } = this.#options;
    const path = join(folder, type);
    if (type.includes("/")) throw PluginError.invalidName(type);
    await access(path, constants.X_OK).catch(() => {
      throw PluginError.missing(type, folder);
    });
    // A process is born into the namespace of the thread that makes it.
    const child = inNetworkNamespace(namespace, () =>
      Bun.spawn([path], {
        env: { ...process.env, CNI_PATH: folder, ...variables },
        timeout,
        killSignal: "SIGKILL",
        stdin: Buffer.from(JSON.stringify(input)),
        stdout: "pipe",
        stderr: "pipe",
      }),
    );
    const [code, output, complaint] = await Promise.all([
      child.exited,
      child.stdout.text(),
      child.stderr.text(),
    ]);
    if (code !== 0) throw PluginError.failed(output, complaint, code);
    return parseObject(output) ?? {};
  }
}

/** Under the name of the specification, and the one that libcni used before. */
function validAttachments(attachments: readonly JsonObject[]): JsonObject {
  return { "cni.dev/valid-attachments": attachments, "cni.dev/attachments": attachments };
}

type SandboxCall = PluginCall & { readonly attachment: SandboxAttachment };

interface PluginCall {
  readonly list: NetworkList;
  readonly plugin: PluginConfig;
  /** Of the plugin before, or of the whole chain. */
  readonly result?: JsonObject | undefined;
  /** Absent where it is about all sandboxes. */
  readonly attachment?: SandboxAttachment;
}

/** What a plugin reads: its own configuration, with what all of the chain share and what it says it can use. */
export function pluginInput({ list, plugin, result, attachment }: PluginCall): JsonObject {
  const capabilities = (plugin["capabilities"] ?? {}) as Readonly<Record<string, boolean>>;
  const used = Object.entries(attachment?.capabilityArgs ?? {}).filter(
    ([name]) => capabilities[name] === true,
  );
  return {
    ...plugin,
    name: list.name,
    cniVersion: list.cniVersion,
    ...(result !== undefined && { prevResult: result }),
    ...(used.length > 0 && { runtimeConfig: Object.fromEntries(used) }),
  };
}
