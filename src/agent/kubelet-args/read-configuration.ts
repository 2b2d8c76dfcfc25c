import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { isJsonObject } from "#apimachinery/json-value.ts";
import type { ConfigurationDocument } from "./kubelet-args.ts";
import { settingsOf } from "./kubelet-configuration.ts";

const API_VERSION = "kubelet.config.k8s.io/v1beta1";
const KIND = "KubeletConfiguration";

/** The file that `--config` names. Throws a RangeError that says what it must be. */
export function readKubeletConfiguration(path: string): ConfigurationDocument {
  try {
    const document: unknown = parse(readFileSync(path, "utf8"));
    if (!isJsonObject(document) || document["apiVersion"] !== API_VERSION || document["kind"] !== KIND)
      throw new RangeError(`it is no ${KIND} of ${API_VERSION}`);
    settingsOf([document]);
    return document;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new RangeError(
      `must name a file that can be used: failed to load kubelet config file, path: ${path}, error: ${why}`,
      { cause: error },
    );
  }
}

/** The files of the directory that `--config-dir` names, in the order of their names. Throws a RangeError. */
export function readDropIns(directory: string): readonly ConfigurationDocument[] {
  return namesIn(directory)
    .filter((name) => name.endsWith(".conf"))
    .toSorted()
    .map((name) => readKubeletConfiguration(join(directory, name)));
}

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory, { recursive: true, encoding: "utf8" });
  } catch (error) {
    throw new RangeError("must name a directory that can be read", { cause: error });
  }
}
