import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JWTAuthenticator } from "#apiserver/authentication/jwt/authentication-configuration.ts";
import { parseAuthenticationConfiguration } from "#apiserver/authentication/jwt/parse-configuration.ts";
import { silentLogger } from "#observability/logger.ts";
import { Metrics } from "#observability/metrics.ts";
import { FakeClock } from "#testing/fake-clock.ts";
import { authenticationReload } from "./authentication-reload.ts";

const MINUTE = 60_000;

let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "authentication-reload-"));
});

afterAll(() => rm(directory, { recursive: true }));

function aConfiguration(url: string, more = ""): string {
  const jwt = `jwt: [{issuer: {url: "${url}", audiences: [a]}, claimMappings: {username: {claim: sub, prefix: ""}}}]`;
  return `apiVersion: apiserver.config.k8s.io/v1\nkind: AuthenticationConfiguration\n${jwt}\n${more}`;
}

/** A file that is followed, and the issuers that have been taken from it. */
async function follow() {
  const file = join(directory, "config.yaml");
  const text = aConfiguration("https://first");
  await writeFile(file, text);
  const clock = new FakeClock();
  const metrics = new Metrics();
  const taken: string[] = [];
  const unreachable = new Set<string>();
  const tokens = {
    replace: (jwt: readonly JWTAuthenticator[]) => {
      const [url = ""] = jwt.map(({ issuer }) => issuer.url);
      if (unreachable.has(url)) return Promise.reject(new Error("not initialized"));
      taken.push(url);
      return Promise.resolve();
    },
  };
  const reload = authenticationReload(
    { file, text, anonymous: undefined, serverId: "n1" },
    { parse: parseAuthenticationConfiguration, tokens, clock, logger: silentLogger, metrics },
  );
  const looked = async (content: string) => {
    await writeFile(file, content);
    await reload.look();
  };
  return { file, clock, reload, looked, taken, unreachable, metrics };
}

describe("authenticationReload", () => {
  test("looks at the file once a minute", async () => {
    const { reload, file, clock, taken } = await follow();
    await using _ = reload;
    reload.start();
    await writeFile(file, aConfiguration("https://second"));
    await clock.advance(MINUTE - 1);
    expect(taken).toEqual([]);
    await clock.advance(1);
    // The next look begins when this one has ended.
    while (clock.pending === 0) await Bun.sleep(0);
    expect(taken).toEqual(["https://second"]);
  });

  test("takes what has changed, once", async () => {
    const { looked, taken, metrics } = await follow();
    await looked(aConfiguration("https://first"));
    expect(taken).toEqual([]);
    await looked(aConfiguration("https://second"));
    await looked(aConfiguration("https://second"));
    expect(taken).toEqual(["https://second"]);
    const exposed = await metrics.expose();
    expect(exposed).toMatch(
      /automatic_reloads_total\{status="success",apiserver_id_hash="sha256:[0-9a-f]{64}"\} 1\n/,
    );
    expect(exposed).toMatch(
      /last_config_info\{apiserver_id_hash="sha256:.*",hash="sha256:[0-9a-f]{64}"\} 1\n/,
    );
  });

  const broken: readonly { name: string; text: string }[] = [
    { name: "no YAML", text: "jwt: [" },
    { name: "unknown fields", text: aConfiguration("https://second", "unknown: 1") },
    {
      name: "other rules for anonymous users",
      text: aConfiguration("https://second", "anonymous: {enabled: true}"),
    },
  ];

  test.each(broken)("keeps what is in force when there is $name, and says so once", async ({ text }) => {
    const { looked, taken, metrics } = await follow();
    await looked(text);
    await looked(text);
    expect(taken).toEqual([]);
    expect(await metrics.expose()).toMatch(/automatic_reloads_total\{status="failure",.*\} 1\n/);
  });

  test("tries again as long as an issuer does not answer", async () => {
    const { looked, taken, unreachable, metrics } = await follow();
    unreachable.add("https://second");
    await looked(aConfiguration("https://second"));
    expect(taken).toEqual([]);
    unreachable.clear();
    await looked(aConfiguration("https://second"));
    expect(taken).toEqual(["https://second"]);
    expect(await metrics.expose()).toMatch(/automatic_reloads_total\{status="failure",.*\} 1\n/);
  });
});
