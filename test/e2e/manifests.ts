/** Short ways to write the objects that the tests apply. */
import { BUSYBOX } from "./kubelith-host.ts";

/** Where the web servers of tests listen. */
export const WEB_PORT = 8080;

/** Answers every request for `/` with the name of its pod. */
export const webServer = {
  command: ["sh", "-c", `mkdir -p /www && hostname >/www/index.html && exec httpd -f -p ${WEB_PORT} -h /www`],
  ports: [{ name: "http", containerPort: WEB_PORT }],
  // Who has no time to answer is not broken: the machine may be busy.
  readinessProbe: { httpGet: { path: "/", port: "http" }, periodSeconds: 1, timeoutSeconds: 15 },
};

/** Does nothing for as long as a test may take. */
export const sleeper = { command: ["sleep", "100000"] };

interface PodParts {
  readonly labels?: Readonly<Record<string, string>>;
  /** Fields of the pod's only container. */
  readonly container?: object;
  /** Further fields of the pod's spec. */
  readonly spec?: object;
}

export function aPod(name: string, { labels = { app: name }, container = sleeper, spec }: PodParts = {}) {
  return { apiVersion: "v1", kind: "Pod", metadata: { name, labels }, spec: aPodSpec(container, spec) };
}

interface DeploymentParts extends PodParts {
  readonly replicas?: number;
  /** Further fields of the Deployment's spec. */
  readonly deployment?: object;
}

/** A Deployment of web servers, unless another container is given; its pods carry the label `app` with its name as well. */
export function aDeployment(
  name: string,
  { replicas = 1, labels, container = webServer, spec, deployment }: DeploymentParts = {},
) {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name, ...labels } }, spec: aPodSpec(container, spec) },
      ...deployment,
    },
  };
}

/** A Service of the pods whose label `app` has its name. */
export function aService(name: string, spec: object = {}) {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name },
    spec: { selector: { app: name }, ports: [{ name: "http", port: 80, targetPort: WEB_PORT }], ...spec },
  };
}

// Busybox as the first process of a container does not hear SIGTERM, so nobody waits long for it.
function aPodSpec(container: object, spec: object = {}) {
  return {
    terminationGracePeriodSeconds: 1,
    containers: [{ name: "main", image: BUSYBOX, ...container }],
    ...spec,
  };
}
