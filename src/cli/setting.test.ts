import { describe, expect, test } from "bun:test";
import { resolveSettings, type Settings, type Sources } from "./setting.ts";

interface Sample {
  readonly port: number;
  readonly names: readonly string[];
  readonly host: string;
}

const settings: Settings<Sample> = {
  port: { flag: "listen-port", help: "", parse: parseSmallNumber, fallback: 1 },
  names: { flag: "name", help: "", parse: (text) => text, repeatable: true, fallback: [] },
  host: { flag: "host", help: "", parse: (text) => text, fallback: ({ hostname }) => hostname },
};
const machine = { hostname: "box", address: undefined };

describe("resolveSettings", () => {
  const cases: { name: string; sources: Partial<Sources>; want: Partial<Sample> }[] = [
    { name: "falls back to defaults", sources: {}, want: { port: 1, names: [], host: "box" } },
    { name: "reads the config file", sources: { file: { "listen-port": ["2"] } }, want: { port: 2 } },
    {
      name: "prefers the environment to the file",
      sources: { file: { "listen-port": ["2"] }, environment: { KUBELITH_LISTEN_PORT: "3" } },
      want: { port: 3 },
    },
    {
      name: "prefers flags to the environment",
      sources: { flags: { "listen-port": ["4"] }, environment: { KUBELITH_LISTEN_PORT: "3" } },
      want: { port: 4 },
    },
    {
      name: "collects repeated and comma-separated values",
      sources: { flags: { name: ["a,b", "c"] } },
      want: { names: ["a", "b", "c"] },
    },
  ];

  test.each(cases)("$name", ({ sources, want }) => {
    const { config, problems } = resolveSettings(
      settings,
      { command: "server", flags: {}, environment: {}, file: {}, ...sources },
      machine,
    );
    expect(problems).toEqual([]);
    expect(config).toMatchObject(want);
  });

  test("says what is wrong, where it was given and what is expected", () => {
    const sources = {
      command: "agent",
      flags: { "listen-port": ["x"] },
      environment: {},
      file: { nmae: ["a"] },
    };
    expect(resolveSettings(settings, sources, machine).problems).toEqual([
      'Unknown setting "nmae" in the config file: see "kubelith agent --help" for the settings',
      'Invalid value "x" for --listen-port: must be a digit',
    ]);
  });
});

function parseSmallNumber(text: string): number {
  if (!/^\d$/.test(text)) throw new RangeError("must be a digit");
  return Number(text);
}
