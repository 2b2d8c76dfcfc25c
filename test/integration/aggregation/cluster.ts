/** An API server whose Services lead to extension servers of a test. */
import type { APIService } from "#api/generated/apiregistration-v1.ts";
import type { NewObject } from "#apimachinery/meta.ts";
import { isNotFound } from "#apimachinery/status-error.ts";
import { type BackendAddress, DialError, type Dialer } from "#apiserver/backends/dialer.ts";
import { TcpDialer } from "#apiserver/backends/tcp-dialer.ts";
import { systemClock } from "#base/clock.ts";
import { startTestServer, type TestServer } from "../front/server.ts";
import { until } from "../until.ts";
import { ExtensionServer, type ExtensionServerOptions, SERVICE } from "./extension-server.ts";

/** The address of the extension server's pod. Endpoints are not on loopback. */
const POD_IP = "10.42.0.7";

export class ExtendedCluster implements AsyncDisposable {
  readonly server: TestServer;
  readonly extension: ExtensionServer;

  private constructor(server: TestServer, extension: ExtensionServer) {
    this.server = server;
    this.extension = extension;
  }

  static async start(options: Pick<ExtensionServerOptions, "isOld"> = {}): Promise<ExtendedCluster> {
    const ports = new Map<string, () => number>();
    const server = await startTestServer({ dialer: loopback(ports) });
    const frontProxyAuthority = server.pki.authorities["request-header-ca"];
    const extension = new ExtensionServer({ ...options, frontProxyAuthority });
    await extension.start();
    ports.set(POD_IP, () => extension.port);
    const cluster = new ExtendedCluster(server, extension);
    await cluster.#createService();
    return cluster;
  }

  /** Hands a group version over to the extension server, and waits until it is available. */
  async register(group: string, version: string, spec: Partial<APIService["spec"]> = {}): Promise<void> {
    const apiService: NewObject<APIService> = {
      apiVersion: "apiregistration.k8s.io/v1",
      kind: "APIService",
      metadata: { name: `${version}.${group}` },
      spec: {
        group,
        version,
        groupPriorityMinimum: 100,
        versionPriority: 100,
        service: { ...SERVICE, port: 443 },
        caBundle: btoa(this.extension.authority),
        ...spec,
      },
    };
    await this.server.client.create("APIService", apiService);
  }

  /** `True`, or the status with reason and message. */
  async availability(name: string): Promise<string> {
    const { status } = await this.server.client.get("APIService", { name });
    const { status: is = "", reason = "", message = "" } = status?.conditions?.[0] ?? {};
    return is === "True" ? is : `${is} ${reason}: ${message}`;
  }

  /** Whether there is an APIService of this name. */
  async has(name: string): Promise<boolean> {
    try {
      await this.server.client.get("APIService", { name });
      return true;
    } catch (error) {
      if (isNotFound(error)) return false;
      throw error;
    }
  }

  /** A document of the server. */
  async read<T>(path: string, accept = "application/json"): Promise<T> {
    return (await this.server.connect().send({ path, headers: { accept } })).json<T>();
  }

  async untilAvailable(name: string): Promise<void> {
    await until(async () => (await this.availability(name)) === "True");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]();
    await this.extension[Symbol.asyncDispose]();
  }

  async #createService(): Promise<void> {
    const { client } = this.server;
    const { namespace, name } = SERVICE;
    await client.create("Namespace", {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: namespace },
      spec: {},
    });
    await client.create("Service", {
      apiVersion: "v1",
      kind: "Service",
      metadata: { namespace, name },
      spec: { ports: [{ port: 443, targetPort: 8443, protocol: "TCP" }] },
    });
    await client.create("EndpointSlice", {
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      metadata: { namespace, name: `${name}-1`, labels: { "kubernetes.io/service-name": name } },
      addressType: "IPv4",
      endpoints: [{ addresses: [POD_IP], conditions: { ready: true } }],
      ports: [{ name: "", port: 8443, protocol: "TCP" }],
    });
  }
}

/** Leads to ports of this host under the addresses of pods. */
function loopback(ports: ReadonlyMap<string, () => number>): Dialer {
  const tcp = new TcpDialer({ clock: systemClock });
  return {
    dial: async (address: BackendAddress, signal) => {
      const port = ports.get(address.host);
      if (port === undefined) return await tcp.dial(address, signal);
      try {
        return await tcp.dial({ host: "127.0.0.1", port: port() }, signal);
      } catch (error) {
        throw DialError.of(address, error instanceof DialError ? error.cause : error);
      }
    },
  };
}
