import { Database } from "bun:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { cp, mkdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { sh } from "./docker-host.ts";
import { EXECUTABLE, KubelithHost } from "./kubelith-host.ts";
import { ANY_TEXT, UNUSABLE_VALUES } from "./unusable-values.ts";

/** How long a server that cannot start may take to say so. */
const START_MS = 10_000;

let host: KubelithHost;
beforeAll(async () => {
  host = await KubelithHost.start({ name: "cli" });
});
afterAll(() => host?.[Symbol.asyncDispose]());

const at = (...path: readonly string[]): string => join(host.directory, ...path);

/** A second server on the host, which shares nothing with the first but what the flags say. */
function startAnother(flags: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const own = [`--data-dir=${at("other")}`, `--write-kubeconfig=${at("other.yaml")}`];
  return Bun.spawn(host.inside(EXECUTABLE, "server", ...own, ...flags), {
    env: { ...environment, PATH: process.env["PATH"] ?? "" },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    timeout: START_MS,
  });
}

interface BadStart {
  readonly flags: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly says: string;
}

/** It ends with a failure and one line of its own; what it did until then is in the log lines before. */
async function expectBadStart({ flags, environment, says }: BadStart): Promise<void> {
  const server = startAnother(flags, environment);
  const [code, stderr] = await Promise.all([server.exited, server.stderr.text()]);
  const lines = stderr.split("\n").filter((line) => line !== "" && !line.startsWith("time="));
  expect(lines).toEqual([expect.stringContaining(says)]);
  expect(lines[0]).toStartWith("kubelith: ");
  expect(code).toBe(1);
}

describe("an unusable value is one line that names its flag", () => {
  test.each(UNUSABLE_VALUES)("--$flag=$value", async ({ flag, value, says }) => {
    await expectBadStart({
      flags: [`--${flag}=${value}`],
      says: `Invalid value "${value}" for --${flag}: ${says}`,
    });
  });

  test("-v loud", async () => {
    await expectBadStart({
      flags: ["-v", "loud"],
      says: 'Invalid value "loud" for -v: must be a number from 0 to 99',
    });
  });

  test("all flags that help shows are tried", async () => {
    const help = await sh(EXECUTABLE, "server", "--help");
    const flags = [...help.matchAll(/^ +--?([a-z][a-z0-9-]*) /gm)].map(([, flag = ""]) => flag);
    expect(flags.toSorted()).toEqual(
      ["config", "v", ...ANY_TEXT, ...UNUSABLE_VALUES.map(({ flag }) => flag)].toSorted(),
    );
  });
});

describe("a start that cannot be is one line that says what to do", () => {
  const agentless = "--disable-agent";
  const starts: { name: string; start: () => BadStart }[] = [
    {
      name: "an unknown flag",
      start: () => ({
        flags: ["--foo"],
        says: 'Unknown flag "--foo": see "kubelith server --help"',
      }),
    },
    {
      name: "a port in use",
      start: () => ({
        flags: [agentless],
        says: 'Cannot listen on "0.0.0.0" port 6443: another program listens there; stop that program or choose another port with --https-listen-port',
      }),
    },
    {
      name: "another kubelet on the host",
      start: () => ({
        flags: [
          "--https-listen-port=7443",
          `--node-ip=${host.address}`,
          `--container-runtime-endpoint=${host.docker.endpoint}`,
        ],
        says: `Cannot listen on "${host.address}" port 10250: another program listens there; stop that program, which may be another kubelet, or run no pods here with --disable-agent`,
      }),
    },
    {
      name: "an address of another machine",
      start: () => ({
        flags: [agentless, "--bind-address=192.0.2.1"],
        says: "address not available 192.0.2.1:6443; choose others with --bind-address and --https-listen-port",
      }),
    },
    {
      name: "no Docker Engine",
      start: () => ({
        flags: ["--https-listen-port=7443", "--container-runtime-endpoint=unix:///nosuch.sock"],
        says: "No Docker Engine answers at unix:///nosuch.sock: install it (apt-get install docker.io) or start it",
      }),
    },
    {
      name: "a data directory in use",
      start: () => ({
        flags: [agentless, "--https-listen-port=7443", `--data-dir=${host.dataDirectory}`],
        says: `The data directory "${host.dataDirectory}" is in use by another kubelith server; stop that one or choose another with --data-dir`,
      }),
    },
    {
      name: "a data directory that is a file",
      start: () => ({
        flags: [agentless, "--https-listen-port=7443", `--data-dir=${EXECUTABLE}`],
        says: `Cannot use the data directory "${EXECUTABLE}": ENOTDIR`,
      }),
    },
    {
      name: "a kubeconfig that cannot be written",
      start: () => ({
        flags: [agentless, "--https-listen-port=7443", "--write-kubeconfig=/proc/nosuch/kubeconfig"],
        says: 'Cannot write the kubeconfig "/proc/nosuch/kubeconfig": ',
      }),
    },
    {
      name: "a value in the environment",
      start: () => ({
        flags: [],
        environment: { KUBELITH_DATA_DIR: "relative" },
        says: 'Invalid value "relative" for KUBELITH_DATA_DIR: must be an absolute path',
      }),
    },
    {
      name: "networks that overlap",
      start: () => ({
        flags: ["--cluster-cidr=10.43.0.0/16"],
        says: "The networks of --cluster-cidr 10.43.0.0/16 and --service-cidr 10.43.0.0/16 overlap: give two that do not",
      }),
    },
    {
      name: "an admission plugin that nobody knows",
      start: () => ({
        flags: ["--enable-admission-plugins=AlwaysPullImages,Initializers"],
        says: 'enable-admission-plugins plugin "Initializers" is unknown',
      }),
    },
    {
      name: "an admission plugin that is to be off, and is not known",
      start: () => ({
        flags: ["--disable-admission-plugins=PodSecurityPolicy"],
        says: 'disable-admission-plugins plugin "PodSecurityPolicy" is unknown',
      }),
    },
  ];

  test.each(starts)("$name", async ({ start }) => {
    const bad = start();
    // What the environment gives must not be overridden by the flags that every other start has.
    if (bad.environment === undefined) return await expectBadStart(bad);
    const server = Bun.spawn([EXECUTABLE, "server"], { env: bad.environment, stderr: "pipe" });
    expect(await server.stderr.text()).toBe(`kubelith: ${bad.says}\n`);
    expect(await server.exited).toBe(1);
  });

  test("a data directory of a newer version", async () => {
    await mkdir(at("newer"));
    await cp(join(host.dataDirectory, "server"), at("newer", "server"), { recursive: true });
    const [file = ""] = [...new Bun.Glob("server/db/*.db").scanSync(at("newer"))];
    using database = new Database(at("newer", file));
    database.run("PRAGMA user_version = 99");
    database.close();
    await expectBadStart({
      flags: [agentless, "--https-listen-port=7443", `--data-dir=${at("newer")}`],
      says: `The data directory "${at("newer")}" was written by a newer version of kubelith (format 99, this version knows`,
    });
  });
});

describe("a config file that cannot be used is one line that names it", () => {
  const files: { name: string; text: string; says: string }[] = [
    { name: "malformed YAML", text: "data-dir: [", says: 'Cannot parse config file "FILE": ' },
    {
      name: "no mapping",
      text: "- data-dir",
      says: 'Cannot use config file "FILE": it must be a mapping of settings',
    },
    {
      name: "an unknown key",
      text: "data_dir: /data",
      says: 'Unknown setting "data_dir" in the config file: see "kubelith server --help" for the settings',
    },
    {
      name: "a mapping as a value",
      text: "tls-san: {a: b}",
      says: 'Cannot use config file "FILE": "tls-san" must be a value or a list of values',
    },
    {
      name: "an unusable value",
      text: "https-listen-port: many",
      says: 'Invalid value "many" for https-listen-port in the config file: must be a port between 1 and 65535',
    },
  ];

  test.each(files)("$name", async ({ text, says }) => {
    const file = at("bad.yaml");
    await Bun.write(file, text);
    await expectBadStart({ flags: [`--config=${file}`], says: says.replace("FILE", file) });
  });

  test("none there", async () => {
    await expectBadStart({
      flags: ["--config=/nosuch/config.yaml"],
      says: 'Cannot read config file "/nosuch/config.yaml": ENOENT',
    });
  });
});

describe("a server without an agent", () => {
  /** Runs another server until it serves its API, and stops it afterwards. */
  async function serving(
    flags: readonly string[],
    environment: Readonly<Record<string, string>>,
    look: (port: string) => Promise<void>,
  ): Promise<void> {
    const server = startAnother(["--disable-agent", ...flags], environment);
    let log = "";
    for await (const chunk of server.stderr.pipeThrough(new TextDecoderStream())) {
      log += chunk;
      const port = /msg="API is ready" port=(\d+)/.exec(log)?.[1];
      if (port === undefined) continue;
      await look(port);
      break;
    }
    server.kill("SIGTERM");
    expect(await server.exited, log).toBe(0);
  }

  test("obeys flags before the environment before the config file", async () => {
    const file = at("config.yaml");
    await Bun.write(file, "https-listen-port: 7001\nwrite-kubeconfig-mode: 640\n");
    const config = [`--config=${file}`];
    const seen: string[] = [];
    const look = async (port: string): Promise<void> => {
      seen.push(port);
      expect((await stat(at("other.yaml"))).mode & 0o777).toBe(0o640);
    };
    await serving(config, {}, look);
    await serving(config, { KUBELITH_HTTPS_LISTEN_PORT: "7002" }, look);
    await serving([...config, "--https-listen-port=7003"], { KUBELITH_HTTPS_LISTEN_PORT: "7002" }, look);
    expect(seen).toEqual(["7001", "7002", "7003"]);
  });

  test("keeps its kubeconfig to its owner unless told otherwise", async () => {
    const mode = async (): Promise<number> => (await stat(at("other.yaml"))).mode & 0o777;
    const port = "--https-listen-port=7443";
    await serving([port], {}, async () => expect(await mode()).toBe(0o600));
    await serving([port, "--write-kubeconfig-mode=644"], {}, async () => expect(await mode()).toBe(0o644));
  });

  test("has a certificate for the names that it is given, also later", async () => {
    const ask = async (name: string): Promise<string> => {
      const kubeconfig = parse(await Bun.file(at("other.yaml")).text()) as {
        clusters: { cluster: { "certificate-authority-data": string } }[];
      };
      const authority = kubeconfig.clusters[0]?.cluster["certificate-authority-data"] ?? "";
      await Bun.write(at("ca.crt"), Buffer.from(authority, "base64"));
      const url = `https://${name}:7443/readyz`;
      return await host.run(
        "curl",
        "-sS",
        "--cacert",
        at("ca.crt"),
        "--resolve",
        `${name}:7443:127.0.0.1`,
        url,
      );
    };
    const port = "--https-listen-port=7443";
    await serving([port], {}, async () => {
      await expect(ask("kube.example.org")).rejects.toThrow(
        "no alternative certificate subject name matches",
      );
      expect(await ask("localhost")).toBe("ok");
    });
    await serving(
      [port, "--tls-san=kube.example.org", "--tls-san=k8s.example.org,192.0.2.9"],
      {},
      async () => {
        expect(await ask("kube.example.org")).toBe("ok");
        expect(await ask("k8s.example.org")).toBe("ok");
      },
    );
  });
});

test("kubelith --version names everything that is in it", async () => {
  expect(await sh(EXECUTABLE, "--version")).toMatch(
    /^kubelith v\d+\.\d+\.\d+ \(commit [0-9a-f]{12}\)\nkubernetes v1\.36\.\d+\nbun \d+\.\d+\.\d+$/,
  );
});

test("the build for arm64 is an executable for arm64", async () => {
  const root = join(import.meta.dir, "../..");
  await sh(join(root, "scripts/build"), "--arch", "arm64");
  const header = Buffer.from(
    await Bun.file(join(root, "dist/kubelith-linux-arm64")).slice(0, 20).arrayBuffer(),
  );
  expect(header.subarray(0, 4).toString("latin1")).toBe("\x7fELF");
  // e_machine of the ELF header: EM_AARCH64.
  expect(header.readUInt16LE(18)).toBe(183);
});
