import { realpath } from "node:fs/promises";
import { dirname, join } from "node:path";
import { BUSYBOX } from "./kubelith-host.ts";

/** Where the servers in such pods listen. */
export const PROGRAM_PORT = 8443;

/** A program of these tests. */
export interface Program {
  /** The program's file, which is run by Bun, and its arguments. */
  readonly command: readonly string[];
  /** Folders that it needs besides that of these tests. */
  readonly folders?: readonly string[];
}

/** A program in a pod, and a Service of the same name for it. */
export interface ProgramPod extends Program {
  readonly namespace?: string;
  readonly name: string;
  readonly nodeName: string;
}

export async function programPod(program: ProgramPod): Promise<readonly object[]> {
  const { namespace = "default", name, nodeName } = program;
  const { container, volumes } = await programContainer(program);
  const probed = {
    name: "main",
    ...container,
    readinessProbe: { tcpSocket: { port: PROGRAM_PORT }, periodSeconds: 1 },
  };
  const metadata = { namespace, name, labels: { app: name } };
  const spec = { nodeName, terminationGracePeriodSeconds: 0, containers: [probed], volumes };
  const ports = [{ port: 443, targetPort: PROGRAM_PORT }];
  return [
    { apiVersion: "v1", kind: "Pod", metadata, spec },
    { apiVersion: "v1", kind: "Service", metadata, spec: { selector: { app: name }, ports } },
  ];
}

/** All test hosts share the files of the machine, so that a container can run what no image has. */
export async function programContainer({ command, folders = [] }: Program) {
  const bun = await realpath(process.execPath);
  const paths = ["/usr", "/lib", "/lib64", join(import.meta.dir, "../.."), dirname(bun), ...folders];
  const volumes = await Promise.all(
    paths.map(async (path, index) => ({
      name: `v${String(index)}`,
      hostPath: { path: await realpath(path) },
    })),
  );
  const container = {
    image: BUSYBOX,
    command: [bun, ...command],
    volumeMounts: paths.map((mountPath, index) => ({ name: `v${String(index)}`, mountPath, readOnly: true })),
  };
  return { container, volumes };
}
