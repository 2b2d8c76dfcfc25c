import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { AgentHost } from "./agent-host.ts";
import { sh } from "./docker-host.ts";
import { BUSYBOX, EXECUTABLE, KubelithHost } from "./kubelith-host.ts";
import { aPod, aService, WEB_PORT, webServer } from "./manifests.ts";

let server: KubelithHost;
let agent: AgentHost;
let token: string;
beforeAll(async () => {
  server = await KubelithHost.start({ name: "joinsrv", isAddressLeft: true });
  token = (await Bun.file(join(server.dataDirectory, "server/token")).text()).trim();
  const flags = [
    "--node-label=disk=ssd",
    "--node-taint=disk=ssd:PreferNoSchedule",
    "--node-external-ip=198.51.100.7",
    "--kubelet-arg=max-pods=50",
    "--kubelet-arg=container-log-max-size=1Mi",
    "--kubelet-arg=container-log-max-files=3",
    `--kubelet-arg=config=${join(server.directory, "kubelet.yaml")}`,
    "--kube-proxy-arg=conntrack-tcp-timeout-close-wait=30m",
    "--kube-proxy-arg=healthz-port=10257",
    "--kubelet-arg=node-labels=rack=r7,row=3",
    "--kubelet-arg=system-reserved=cpu=100m,memory=64Mi",
    `--resolv-conf=${join(server.directory, "resolv.conf")}`,
  ];
  await Bun.write(join(server.directory, "resolv.conf"), "nameserver 192.0.2.53\n");
  await Bun.write(join(server.directory, "kubelet.yaml"), KUBELET_CONFIGURATION);
  agent = await AgentHost.start({ name: "joinagt", server, flags, isAddressLeft: true });
});
afterAll(async () => {
  await agent?.[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
});

const KUBELET_CONFIGURATION = `
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
maxPods: 20
podPidsLimit: 77
tlsMinVersion: VersionTLS13
`;

const SCRAPER = "--serviceaccount=default:scraper";
const MAIN = { name: "main", image: BUSYBOX, imagePullPolicy: "Never" };

test("a host that shows the server's token runs pods, and answers logs and exec", async () => {
  const command = ["sh", "-c", "echo hello; sleep 3600"];
  const containers = [{ ...MAIN, command }];
  const spec = {
    nodeName: agent.name,
    dnsPolicy: "Default",
    terminationGracePeriodSeconds: 0,
    containers,
  };
  await server.apply([{ apiVersion: "v1", kind: "Pod", metadata: { name: "there" }, spec }]);
  await server.kubectl.run("wait", "--for=condition=Ready", "pod/there", "--timeout=60s");
  expect(await server.kubectl.run("logs", "there")).toBe("hello\n");
  expect(await server.kubectl.run("exec", "there", "--", "hostname")).toBe("there\n");
});

test("its node is as its flags say", async () => {
  const ask = (path: string): Promise<string> => server.jsonpath("node", agent.name, path);
  expect(await ask("{.metadata.labels.disk}")).toBe("ssd");
  expect(await ask("{.spec.taints[0].key}={.spec.taints[0].value}:{.spec.taints[0].effect}")).toBe(
    "disk=ssd:PreferNoSchedule",
  );
  expect(await ask("{.status.capacity.pods}")).toBe("50");
  expect(await ask("{.metadata.labels.rack}{.metadata.labels.row}")).toBe("r73");
  const cpus = Number(await ask("{.status.capacity.cpu}"));
  expect(await ask("{.status.allocatable.cpu}")).toBe(`${String(cpus * 1000 - 100)}m`);
  const settings = await server.kubectl.run("exec", "there", "--", "cat", "/etc/resolv.conf");
  expect(settings).toContain("nameserver 192.0.2.53\n");
  expect(await ask('{.status.addresses[?(@.type=="ExternalIP")].address}')).toBe("198.51.100.7");
});

test("its pods, its kubelet and its proxy are as its flags say", async () => {
  const containerID = await server.jsonpath("pod", "there", "{.status.containerStatuses[0].containerID}");
  const [container] = JSON.parse(
    await agent.docker.docker("inspect", containerID.replace("docker://", "")),
  ) as {
    readonly HostConfig: { readonly PidsLimit: number; readonly LogConfig: { readonly Config: object } };
  }[];
  expect(container?.HostConfig.PidsLimit).toBe(77);
  expect(container?.HostConfig.LogConfig.Config).toEqual({ "max-size": "1048576", "max-file": "3" });
  const inHost = (...command: readonly string[]): Promise<string> =>
    sh("nsenter", `--net=${agent.docker.namespace}`, ...command);
  const seconds = await inHost("cat", "/proc/sys/net/netfilter/nf_conntrack_tcp_timeout_close_wait");
  expect(seconds).toBe("1800");
  const ask = (url: string): Promise<string> => inHost("curl", "-s", url);
  expect(await ask("http://127.0.0.1:10257/healthz")).toContain('"nodeEligible":true');
  expect(await ask("http://127.0.0.1:10249/proxyMode")).toBe("nftables");
  expect(await ask("http://127.0.0.1:10249/metrics")).toContain(
    "kubeproxy_sync_proxy_rules_duration_seconds",
  );
  const greeting = (version: string): Promise<string> =>
    inHost("sh", "-c", `echo | openssl s_client ${version} -connect ${agent.address}:10250 2>&1 || true`);
  expect(await greeting("-tls1_2")).toContain("alert protocol version");
  expect(await greeting("-tls1_3")).toContain("Cipher is TLS_");
});

test("a metrics server reads metrics of kubelets with its token, and nothing else", async () => {
  const { kubectl } = server;
  await kubectl.run("create", "serviceaccount", "scraper");
  await kubectl.run("create", "clusterrole", "scraper", "--verb=get", "--resource=nodes/metrics");
  await kubectl.run("create", "clusterrolebinding", "scraper", "--clusterrole=scraper", SCRAPER);
  const scraper = (await kubectl.run("create", "token", "scraper")).trim();
  const codes = await Promise.all(
    [server, agent].flatMap((host) => [
      kubeletCode(host, "/metrics/resource", scraper),
      kubeletCode(host, "/pods", scraper),
      kubeletCode(host, "/metrics/resource", "made-up"),
    ]),
  );
  expect(codes).toEqual(["200", "403", "401", "200", "403", "401"]);
});

/** The status of the answer of a host's kubelet, asked on that host. */
async function kubeletCode(host: KubelithHost | AgentHost, path: string, bearer: string): Promise<string> {
  const { namespace } = host.docker;
  const options = ["-ks", "-o", "/dev/null", "-w", "%{http_code}", "-H", `authorization: Bearer ${bearer}`];
  const url = `https://127.0.0.1:10250${path}`;
  return await sh("nsenter", `--net=${namespace}`, "curl", ...options, url);
}

describe("a host that cannot join says so in one line", () => {
  /** Runs an agent that shares nothing with the one of the host; what it prints besides its log. */
  async function failure(flags: readonly string[], ...wrapper: readonly string[]): Promise<string> {
    const own = [`--server=https://${server.address}:6443`, `--data-dir=${join(agent.directory, "other")}`];
    const command = [
      "nsenter",
      `--net=${agent.docker.namespace}`,
      ...wrapper,
      EXECUTABLE,
      "agent",
      ...own,
      ...flags,
    ];
    const stranger = Bun.spawn(command, {
      stdin: "ignore",
      stdout: "ignore",
      stderr: "pipe",
      timeout: 20_000,
    });
    const text = await stranger.stderr.text();
    expect(await stranger.exited, text).toBe(1);
    const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("time="));
    expect(lines).toHaveLength(1);
    return lines[0] ?? "";
  }

  const cases: { name: string; flags: () => readonly string[]; says: string }[] = [
    { name: "without a token", flags: () => [], says: "give one with --token or --token-file" },
    { name: "with a wrong token", flags: () => [`--token=${token}x`], says: "the token is wrong" },
    {
      name: "with a token of another cluster",
      flags: () => [`--token=K10${"0".repeat(64)}::server:x`],
      says: "is not the one that the token is from",
    },
    {
      name: "with a file that is not there",
      flags: () => ["--token-file=/nosuch"],
      says: 'Cannot use the token in "/nosuch": ENOENT',
    },
    {
      name: "with the name of another host",
      flags: () => [`--token=${token}`, `--node-name=${agent.name}`],
      says: 'the name "joinagt" belongs to another host',
    },
    {
      name: "with the server's name",
      flags: () => [`--token=${token}`, `--node-name=${server.name}`],
      says: 'the name "joinsrv" is one of the server\'s own',
    },
  ];

  test.each(cases)("$name", async ({ flags, says }) => {
    expect(await failure(flags())).toContain(says);
  });

  test.each([
    { name: "behind", offset: "-3d", says: "the clock of this host is 3 d 0 h behind that of the server" },
    { name: "ahead", offset: "+2h", says: "the clock of this host is 2 h 0 min ahead of that of the server" },
  ])("with a clock that is far $name", async ({ offset, says }) => {
    expect(await failure([`--token=${token}`], "faketime", "-f", offset)).toContain(says);
  });

  test("with a token for a while that has expired, or was deleted", async () => {
    const onServer = (...command: readonly string[]): Promise<string> =>
      server.run(EXECUTABLE, "token", ...command, `--kubeconfig=${server.kubeconfig}`);
    const made = await onServer("create", "abcdef.0123456789abcdef");
    const past = { stringData: { expiration: "2020-01-01T00:00:00Z" } };
    const secret = ["patch", "-n", "kube-system", "secret", "bootstrap-token-abcdef"];
    await server.kubectl.run(...secret, "--type=merge", "-p", JSON.stringify(past));
    const joining = [`--token=${made}`, "--node-name=late"];
    // Whoever removes what has expired may be first.
    expect(await failure(joining)).toMatch(/has expired (and was removed)?; create another with/);
    await onServer("delete", "abcdef").catch(() => undefined);
    const other = await onServer("create", "fedcba.0123456789abcdef");
    await onServer("delete", "fedcba");
    expect(await failure([`--token=${other}`, "--node-name=late"])).toContain(
      "the token is wrong, or has expired and was removed; create another with kubelith token create on the server",
    );
  });
});

test("an address is waited for, and a server that is away", async () => {
  await server.stopServer();
  await agent.stop();
  const waiting = await AgentHost.create({ name: "joinwait", server, isAddressLeft: true });
  await using _ = waiting;
  const told = async (host: AgentHost, text: string): Promise<void> => {
    await server.eventually(async () => expect(await host.log()).toContain(text));
  };
  await waiting.docker.removeAddress(waiting.address);
  waiting.spawn([`--token=${token}`]);
  await told(waiting, 'msg="Waiting for an address of this host, which has none but that of loopback"');
  expect((await waiting.log()).match(/level=WARN/gi)).toHaveLength(1);
  await waiting.docker.addAddress(waiting.address);
  await told(waiting, 'msg="Waiting for a server"');

  agent.spawn();
  await told(agent, 'msg="Went on with what is known of the cluster"');
  expect(await agent.docker.docker("ps", "--format={{.Names}}")).toContain("k8s_main_there_");

  await server.startServer();
  await waiting.ready();
  await agent.ready();
  expect(await server.kubectl.run("exec", "there", "--", "hostname")).toBe("there\n");
  expect(await waiting.stop()).toBe(0);
});

/** An address of the lab that no test host is given: those are counted from below. */
const spare = (address: string): string => address.replace(/\d+$/, (last) => String(255 - Number(last)));

test("a node whose host gets another address is followed there, with its pods as they were", async () => {
  const on = (name: string, nodeName: string) => {
    const ports = [{ name: "http", containerPort: WEB_PORT }];
    return aPod(name, { container: { ...webServer, ports }, spec: { nodeName } });
  };
  await server.apply([
    on("web", agent.name),
    on("near", server.name),
    aService("web", { type: "NodePort", ports: [{ port: 80, targetPort: WEB_PORT, nodePort: 30_080 }] }),
  ]);
  await server.kubectl.run("wait", "--for=condition=Ready", "pod/web", "pod/near", "--timeout=60s");
  const before = await server.jsonpath("pod", "web", "{.metadata.uid}{.status.podIP}{.status.startTime}");
  const fetch = ["exec", "near", "--", "timeout", "5", "wget", "-q", "-O", "-"];
  const followed = async (host: AgentHost | KubelithHost): Promise<void> => {
    const { name } = host;
    const path = '{.status.addresses[?(@.type=="InternalIP")].address}';
    await server.eventually(async () => expect(await server.jsonpath("node", name, path)).toBe(host.address));
    await server.eventually(async () =>
      expect(await server.kubectl.run(...fetch, `http://${host.address}:30080/`)).toBe("web\n"),
    );
    const own = name === agent.name ? "web" : "near";
    await server.eventually(async () =>
      expect(await server.kubectl.run("exec", own, "--", "hostname")).toBe(`${own}\n`),
    );
    expect(await server.jsonpath("pod", own, "{.status.hostIP}")).toBe(host.address);
  };

  await agent.changeAddress(spare(agent.address));
  await followed(agent);
  expect(await agent.log()).toContain('msg="Renewed the node\'s certificates"');
  const forwarding = async (): Promise<string> => server.run("bridge", "fdb", "show", "dev", "kubelith.1");
  expect(await forwarding()).toContain(`dst ${agent.address} `);
  const podIP = await server.jsonpath("pod", "web", "{.status.podIP}");
  expect(await server.kubectl.run(...fetch, `http://${podIP}:${String(WEB_PORT)}/`)).toBe("web\n");
  expect(await server.jsonpath("pod", "web", "{.metadata.uid}{.status.podIP}{.status.startTime}")).toBe(
    before,
  );

  await server.changeAddress(spare(server.address));
  await server.eventually(async () =>
    expect(await server.jsonpath("endpointslice", "kubernetes", "{.endpoints[*].addresses[*]}")).toBe(
      server.address,
    ),
  );
  await server.eventually(async () =>
    expect(
      await server.jsonpath("node", server.name, '{.status.addresses[?(@.type=="InternalIP")].address}'),
    ).toBe(server.address),
  );
  await server.eventually(async () =>
    expect(await server.kubectl.run("exec", "near", "--", "hostname")).toBe("near\n"),
  );
});
