import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createHostResolver } from "#network/dns/host-nameservers.ts";
import { FakeClock } from "#testing/fake-clock.ts";

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "kubelith-resolv-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

interface Case {
  readonly name: string;
  readonly host?: string;
  readonly systemd?: string;
  readonly want: readonly string[];
}

describe("createHostResolver", () => {
  const STUB = "nameserver 127.0.0.53\nsearch lan\n";
  const cases: readonly Case[] = [
    {
      name: "the host's servers",
      host: "nameserver 192.0.2.1\nnameserver 2001:db8::1\n",
      want: ["192.0.2.1", "2001:db8::1"],
    },
    {
      name: "those behind systemd-resolved's stub",
      host: STUB,
      systemd: "nameserver 192.0.2.2\n",
      want: ["192.0.2.2"],
    },
    { name: "the stub when nothing is known behind it", host: STUB, want: ["127.0.0.53"] },
    {
      name: "a server on the host itself",
      host: "nameserver 127.0.0.1\n",
      systemd: "nameserver 192.0.2.2\n",
      want: ["127.0.0.1"],
    },
    { name: "no names of servers", host: "nameserver dns.example\n", want: [] },
    { name: "no file", want: [] },
  ];

  test.each(cases)("takes $name", async ({ name, host, systemd, want }) => {
    const paths = { host: join(directory, `${name} host`), systemd: join(directory, `${name} systemd`) };
    if (host !== undefined) await Bun.write(paths.host, host);
    if (systemd !== undefined) await Bun.write(paths.systemd, systemd);
    const { nameservers } = await createHostResolver({ clock: new FakeClock(), paths })();
    expect(nameservers.map(({ address }) => address)).toEqual([...want]);
  });

  test("reads a changed file again, and the one that the settings name", async () => {
    const clock = new FakeClock();
    const path = join(directory, "changing");
    await Bun.write(path, "nameserver 192.0.2.1\nsearch Corp.Example.\n");
    const resolver = createHostResolver({ clock, path });
    expect(await resolver()).toEqual({
      nameservers: [{ address: "192.0.2.1", port: 53 }],
      searches: ["corp.example"],
    });
    await Bun.write(path, "nameserver 192.0.2.9\n");
    expect((await resolver()).nameservers).toMatchObject([{ address: "192.0.2.1" }]);
    await clock.advance(5000);
    expect((await resolver()).nameservers).toMatchObject([{ address: "192.0.2.9" }]);
  });
});
