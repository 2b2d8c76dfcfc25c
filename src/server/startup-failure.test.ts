import { describe, expect, test } from "bun:test";
import { StartupError } from "#base/startup-error.ts";
import { ListenError } from "#https/listen-error.ts";
import { toStartupFailure } from "./startup-failure.ts";

const config = { dataDir: "/data", httpsListenPort: 6443 };
const refusal = (code: string): Error => Object.assign(new Error(`listen ${code}`), { code });

describe("toStartupFailure", () => {
  const cases: { name: string; code: string; port: number; advice: string }[] = [
    {
      name: "another program at the API's port",
      code: "EADDRINUSE",
      port: 6443,
      advice: "stop that program or choose another port with --https-listen-port",
    },
    {
      name: "an address for the API that this host does not have",
      code: "EADDRNOTAVAIL",
      port: 6443,
      advice: "choose others with --bind-address and --https-listen-port",
    },
    {
      name: "another kubelet",
      code: "EADDRINUSE",
      port: 10250,
      advice: "stop that program, which may be another kubelet, or run no pods here with --disable-agent",
    },
    {
      name: "an address for the node that this host does not have",
      code: "EADDRNOTAVAIL",
      port: 10250,
      advice: "give an address of this host with --node-ip",
    },
  ];

  test.each(cases)("says what to do about $name", ({ code, port, advice }) => {
    const failure = toStartupFailure(ListenError.of(refusal(code), { address: "192.0.2.1", port }), config);
    expect(failure).toBeInstanceOf(StartupError);
    expect(failure).toHaveProperty("message", expect.stringContaining(`"192.0.2.1" port ${String(port)}: `));
    expect(failure).toHaveProperty("message", expect.stringMatching(new RegExp(`; ${advice}$`)));
  });

  test("leaves alone what no operator can mend", () => {
    const bug = new TypeError("undefined is not a function");
    expect(toStartupFailure(bug, config)).toBe(bug);
  });
});
