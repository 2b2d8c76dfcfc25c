import { join } from "node:path";
import type { FuzzTarget } from "./target.ts";

const DIRECTORY = join(import.meta.dirname, "../corpus");

/** One input, which is not empty. What has a reason stays; everything else can be found again. */
export interface CorpusEntry {
  readonly input: Buffer;
  /** Why it is there: what it has once broken. */
  readonly reason?: string;
}

/** The kept inputs of a target; none where there is no file. */
export async function readCorpus(name: string, form: FuzzTarget["form"]): Promise<readonly CorpusEntry[]> {
  const file = Bun.file(pathOf(name));
  return (await file.exists()) ? parseCorpus(await file.text(), form) : [];
}

export async function writeCorpus(
  name: string,
  entries: readonly CorpusEntry[],
  form: FuzzTarget["form"],
): Promise<void> {
  await Bun.write(pathOf(name), formatCorpus(entries, form));
}

/** A line for each input: JSON text, or base64 for bytes. A comment is the reason of the line below it. */
export function parseCorpus(text: string, form: FuzzTarget["form"]): readonly CorpusEntry[] {
  const lines = text.split("\n").filter((line) => line !== "");
  return lines.flatMap((line, index) => {
    if (line.startsWith("#")) return [];
    const above = lines[index - 1];
    const input = form === "bytes" ? Buffer.from(line, "base64") : Buffer.from(JSON.parse(line) as string);
    return [above?.startsWith("# ") === true ? { input, reason: above.slice(2) } : { input }];
  });
}

export function formatCorpus(entries: readonly CorpusEntry[], form: FuzzTarget["form"]): string {
  const lines = entries.flatMap(({ input, reason }) => {
    const line = form === "bytes" ? input.toString("base64") : JSON.stringify(input.toString());
    return reason === undefined ? [line] : [`# ${reason}`, line];
  });
  return lines.map((line) => `${line}\n`).join("");
}

function pathOf(name: string): string {
  return join(DIRECTORY, `${name}.txt`);
}
