import { connect as connectTcp } from "node:net";
import { type ConnectionOptions, connect } from "node:tls";
import { type Finding, failed, judged, passed, type SecurityPoint, warned } from "./finding.ts";

const READ_ONLY_PORT = 10255;
/** Of URLs that name none. */
const HTTPS_PORT = 443;

type Offer = Pick<ConnectionOptions, "minVersion" | "maxVersion" | "ciphers">;

interface TlsPoint extends SecurityPoint {
  readonly offer: Offer;
}

const OLD_TLS: TlsPoint = {
  point: "1.2.29",
  subject: "the API speaks TLS 1.2 or newer",
  remedy: "let nothing in front of the server speak older versions",
  offer: { minVersion: "TLSv1", maxVersion: "TLSv1.1" },
};

/** Without forward secrecy. */
const WEAK_CIPHERS: TlsPoint = {
  point: "1.2.29",
  subject: "the API agrees to strong ciphers alone",
  remedy: "let nothing in front of the server agree to them",
  offer: {
    minVersion: "TLSv1.2",
    maxVersion: "TLSv1.2",
    ciphers: "AES128-GCM-SHA256:AES256-GCM-SHA384:AES128-SHA:AES256-SHA",
  },
};

const KUBELET: SecurityPoint = {
  point: "4.2.1",
  subject: "the kubelet answers nobody without credentials",
  remedy: "let nothing else listen on port 10250 of the node",
};

const KUBELET_CIPHERS: TlsPoint = {
  ...WEAK_CIPHERS,
  point: "4.2.12",
  subject: "the kubelet agrees to strong ciphers alone",
};

const READ_ONLY: SecurityPoint = {
  point: "4.2.4",
  subject: "the kubelet has no port without credentials",
  remedy: "let nothing else listen on port 10255 of the node",
  isManual: true,
};

/** What is looked into on a host that runs pods. */
export const NODE_POINTS: readonly SecurityPoint[] = [KUBELET, READ_ONLY, KUBELET_CIPHERS];

/** Of the API and of the kubelet. */
export const API_TLS: readonly TlsPoint[] = [OLD_TLS, WEAK_CIPHERS];
export const KUBELET_TLS: readonly TlsPoint[] = [KUBELET_CIPHERS];

/** What the port of an `https:` URL agrees to. */
export async function checkTls(
  url: string,
  points: readonly TlsPoint[] = API_TLS,
): Promise<readonly Finding[]> {
  const server = placeOf(url);
  if (!(await isListening(server))) return points.map((point) => warned(point, `nothing answers at ${url}`));
  return await Promise.all(
    points.map(async ({ offer, ...point }) => {
      const agreed = await handshake(server, offer);
      return agreed === undefined ? passed(point) : failed(point, `it agrees to ${agreed}`);
    }),
  );
}

/** Whether the kubelet at the URL lets anybody see its pods. */
export async function checkKubelet(url: string): Promise<Finding> {
  try {
    const { status } = await fetch(`${url}/pods`, { tls: { rejectUnauthorized: false } });
    return status === 401 || status === 403
      ? passed(KUBELET)
      : failed(KUBELET, `it answers ${String(status)}`);
  } catch (error) {
    return warned(
      KUBELET,
      `no kubelet answers at ${url}: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

/** Whether something answers at the port where kubelets have once answered everybody. */
export async function checkReadOnlyPort(host: string): Promise<Finding> {
  const isOpen = await isListening({ host, port: READ_ONLY_PORT });
  return judged(READ_ONLY, isOpen ? `something answers at port ${String(READ_ONLY_PORT)}` : undefined);
}

interface Place {
  readonly host: string;
  readonly port: number;
}

function placeOf(url: string): Place {
  const { hostname, port } = new URL(url);
  return { host: hostname.replace(/^\[(.*)\]$/, "$1"), port: port === "" ? HTTPS_PORT : Number(port) };
}

async function isListening(server: Place): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connectTcp(server, () => resolve(true));
  socket.once("error", () => resolve(false));
  const isOpen = await promise;
  socket.destroy();
  return isOpen;
}

/** The version and cipher that the server agrees to; undefined when it refuses. */
function handshake(server: Place, offer: Offer): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  // Only what the two agree to counts; nothing is sent.
  const socket = connect({ ...server, rejectUnauthorized: false, ...offer }, () => {
    resolve(`${socket.getProtocol() ?? "TLS"} with ${socket.getCipher().name}`);
    socket.destroy();
  });
  socket.once("error", () => resolve(undefined));
  return promise;
}
