import { describe, expect, test } from "bun:test";
import { Chance } from "./chance.ts";
import { generate } from "./grammar.ts";
import { InputSource } from "./input-source.ts";
import { bytesTarget, jsonTarget } from "./target.ts";

const GRAMMAR = { start: ["<list>"], list: ["x", "[<list>,<list>]"] };

function inputs(target: ReturnType<typeof bytesTarget>, seed: number): readonly string[] {
  const source = new InputSource(target, new Chance(seed));
  for (const each of target.seeds) source.keep(Buffer.from(each));
  return Array.from({ length: 500 }, () => source.next().toString("latin1"));
}

describe("inputs", () => {
  const bytes = bytesTarget({
    seeds: ["hello 1", "\0\u00ff"],
    dictionary: ["word"],
    maxBytes: 50,
    maxInflatedBytes: 500,
    refusals: [],
    open: () => () => undefined,
  });

  test("are the same for the same seed, and others for another", () => {
    expect(inputs(bytes, 1)).toEqual(inputs(bytes, 1));
    expect(inputs(bytes, 1)).not.toEqual(inputs(bytes, 2));
  });

  test("keep to their length", () => {
    const lengths = inputs(bytes, 1).map(({ length }) => length);
    expect(lengths.filter((length) => length > 50).length).toBeLessThan(10);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(500);
    expect(new Set(inputs(bytes, 1)).size).toBeGreaterThan(300);
  });

  test("of JSON stay JSON for the most part", () => {
    const json = jsonTarget({ seeds: ['{"a":[1,{"b":null}]}'], refusals: [], open: () => () => undefined });
    const isJson = (text: string): boolean => {
      try {
        JSON.parse(text);
        return true;
      } catch {
        // That is the question.
        return false;
      }
    };
    expect(inputs(json, 1).filter(isJson).length).toBeGreaterThan(400);
  });

  test("of a grammar come to an end", () => {
    const chance = new Chance(1);
    for (let count = 0; count < 100; count += 1)
      expect(generate(GRAMMAR, chance)).toMatch(/^[x[\],]{1,4000}$/);
  });
});
