/** Parses YAML in a thread of its own, one text after the other; see `YamlThread`. */
import { parseYamlText } from "#apimachinery/yaml/yaml-text.ts";

declare const self: Worker;

export interface YamlRequest {
  readonly id: number;
  readonly text: string;
}

/** Values come as JSON, which is quicker to read than what threads pass on by themselves. */
export type YamlResponse = { readonly id: number } & (
  | { readonly json: string; readonly duplicateKeys: readonly string[] }
  /** What is wrong with the text. */
  | { readonly problem: string }
);

self.onmessage = ({ data: { id, text } }: MessageEvent<YamlRequest>) => {
  self.postMessage({ id, ...read(text) } satisfies YamlResponse);
};

function read(text: string) {
  try {
    const { value, duplicateKeys } = parseYamlText(text);
    return { json: JSON.stringify(value) ?? "null", duplicateKeys };
  } catch (error) {
    if (error instanceof SyntaxError) return { problem: error.message };
    throw error;
  }
}
