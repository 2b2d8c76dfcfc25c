import { describe, expect, test } from "bun:test";
import { PassThrough, type Writable } from "node:stream";
import { runCli } from "./cli.ts";

describe("runCli", () => {
  const mistakes: { line: string; says: string }[] = [
    { line: "bogus", says: 'Unknown command "bogus": see "kubelith --help"' },
    { line: "token", says: 'Unknown command "token": see "kubelith --help"' },
    { line: "token mint", says: 'Unknown command "token mint": see "kubelith --help"' },
    { line: "token list --foo", says: 'Unknown flag "--foo": see "kubelith token list --help"' },
    { line: "token create abc", says: 'Invalid token "abc": must be 6 and 16 lower case letters and digits' },
    {
      line: "token create --ttl soon",
      says: 'Invalid value "soon" for --ttl: must be a duration such as 24h, or 0',
    },
    {
      line: "token create --groups system:masters",
      says: 'Invalid value "system:masters" for --groups: must begin with system:bootstrappers:',
    },
    {
      line: "token create --usages all",
      says: 'Invalid value "all" for --usages: must be authentication or signing',
    },
    { line: "token list --kubeconfig /nosuch", says: "name another with --kubeconfig" },
    {
      line: "token rotate --data-dir /nosuch",
      says: 'There is no server in "/nosuch/server": name its data directory with --data-dir',
    },
    { line: "agent", says: "No server to join: give one with --server, such as https://192.0.2.10:6443" },
    {
      line: "agent --server 192.0.2.10",
      says: 'Invalid value "192.0.2.10" for --server: must be the URL of a server, such as https://192.0.2.10:6443',
    },
    {
      line: "agent --server https://192.0.2.10:6443 --token K10",
      says: 'Invalid value "K10" for --token: must be a token such as K10<hash>::server:<secret>',
    },
    {
      line: "server --node-cidr-mask-size-ipv4=31",
      says: 'Invalid value "31" for --node-cidr-mask-size-ipv4: must be a prefix length between 1 and 30',
    },
    { line: "server --foo", says: 'Unknown flag "--foo": see "kubelith server --help"' },
    { line: "server -v 2 --foo=1", says: 'Unknown flag "--foo": see "kubelith server --help"' },
    {
      line: "server --https-listen-port 99999",
      says: 'Invalid value "99999" for --https-listen-port: must be a port between 1 and 65535',
    },
    { line: "server --config /nosuch/file", says: 'Cannot read config file "/nosuch/file"' },
    { line: "server --cluster-dns 10.9.0.1", says: "is outside --service-cidr" },
    { line: "server --service-cidr 10.42.1.0/24 --cluster-dns 10.42.1.10", says: "overlap" },
    {
      line: "server --node-ip 127.0.0.1",
      says: "The address of --node-ip 127.0.0.1 cannot be used: may not be in the loopback range (127.0.0.0/8, ::1/128); give one that other hosts reach",
    },
    {
      line: "server --tls-san not_a_name",
      says: 'Invalid value "not_a_name" for --tls-san: must be a DNS name in lower case or an IP address',
    },
    {
      line: "server --disable-agent=maybe",
      says: 'Invalid value "maybe" for --disable-agent: must be true or false',
    },
    {
      line: "server --audit-log-path - -v loud",
      says: 'Invalid value "loud" for -v: must be a number from 0 to 99',
    },
    { line: "server -v loud", says: 'Invalid value "loud" for -v: must be a number from 0 to 99' },
  ];

  test.each(mistakes)("answers $line with one line and a failure", async ({ line, says }) => {
    const { code, stderr } = await run(line);
    expect(code).toBe(1);
    expect(stderr).toContain(says);
    expect(stderr.trim().split("\n")).toHaveLength(1);
  });

  test("reads settings from the environment", async () => {
    const { stderr } = await run("server", { KUBELITH_DATA_DIR: "relative" });
    expect(stderr).toContain('Invalid value "relative" for KUBELITH_DATA_DIR: must be an absolute path');
  });

  test("prints its versions", async () => {
    const { code, stdout } = await run("--version");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^kubelith v\S+ \(commit \S+\)\nkubernetes v1\.36\.\d+\nbun \d/);
  });

  test("shows every flag with its default and environment variable", async () => {
    const { stdout } = await run("server --help");
    expect(stdout).toMatch(
      /^ +--https-listen-port PORT +port the API listens on \(default 6443\) \[\$KUBELITH_HTTPS_LISTEN_PORT\]$/m,
    );
    expect(stdout).toMatch(/^ +-v LEVEL +how much to log/m);
    expect(stdout).toMatch(/^ +--authentication-config FILE +file with/m);
  });
});

async function run(line: string, env: Record<string, string> = {}) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const code = await runCli(line.split(" "), {
    env,
    stdin: new PassThrough(),
    stdout: stdout as Writable,
    stderr: stderr as Writable,
    colorDepth: 1,
    machine: { hostname: "Box", address: "192.0.2.1" },
    signal: AbortSignal.abort(),
  });
  return { code, stdout: textOf(stdout), stderr: textOf(stderr) };
}

function textOf(stream: PassThrough): string {
  return (stream.read() as Buffer | null)?.toString() ?? "";
}
