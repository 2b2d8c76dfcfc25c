import { Database } from "bun:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { cp, mkdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { sh } from "./docker-host.ts";
import { EXECUTABLE, KubelithHost } from "./kubelith-host.ts";

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

const NETWORKS =
  "must be a network, such as 10.42.0.0/16, or one of each family, such as 10.42.0.0/16,fd42::/56";

/** Settings whose value may be any text. */
const ANY_TEXT = [
  "api-audiences",
  "oidc-client-id",
  "oidc-groups-claim",
  "oidc-groups-prefix",
  "oidc-username-claim",
  "oidc-username-prefix",
  "requestheader-allowed-names",
  "service-account-issuer",
];

/** Settings whose value is a path. */
const FILES =
  "token-auth-file authentication-config encryption-provider-config requestheader-client-ca-file service-account-key-file service-account-signing-key-file".split(
    " ",
  );

describe("an unusable value is one line that names its flag", () => {
  const values: { flag: string; value: string; says: string }[] = [
    { flag: "data-dir", value: "relative", says: "must be an absolute path" },
    { flag: "bind-address", value: "localhost", says: "must be an IP address" },
    { flag: "https-listen-port", value: "65536", says: "must be a port between 1 and 65535" },
    { flag: "tls-san", value: "not_a_name", says: "must be a DNS name in lower case or an IP address" },
    { flag: "cluster-cidr", value: "10.42.0.0", says: NETWORKS },
    { flag: "node-cidr-mask-size-ipv4", value: "31", says: "must be a prefix length between 1 and 30" },
    { flag: "node-cidr-mask-size-ipv6", value: "none", says: "must be a prefix length between 1 and 126" },
    { flag: "service-cidr", value: "fd00::/64,fd01::/64", says: NETWORKS },
    {
      flag: "service-node-port-range",
      value: "32767-30000",
      says: "must be two ports joined by a dash, such as 30000-32767",
    },
    { flag: "cluster-dns", value: "dns", says: "must be an IP address" },
    {
      flag: "cluster-domain",
      value: "bad..name",
      says: "must be a DNS name of lower case letters, digits, dashes and dots",
    },
    { flag: "write-kubeconfig", value: "", says: "must be an absolute path" },
    { flag: "write-kubeconfig-mode", value: "888", says: "must be three octal digits, such as 600" },
    { flag: "disable-agent", value: "maybe", says: "must be true or false" },
    {
      flag: "token",
      value: "two words",
      says: "must be a token such as K10<hash>::server:<secret>, from <data-dir>/server/token on the server or from kubelith token create",
    },
    {
      flag: "agent-token",
      value: "abcdef.0123456789abcdef",
      says: "must not look like a bootstrap token",
    },
    { flag: "anonymous-auth", value: "perhaps", says: "must be true or false" },
    {
      flag: "oidc-issuer-url",
      value: "http://issuer.example",
      says: "must be a URL that begins with https://",
    },
    {
      flag: "oidc-required-claim",
      value: "tenant",
      says: "must be a claim and its value, such as tenant=acme",
    },
    { flag: "oidc-signing-algs", value: "HS256", says: "must be an algorithm such as RS256 or ES256" },
    {
      flag: "authentication-token-webhook-config-file",
      value: "webhook.yaml",
      says: "must be an absolute path",
    },
    ...FILES.map((flag) => ({ flag, value: "file", says: "must be an absolute path" })),
    { flag: "service-account-extend-token-expiration", value: "1h", says: "must be true or false" },
    {
      flag: "service-account-max-token-expiration",
      value: "59m",
      says: "must be between 1 hour and 2^32 seconds",
    },
    { flag: "authorization-config", value: "authorization.yaml", says: "must be an absolute path" },
    ...["username-headers", "uid-headers", "group-headers", "extra-headers-prefix"].map((each) => ({
      flag: `requestheader-${each}`,
      value: "X Remote",
      says: "must be the name of a header, such as X-Remote-User",
    })),
    {
      flag: "authorization-mode",
      value: "Role",
      says: "must be one of AlwaysAllow, AlwaysDeny, Webhook, RBAC, Node",
    },
    { flag: "authorization-webhook-version", value: "v2", says: "must be v1 or v1beta1" },
    {
      flag: "authorization-webhook-cache-authorized-ttl",
      value: "long",
      says: "must be a duration such as 24h, or 0",
    },
    {
      flag: "authorization-webhook-cache-unauthorized-ttl",
      value: "-1s",
      says: "must be a duration such as 24h, or 0",
    },
    { flag: "audit-log-path", value: "audit.log", says: "must be an absolute path, or -" },
    { flag: "audit-log-maxage", value: "-1", says: "must be a number that is not negative" },
    { flag: "audit-log-maxbackup", value: "all", says: "must be a number that is not negative" },
    { flag: "audit-log-maxsize", value: "10M", says: "must be a number that is not negative" },
    { flag: "audit-log-compress", value: "gzip", says: "must be true or false" },
    { flag: "audit-log-format", value: "text", says: "must be legacy or json" },
    { flag: "audit-log-mode", value: "never", says: "must be batch or blocking or blocking-strict" },
    { flag: "audit-log-version", value: "audit.k8s.io/v1beta1", says: "must be audit.k8s.io/v1" },
    { flag: "audit-webhook-config-file", value: "webhook.yaml", says: "must be an absolute path" },
    {
      flag: "audit-webhook-initial-backoff",
      value: "10",
      says: "must be a duration above zero, such as 1m30s",
    },
    { flag: "audit-webhook-batch-buffer-size", value: "0", says: "must be a number above zero" },
    {
      flag: "audit-webhook-batch-max-wait",
      value: "30",
      says: "must be a duration such as 24h, or 0",
    },
    { flag: "audit-webhook-batch-throttle-qps", value: "-1.5", says: "must be a number above zero" },
    { flag: "audit-webhook-batch-throttle-enable", value: "perhaps", says: "must be true or false" },
    {
      flag: "cluster-signing-duration",
      value: "1y",
      says: "must be a duration above zero, such as 1m30s",
    },
    {
      flag: "legacy-service-account-token-clean-up-period",
      value: "0",
      says: "must be a duration above zero, such as 1m30s",
    },
    { flag: "max-requests-inflight", value: "-1", says: "must be a number that is not negative" },
    { flag: "max-mutating-requests-inflight", value: "many", says: "must be a number that is not negative" },
    { flag: "enable-priority-and-fairness", value: "perhaps", says: "must be true or false" },
    { flag: "request-timeout", value: "0s", says: "must be a duration above zero, such as 1m30s" },
    { flag: "min-request-timeout", value: "30m", says: "must be a number of seconds" },
    {
      flag: "node-name",
      value: "Bad_Name",
      says: "must be a DNS name of lower case letters, digits, dashes and dots",
    },
    { flag: "node-ip", value: "1.2.3", says: "must be an IP address" },
    { flag: "network-backend", value: "wireguard", says: "must be one of vxlan, host-gw, none, cni" },
    {
      flag: "network-interface",
      value: "no such link",
      says: "must be the name of a network interface, such as eth0",
    },
    { flag: "cni-conf-dir", value: "net.d", says: "must be an absolute path" },
    { flag: "cni-bin-dir", value: "bin", says: "must be an absolute path" },
    { flag: "proxy-mode", value: "ipvs", says: "must be nftables or iptables" },
    {
      flag: "nodeport-addresses",
      value: "10.0.0.1",
      says: "must be a network, such as 10.0.0.0/8, or primary",
    },
    { flag: "node-external-ip", value: "outside", says: "must be an IP address" },
    { flag: "node-label", value: "-=x", says: "must be a label such as disk=ssd" },
    {
      flag: "node-taint",
      value: "disk=slow",
      says: "must be a taint such as disk=slow:NoSchedule, with one of NoSchedule, PreferNoSchedule, NoExecute",
    },
    { flag: "resolv-conf", value: "resolv.conf", says: "must be an absolute path" },
    {
      flag: "kubelet-arg",
      value: "no-such=1",
      says: "must be one of cluster-dns, cluster-domain, eviction-hard, kube-reserved, max-pods, node-status-update-frequency, node-labels, register-with-taints, streaming-connection-idle-timeout, system-reserved, with = and its value",
    },
    {
      flag: "kube-proxy-arg",
      value: "ipvs-scheduler=rr",
      says: "must be one of proxy-mode, nodeport-addresses, masquerade-all, with = and its value",
    },
    {
      flag: "container-runtime-endpoint",
      value: "/var/run/docker.sock",
      says: "must be the URL of a socket, such as unix:///var/run/docker.sock",
    },
  ];

  test.each(values)("--$flag=$value", async ({ flag, value, says }) => {
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
      ["config", "v", ...ANY_TEXT, ...values.map(({ flag }) => flag)].toSorted(),
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
