import type { Chance } from "./chance.ts";
import { generate } from "./grammar.ts";
import { inflate, type Material, mutateBytes } from "./mutate-bytes.ts";
import { mutateJson } from "./mutate-json.ts";
import type { FuzzTarget } from "./target.ts";

/** One in so many inputs is a part of another one, repeated. */
const INFLATED = 400;
/** One in so many comes from the grammar, where there is one. */
const GENERATED = 6;
/** One in so many changes of JSON may leave something else. */
const BROKEN_JSON = 10;

/** The inputs that were worth keeping, and new ones made of them. */
export class InputSource {
  readonly #target: FuzzTarget;
  readonly #chance: Chance;
  readonly #dictionary: readonly Buffer[];
  readonly kept: Buffer[] = [];

  constructor(target: FuzzTarget, chance: Chance) {
    this.#target = target;
    this.#chance = chance;
    this.#dictionary = target.dictionary.map((word) => Buffer.from(word));
  }

  keep(input: Buffer): void {
    this.kept.push(input);
  }

  next(): Buffer {
    const { grammar, form, maxInflatedBytes } = this.#target;
    const chance = this.#chance;
    if (grammar !== undefined && chance.oneIn(GENERATED)) return Buffer.from(generate(grammar, chance));
    const parent = this.#pick();
    if (chance.oneIn(INFLATED)) {
      return this.#asText(inflate(parent, chance, { ...this.#material(), maxBytes: maxInflatedBytes }));
    }
    if (form === "json" && !chance.oneIn(BROKEN_JSON)) return this.#changeDocument(parent);
    return this.#asText(mutateBytes(parent, chance, this.#material()));
  }

  #material(): Material {
    return { dictionary: this.#dictionary, other: this.#pick(), maxBytes: this.#target.maxBytes };
  }

  /** What was found lately is likelier to lead on. */
  #pick(): Buffer {
    const { kept } = this;
    if (kept.length === 0) return Buffer.alloc(0);
    const fromEnd = this.#chance.oneIn(2) ? this.#chance.small(kept.length) : this.#chance.below(kept.length);
    return kept[kept.length - 1 - fromEnd] ?? Buffer.alloc(0);
  }

  #changeDocument(parent: Buffer): Buffer {
    const document = parse(parent);
    if (document === undefined) return parent;
    const material = { words: this.#target.dictionary, other: parse(this.#pick()) ?? null };
    const changed = Buffer.from(JSON.stringify(mutateJson(document, this.#chance, material)) ?? "null");
    return changed.length <= this.#target.maxBytes ? changed : parent;
  }

  /** What text decoders see of bytes that are no text. */
  #asText(bytes: Buffer): Buffer {
    return this.#target.form === "bytes" ? bytes : Buffer.from(bytes.toString());
  }
}

function parse(input: Buffer): unknown {
  try {
    return JSON.parse(input.toString()) as unknown;
  } catch {
    // Broken documents are kept too, when they lead to something new.
    return undefined;
  }
}
