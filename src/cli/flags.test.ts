import { expect, test } from "bun:test";
import { Command } from "clipanion";
import type { CliContext } from "./context.ts";
import { flagOptions, withFlags } from "./flags.ts";

const SETTINGS = {
  name: { flag: "name", help: "", parse: String, fallback: "" },
  verbosity: { flag: "v", help: "", parse: String, fallback: "" },
};

class NamedCommand extends Command<CliContext> {
  readonly other = "kept";

  constructor() {
    super();
    Object.assign(this, flagOptions(SETTINGS));
  }

  override execute(): Promise<number> {
    return Promise.resolve(0);
  }
}

test("withFlags leaves the parser no flags but those that a line names", () => {
  const fields = (names: readonly string[]) => Object.keys(new (withFlags(NamedCommand, names))());
  const without = fields([]);
  expect(without).toContain("other");
  expect(fields(["-v"])).toEqual([...without, "-v"]);
  expect(fields(["-v", "--name"])).toEqual([...without, "--name", "-v"]);
});
