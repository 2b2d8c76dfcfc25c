import { describe, expect, test } from "bun:test";
import { HealthChecks, type HealthQuery } from "./health.ts";

function checks(): HealthChecks {
  const health = new HealthChecks();
  health.add("datastore", () => Promise.resolve());
  health.add("shutdown", () => {
    throw new Error("process is shutting down");
  }, ["readyz"]);
  return health;
}

describe("HealthChecks", () => {
  const cases: { name: string; endpoint: "livez" | "readyz"; query: Partial<HealthQuery>; want: string }[] = [
    { name: "is brief when all is well", endpoint: "livez", query: {}, want: "ok" },
    {
      name: "lists the checks when asked",
      endpoint: "livez",
      query: { verbose: true },
      want: "[+]ping ok\n[+]datastore ok\nlivez check passed\n",
    },
    {
      name: "always lists them on failure, without reasons",
      endpoint: "readyz",
      query: {},
      want: "[+]ping ok\n[+]datastore ok\n[-]shutdown failed: reason withheld\nreadyz check failed\n",
    },
    {
      name: "leaves out what is excluded",
      endpoint: "readyz",
      query: { verbose: true, exclude: ["shutdown", "b", "a"] },
      want: '[+]ping ok\n[+]datastore ok\n[+]shutdown excluded: ok\nwarn: some health checks cannot be excluded: no matches for "a","b"\nreadyz check passed\n',
    },
  ];
  test.each(cases)("$name", async ({ endpoint, query, want }) => {
    const report = await checks().report(endpoint, { verbose: false, exclude: [], ...query });
    expect(report.text).toBe(want);
    expect(report.healthy).toBe(!want.includes("[-]"));
  });

  test("tells why to those who ask for one check", async () => {
    expect(await checks().reportOne("readyz", "shutdown")).toEqual({
      healthy: false,
      text: "internal server error: process is shutting down\n",
      failures: [{ name: "shutdown", reason: "process is shutting down" }],
    });
    expect((await checks().reportOne("readyz", "ping"))?.text).toBe("ok");
    expect(await checks().reportOne("livez", "shutdown")).toBeUndefined();
  });
});
