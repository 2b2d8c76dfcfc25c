import { FileZone } from "../file-zone.ts";
import { CorefileError, type Directive } from "./directive.ts";
import { parseDomain, readFallthrough } from "./domain-argument.ts";
import { parseZoneFile } from "./zone-file.ts";

/** Where k3s puts the keys of the ConfigMap as files. */
const FOLDER = "/etc/coredns/custom/";
const OPTIONS = new Set(["fallthrough", "reload", "upstream"]);

/** The keys of the ConfigMap, which rules may name as files. */
export type Files = Readonly<Record<string, string>>;

/** The text of a file that is a key of the ConfigMap; undefined for another one. */
export function fileText(path: string, files: Files): string | undefined {
  return path.startsWith(FOLDER) ? files[path.slice(FOLDER.length)] : undefined;
}

/** `file DBFILE [ZONES...] { fallthrough [ZONES...] }`. */
export function readFile(
  { args: [path = "", ...zones], block }: Directive,
  serverZones: readonly string[],
  files: Files,
): readonly FileZone[] {
  const text = fileText(path, files);
  if (text === undefined)
    throw new CorefileError(`"${path}" is no key of the ConfigMap: its keys are the files in ${FOLDER}`);
  const unknown = block.find(({ name }) => !OPTIONS.has(name));
  if (unknown !== undefined) throw new CorefileError(`the option "${unknown.name}" of file is not known`);
  const fallthrough = readFallthrough(block.find(({ name }) => name === "fallthrough")?.args);
  const origins = zones.length > 0 ? zones.map(parseDomain) : serverZones;
  return origins.map((origin) => {
    const records = parseZoneFile(text, origin);
    try {
      return new FileZone(origin, { records, fallthrough });
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw new CorefileError(error.message, { cause: error });
    }
  });
}
