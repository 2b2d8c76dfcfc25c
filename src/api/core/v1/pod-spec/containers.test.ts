import { describe, expect, test } from "bun:test";
import { podSpecErrors } from "#testing/pod-spec.ts";
import type { Container, PodSpec, Volume } from "../../../generated/core-v1.ts";

const web: Container = { name: "web", image: "nginx:1.29" };
const LABEL =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";

interface SpecCase {
  readonly name: string;
  readonly spec: Partial<PodSpec>;
  readonly want: readonly string[];
}

function containersWith(...containers: Partial<Container>[]): Partial<PodSpec> {
  return {
    containers: containers.map((container, index) => ({ ...web, name: `c${String(index)}`, ...container })),
  };
}

const volume: Volume = { name: "data", emptyDir: {} };
const mount = { name: "data", mountPath: "/data" };

const cases: SpecCase[] = [
  { name: "a plain container", spec: {}, want: [] },
  { name: "no container", spec: { containers: [] }, want: ["spec.containers: Required value"] },
  {
    name: "no name and no image",
    spec: { containers: [{ name: "" }] },
    want: ["spec.containers[0].name: Required value", "spec.containers[0].image: Required value"],
  },
  {
    name: "a bad and a repeated name",
    spec: containersWith({ name: "A" }, { name: "b" }, { name: "b" }),
    want: [
      `spec.containers[0].name: Invalid value: "A": ${LABEL}`,
      'spec.containers[2].name: Duplicate value: "b"',
    ],
  },
  {
    name: "bad policies",
    spec: containersWith({ terminationMessagePolicy: "Log" as "File", imagePullPolicy: "Once" as "Never" }),
    want: [
      'spec.containers[0].terminationMessagePolicy: Unsupported value: "Log": supported values: "File", "FallbackToLogsOnError"',
      'spec.containers[0].imagePullPolicy: Unsupported value: "Once": supported values: "Always", "IfNotPresent", "Never"',
    ],
  },
  {
    name: "bad ports",
    spec: containersWith({
      ports: [
        { name: "http", containerPort: 0 },
        { name: "http", containerPort: 70000, hostPort: -1 },
        { name: "80", containerPort: 80, protocol: "ICMP" as "TCP" },
      ],
    }),
    want: [
      "spec.containers[0].ports[0].containerPort: Required value",
      'spec.containers[0].ports[1].name: Duplicate value: "http"',
      "spec.containers[0].ports[1].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive",
      "spec.containers[0].ports[1].hostPort: Invalid value: -1: must be between 1 and 65535, inclusive",
      'spec.containers[0].ports[2].name: Invalid value: "80": must contain at least one letter (a-z)',
      'spec.containers[0].ports[2].protocol: Unsupported value: "ICMP": supported values: "SCTP", "TCP", "UDP"',
    ],
  },
  {
    name: "conflicting host ports",
    spec: containersWith(
      { ports: [{ containerPort: 80, hostPort: 80 }] },
      {
        ports: [
          { containerPort: 81, hostPort: 80 },
          { containerPort: 82, hostPort: 80, hostIP: "10.0.0.1" },
        ],
      },
    ),
    want: ['spec.containers[1].ports[0].hostPort: Duplicate value: "TCP//80"'],
  },
  {
    name: "another host port than the container's with host networking",
    spec: {
      ...containersWith({ ports: [{ containerPort: 80, hostPort: 81 }, { containerPort: 82 }] }),
      hostNetwork: true,
    },
    want: [
      "spec.containers[0].ports[0].hostPort: Invalid value: 81: must match `containerPort` when `hostNetwork` is true",
    ],
  },
  {
    name: "bad environment",
    spec: containersWith({
      env: [
        { name: "" },
        { name: "A=B", value: "x", valueFrom: { configMapKeyRef: { name: "c", key: "k" } } },
        { name: "C", valueFrom: {} },
        { name: "D", valueFrom: { fieldRef: { fieldPath: "spec.host" } } },
        { name: "E", valueFrom: { fieldRef: { fieldPath: "status.phase" } } },
        { name: "F", valueFrom: { fieldRef: { fieldPath: "spec.volumes" } } },
        { name: "G", valueFrom: { resourceFieldRef: { resource: "limits.gpu" } } },
        { name: "H", valueFrom: { resourceFieldRef: { resource: "limits.cpu", divisor: "2" } } },
      ],
      envFrom: [{ prefix: "a=" }, { configMapRef: {}, secretRef: { name: "s" } }],
    }),
    want: [
      "spec.containers[0].env[0].name: Required value",
      "spec.containers[0].env[1].name: Invalid value: \"A=B\": a valid environment variable name must consist only of printable ASCII characters other than '='",
      'spec.containers[0].env[1].valueFrom: Invalid value: "": may not be specified when `value` is not empty',
      'spec.containers[0].env[2].valueFrom: Invalid value: "": must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`',
      'spec.containers[0].env[4].valueFrom.fieldRef.fieldPath: Unsupported value: "status.phase": supported values: "metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName", "status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs"',
      'spec.containers[0].env[5].valueFrom.fieldRef.fieldPath: Invalid value: "spec.volumes": error converting fieldPath: field label not supported: spec.volumes',
      'spec.containers[0].env[6].valueFrom.resourceFieldRef.resource: Unsupported value: "limits.gpu": supported values: "limits.cpu", "limits.ephemeral-storage", "limits.memory", "requests.cpu", "requests.ephemeral-storage", "requests.memory"',
      'spec.containers[0].env[7].valueFrom.resourceFieldRef.divisor: Invalid value: "limits.cpu": only divisor\'s values 1m and 1 are supported with the cpu resource',
      "spec.containers[0].envFrom[0].prefix: Invalid value: \"a=\": a valid environment variable name must consist only of printable ASCII characters other than '='",
      'spec.containers[0].envFrom: Invalid value: "": must specify one of: `configMapRef` or `secretRef`',
      "spec.containers[0].envFrom[1].configMapRef.name: Required value",
      'spec.containers[0].envFrom: Invalid value: "": may not have more than one field specified at a time',
    ],
  },
  {
    name: "an environment file outside an emptyDir",
    spec: {
      volumes: [{ name: "config", configMap: { name: "c" } }],
      ...containersWith({
        env: [{ name: "A", valueFrom: { fileKeyRef: { key: "A", path: "env", volumeName: "config" } } }],
      }),
    },
    want: [
      'spec.containers[0].env[0].valueFrom.fileKeyRef.volumeName: Invalid value: "config": referenced volume must be of type emptyDir',
    ],
  },
  {
    name: "bad mounts",
    spec: {
      volumes: [volume],
      ...containersWith({
        volumeMounts: [
          mount,
          mount,
          { name: "other", mountPath: "/x", subPath: "../y" },
          { ...mount, mountPath: "/y", subPath: "a", subPathExpr: "b" },
          { ...mount, mountPath: "/z", mountPropagation: "Bidirectional", recursiveReadOnly: "Enabled" },
        ],
      }),
    },
    want: [
      'spec.containers[0].volumeMounts[1].mountPath: Invalid value: "/data": must be unique',
      'spec.containers[0].volumeMounts[2].name: Not found: "other"',
      "spec.containers[0].volumeMounts.subPath: Invalid value: \"../y\": must not contain '..'",
      'spec.containers[0].volumeMounts[3].subPathExpr: Invalid value: "b": subPathExpr and subPath are mutually exclusive',
      "spec.containers[0].volumeMounts.mountPropagation: Forbidden: Bidirectional mount propagation is available only to privileged containers",
      "spec.containers[0].volumeMounts.recursiveReadOnly: Forbidden: may only be specified when readOnly is true",
      "spec.containers[0].volumeMounts.recursiveReadOnly: Forbidden: may only be specified when mountPropagation is None or not specified",
    ],
  },
  {
    name: "bad devices",
    spec: {
      volumes: [volume, { name: "claim", persistentVolumeClaim: { claimName: "c" } }],
      ...containersWith({
        volumeMounts: [mount],
        volumeDevices: [
          { name: "data", devicePath: "/data" },
          { name: "claim", devicePath: "/dev/../x" },
        ],
      }),
    },
    want: [
      'spec.containers[0].volumeMounts[0].name: Invalid value: "data": must not already exist in volumeDevices',
      'spec.containers[0].volumeMounts[0].mountPath: Invalid value: "/data": must not already exist as a path in volumeDevices',
      'spec.containers[0].volumeDevices[0].name: Invalid value: "data": can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode',
      'spec.containers[0].volumeDevices[0].name: Invalid value: "data": must not already exist in volumeMounts',
      'spec.containers[0].volumeDevices[0].devicePath: Invalid value: "/data": must not already exist as a path in volumeMounts',
      "spec.containers[0].volumeDevices[1].devicePath: Invalid value: \"/dev/../x\": can not contain backsteps ('..')",
    ],
  },
  {
    name: "bad probes and hooks",
    spec: containersWith({
      livenessProbe: { exec: {}, successThreshold: 2, initialDelaySeconds: -1 },
      readinessProbe: { tcpSocket: { port: "http" }, grpc: { port: 0 }, terminationGracePeriodSeconds: 3 },
      startupProbe: {
        httpGet: { port: 0, scheme: "FTP" as "HTTP", httpHeaders: [{ name: "a b", value: "" }] },
      },
      lifecycle: { postStart: {}, preStop: { sleep: { seconds: 31 } } },
    }),
    want: [
      "spec.containers[0].lifecycle.postStart: Required value: must specify a handler type",
      "spec.containers[0].lifecycle.preStop.sleep: Invalid value: 31: must be non-negative and less than terminationGracePeriodSeconds (30)",
      "spec.containers[0].livenessProbe.exec.command: Required value",
      "spec.containers[0].livenessProbe.initialDelaySeconds: Invalid value: -1: must be greater than or equal to 0",
      "spec.containers[0].livenessProbe.successThreshold: Invalid value: 2: must be 1",
      "spec.containers[0].readinessProbe.grpc: Forbidden: may not specify more than 1 handler type",
      "spec.containers[0].readinessProbe.terminationGracePeriodSeconds: Invalid value: 3: must not be set for readinessProbes",
      "spec.containers[0].startupProbe.httpGet.port: Invalid value: 0: must be between 1 and 65535, inclusive",
      'spec.containers[0].startupProbe.httpGet.scheme: Unsupported value: "FTP": supported values: "HTTP", "HTTPS"',
      "spec.containers[0].startupProbe.httpGet.httpHeaders: Invalid value: \"a b\": a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')",
    ],
  },
  {
    name: "bad resources and resize policies",
    spec: {
      restartPolicy: "Never",
      ...containersWith({
        resources: { limits: { cpu: "1" }, requests: { cpu: "2" } },
        resizePolicy: [
          { resourceName: "cpu", restartPolicy: "NotRequired" },
          { resourceName: "cpu", restartPolicy: "RestartContainer" },
          { resourceName: "gpu", restartPolicy: "NotRequired" },
        ],
      }),
    },
    want: [
      'spec.containers[0].resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1',
      'spec.containers[0].resizePolicy[1]: Duplicate value: "cpu"',
      "spec.containers[0].resizePolicy: Invalid value: \"RestartContainer\": must be 'NotRequired' when pod `restartPolicy` is 'Never'",
      'spec.containers[0].resizePolicy: Unsupported value: "gpu": supported values: "cpu", "memory"',
    ],
  },
  {
    name: "bad restart rules",
    spec: containersWith({
      restartPolicyRules: [
        { action: "Stop", exitCodes: { operator: "Is", values: [1] } },
        { action: "Restart" },
      ],
    }),
    want: [
      "spec.containers[0].restartPolicy: Required value: must specify restartPolicy when restart rules are used",
      'spec.containers[0].restartPolicyRules[0].action: Unsupported value: "Stop": supported values: "Restart", "RestartAllContainers"',
      'spec.containers[0].restartPolicyRules[0].exitCodes.operator: Unsupported value: "Is": supported values: "In", "NotIn"',
      "spec.containers[0].restartPolicyRules[1].exitCodes: Required value: must be specified",
    ],
  },
  {
    name: "a bad security context",
    spec: containersWith({
      securityContext: {
        runAsUser: -1,
        procMount: "Unmasked",
        allowPrivilegeEscalation: false,
        privileged: true,
        seccompProfile: { type: "Localhost" },
        appArmorProfile: { type: "RuntimeDefault", localhostProfile: "x" },
      },
    }),
    want: [
      "spec.containers[0].securityContext.runAsUser: Invalid value: -1: must be between 0 and 2147483647, inclusive",
      'spec.containers[0].securityContext.procMount: Invalid value: "Unmasked": `hostUsers` must be false to use `Unmasked`',
      "spec.containers[0].securityContext.seccompProfile.localhostProfile: Required value: must be set when seccomp type is Localhost",
      'spec.containers[0].securityContext: Invalid value: {"Capabilities":null,"Privileged":true,"SELinuxOptions":null,"WindowsOptions":null,"RunAsUser":-1,"RunAsGroup":null,"RunAsNonRoot":null,"ReadOnlyRootFilesystem":null,"AllowPrivilegeEscalation":false,"ProcMount":"Unmasked","SeccompProfile":{"Type":"Localhost","LocalhostProfile":null},"AppArmorProfile":{"Type":"RuntimeDefault","LocalhostProfile":"x"}}: cannot set `allowPrivilegeEscalation` to false and `privileged` to true',
      'spec.containers[0].securityContext.appArmorProfile.localhostProfile: Invalid value: "x": can only be set when AppArmor type is Localhost',
    ],
  },
  {
    name: "an init container with a probe, a taken name and a port twice",
    spec: {
      initContainers: [
        { ...web, readinessProbe: { exec: { command: ["x"] } } },
        { ...web, name: "side", restartPolicy: "Always", readinessProbe: { exec: { command: ["x"] } } },
      ],
    },
    want: [
      'spec.initContainers[0].name: Duplicate value: "web"',
      "spec.initContainers[0].readinessProbe: Forbidden: may not be set for init containers without restartPolicy=Always",
    ],
  },
  {
    name: "an ephemeral container",
    spec: {
      ephemeralContainers: [
        { ...web, name: "debug", targetContainerName: "db", ports: [{ containerPort: 1 }], stdin: true },
      ],
    },
    want: [
      'spec.ephemeralContainers[0].targetContainerName: Not found: "db"',
      "spec.ephemeralContainers[0].ports: Forbidden: cannot be set for an Ephemeral Container",
    ],
  },
];

describe("validateContainers", () => {
  test.each(cases)("$name", ({ spec, want }) => {
    expect(podSpecErrors({ containers: [web], ...spec })).toEqual([...want]);
  });
});
