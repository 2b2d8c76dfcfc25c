import type { Deployment } from "#api/generated/apps-v1.ts";
import type { Lease } from "#api/generated/coordination-v1.ts";
import type { ConfigMap, Pod, PodSpec } from "#api/generated/core-v1.ts";
import type { NewObject } from "#apimachinery/meta.ts";

const LABELS = { app: "web", "pod-template-hash": "5d4f8c7b9" };

export function aWebPod(name: string, nodeName?: string): NewObject<Pod> & { metadata: { name: string } } {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: "default", labels: LABELS },
    spec: { ...(nodeName !== undefined && { nodeName }), ...aPodSpec() },
  };
}

/** A pod that the scheduler leaves alone. */
export function aHeldPod(name: string): NewObject<Pod> {
  const pod = aWebPod(name);
  return { ...pod, spec: { ...aPodSpec(), schedulingGates: [{ name: "example.com/bench" }] } };
}

function aPodSpec(image = "registry.example.com/web:1.2.3"): PodSpec {
  return {
    containers: [
      {
        name: "web",
        image,
        ports: [{ containerPort: 8080, name: "http" }],
        env: [{ name: "MODE", value: "production" }],
        resources: { requests: { cpu: "100m", memory: "128Mi" }, limits: { memory: "256Mi" } },
        readinessProbe: { httpGet: { path: "/ready", port: "http" } },
      },
    ],
  };
}

/** What a kubelet says of a pod; every step says something else. */
export function runningStatus(step: number): object {
  return {
    status: {
      phase: "Running",
      podIP: "10.42.0.17",
      podIPs: [{ ip: "10.42.0.17" }],
      message: `step ${String(step)}`,
      conditions: [{ type: "Ready", status: step % 2 === 0 ? "True" : "False" }],
    },
  };
}

const CHART_SELECTOR = { "app.kubernetes.io/name": "web", "app.kubernetes.io/instance": "shop" };
const CHART_LABELS = {
  ...CHART_SELECTOR,
  "helm.sh/chart": "web-0.1.0",
  "app.kubernetes.io/version": "1.2.0",
  "app.kubernetes.io/managed-by": "Helm",
};

/** Says as much as what a new chart of Helm makes. */
export function aDeployment(name: string, step = 0): NewObject<Deployment> & { metadata: { name: string } } {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace: "default", labels: CHART_LABELS },
    spec: {
      replicas: 3,
      selector: { matchLabels: CHART_SELECTOR },
      template: {
        metadata: { labels: CHART_LABELS },
        spec: aChartPodSpec(`registry.example.com/web:1.2.${String(step)}`),
      },
    },
  };
}

function aChartPodSpec(image: string): PodSpec {
  return {
    serviceAccountName: "web",
    securityContext: { fsGroup: 2000 },
    containers: [
      {
        name: "web",
        image,
        imagePullPolicy: "IfNotPresent",
        securityContext: { runAsNonRoot: true, runAsUser: 1000, readOnlyRootFilesystem: true },
        ports: [{ name: "http", containerPort: 8080, protocol: "TCP" }],
        env: [
          { name: "MODE", value: "production" },
          { name: "PASSWORD", valueFrom: { secretKeyRef: { name: "web", key: "password" } } },
        ],
        livenessProbe: { httpGet: { path: "/", port: "http" } },
        readinessProbe: { httpGet: { path: "/ready", port: "http" } },
        resources: { requests: { cpu: "100m", memory: "128Mi" }, limits: { memory: "256Mi" } },
        volumeMounts: [{ name: "settings", mountPath: "/etc/web", readOnly: true }],
      },
    ],
    volumes: [{ name: "settings", configMap: { name: "web" } }],
  };
}

/** What several managers apply to one Deployment: its owner all of it, others an annotation and a container of theirs. */
export function aPartOfDeployment(name: string, step: number, manager: number): object {
  if (manager === 0) return aDeployment(name, step);
  const template =
    manager === 1
      ? { metadata: { annotations: { "example.com/restarted": String(step) } } }
      : { spec: { containers: [{ name: "agent", image: `registry.example.com/agent:${String(step)}` }] } };
  return { apiVersion: "apps/v1", kind: "Deployment", metadata: { name }, spec: { template } };
}

/** As small as those that applications have for a few settings. */
export function aSmallConfigMap(name: string): NewObject<ConfigMap> {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name, namespace: "default", labels: { app: "web" } },
    data: { MODE: "production", LOG_LEVEL: "info", ENDPOINT: "https://example.com/api" },
  };
}

/** Two kilobytes in ten keys. */
export function aConfigMap(name: string): NewObject<ConfigMap> & { metadata: { name: string } } {
  const keys = Array.from({ length: 10 }, (_, index) => `setting-${String(index)}.conf`);
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name, namespace: "default" },
    data: Object.fromEntries(keys.map((key) => [key, "value = 1234\n".repeat(15)])),
  };
}

export function aLease(name: string): NewObject<Lease> {
  return {
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: { name, namespace: "default" },
    spec: { holderIdentity: name, leaseDurationSeconds: 40, renewTime: "2026-01-01T00:00:00.000000Z" },
  };
}
