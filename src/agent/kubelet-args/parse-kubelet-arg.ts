import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { JsonObject } from "#apimachinery/json-value.ts";
import { settingsOf } from "../configuration/component-configuration.ts";
import { readConfiguration } from "../configuration/read-configuration.ts";
import { type ComponentFlags, readFlag, splitFlag } from "../configuration/read-flag.ts";
import type { KubeletArg, KubeletArgs } from "./kubelet-args.ts";
import { KUBELET_CONFIGURATION } from "./kubelet-configuration.ts";
import { REFUSED_FLAGS } from "./refused-flags.ts";
import { TAKEN_FLAGS } from "./taken-flags.ts";

const FLAGS: ComponentFlags<KubeletArgs> = {
  component: "the kubelet",
  example: "max-pods=50",
  taken: TAKEN_FLAGS,
  refused: REFUSED_FLAGS,
};

/** One argument, such as `max-pods=50`. Throws a RangeError that says what it must be. */
export function parseKubeletArg(text: string): KubeletArg {
  const [name, value] = splitFlag(FLAGS, text);
  if (name === "config") return { configuration: readConfiguration(KUBELET_CONFIGURATION, value) };
  if (name === "config-dir") return { dropIns: readDropIns(value) };
  return { settings: readFlag(FLAGS, name, value) };
}

/**
 * All of them. Flags go before the files of the directory, and those before the file; of an argument that was given twice
 * the last counts.
 */
export function argsOf(args: readonly KubeletArg[]): KubeletArgs {
  const file = args.findLast(({ configuration }) => configuration !== undefined)?.configuration;
  const dropIns = args.findLast(({ dropIns: files }) => files !== undefined)?.dropIns ?? [];
  const documents = file === undefined ? dropIns : [file, ...dropIns];
  return args.reduce<KubeletArgs>(
    (all, { settings }) => ({ ...all, ...settings }),
    settingsOf(KUBELET_CONFIGURATION, documents),
  );
}

/** The files of a directory, in the order of their names. Throws a RangeError. */
function readDropIns(directory: string): readonly JsonObject[] {
  return namesIn(directory)
    .filter((name) => name.endsWith(".conf"))
    .toSorted()
    .map((name) => readConfiguration(KUBELET_CONFIGURATION, join(directory, name)));
}

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory, { recursive: true, encoding: "utf8" });
  } catch (error) {
    throw new RangeError("must name a directory that can be read", { cause: error });
  }
}
