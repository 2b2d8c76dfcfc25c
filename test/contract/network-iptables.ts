import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { Iptables } from "#network/iptables/iptables.ts";
import { IptablesError } from "#network/iptables/iptables-error.ts";
import { parseSaved } from "#network/iptables/restore-text.ts";

export interface IptablesUnderTest extends Disposable {
  readonly iptables: Iptables;
}

const START = [
  "*nat",
  ":KUBE-A - [0:0]",
  ":KUBE-B - [0:0]",
  "-A KUBE-A -s 10.0.0.0/8 -j KUBE-B",
  "-A KUBE-B -j RETURN",
  "-I PREROUTING 1 -j KUBE-A",
];

/** What every `Iptables` does, be it the host's commands or a fake. */
export function describeIptables(name: string, open: () => IptablesUnderTest): void {
  describe(`Iptables: ${name}`, () => {
    let under: IptablesUnderTest;
    const restore = (...lines: readonly string[]): Promise<void> =>
      under.iptables.restore([...lines, "COMMIT", ""].join("\n"));
    const nat = async () => parseSaved(await under.iptables.save()).nat;

    beforeEach(async () => {
      under = open();
      await restore(...START);
    });

    afterEach(() => under[Symbol.dispose]());

    test("shows what was restored", async () => {
      const chains = await nat();
      expect(chains.get("KUBE-A")).toEqual(["-s 10.0.0.0/8 -j KUBE-B"]);
      expect(chains.get("PREROUTING")).toEqual(["-j KUBE-A"]);
    });

    test("empties the chains that are named and leaves others alone", async () => {
      await restore("*nat", ":KUBE-A - [0:0]");
      const chains = await nat();
      expect(chains.get("KUBE-A")).toEqual([]);
      expect(chains.get("KUBE-B")).toEqual(["-j RETURN"]);
    });

    test("deletes rules and chains, and puts rules before others", async () => {
      await restore(
        "*nat",
        ":KUBE-A - [0:0]",
        "-I PREROUTING 1 -j KUBE-B",
        "-D PREROUTING -j KUBE-A",
        "-X KUBE-A",
      );
      const chains = await nat();
      expect(chains.has("KUBE-A")).toBe(false);
      expect(chains.get("PREROUTING")).toEqual(["-j KUBE-B"]);
    });

    test("puts a rule between others, and where another was deleted", async () => {
      const rules = ["-s 10.1.0.0/16 -j RETURN", "-s 10.2.0.0/16 -j RETURN", "-s 10.3.0.0/16 -j RETURN"];
      await restore("*nat", ...rules.map((rule) => `-A KUBE-B ${rule}`));
      await restore(
        "*nat",
        `-D KUBE-B ${rules[1] ?? ""}`,
        "-I KUBE-B 3 -s 10.4.0.0/16 -j RETURN",
        "-I KUBE-B 5 -s 10.5.0.0/16 -j RETURN",
      );
      expect((await nat()).get("KUBE-B")).toEqual([
        "-j RETURN",
        rules[0] ?? "",
        "-s 10.4.0.0/16 -j RETURN",
        rules[2] ?? "",
        "-s 10.5.0.0/16 -j RETURN",
      ]);
    });

    test("changes the same when it prints all rules as well", async () => {
      await restore("*nat", "-S", ":KUBE-A - [0:0]", "-A KUBE-A -j KUBE-B");
      const chains = await nat();
      expect(chains.get("KUBE-A")).toEqual(["-j KUBE-B"]);
      expect(chains.get("KUBE-B")).toEqual(["-j RETURN"]);
    });

    test.each([
      { name: "deletes a chain with rules", line: "-X KUBE-A" },
      { name: "puts a rule beyond the end", line: "-I KUBE-A 4 -j RETURN" },
      { name: "deletes a rule that is not there", line: "-D KUBE-A -s 11.0.0.0/8 -j KUBE-B" },
      { name: "appends to a chain that is not there", line: "-A KUBE-C -j RETURN" },
      { name: "leads to a chain that is not there", line: "-A KUBE-A -j KUBE-C" },
    ])("refuses everything of a text that $name", async ({ line }) => {
      const before = await nat();
      await expect(restore("*nat", ":KUBE-B - [0:0]", line)).rejects.toBeInstanceOf(IptablesError);
      expect(await nat()).toEqual(before);
    });

    test("refuses to delete a chain that a rule leads to", async () => {
      await expect(restore("*nat", ":KUBE-B - [0:0]", "-X KUBE-B")).rejects.toBeInstanceOf(IptablesError);
      expect((await nat()).get("KUBE-B")).toEqual(["-j RETURN"]);
    });
  });
}
