import { describe, expect, test } from "bun:test";
import { containerErrors } from "#testing/pod-spec.ts";
import type {
  Container,
  ContainerRestartRule,
  EphemeralContainer,
  PodSpec,
} from "../../../generated/core-v1.ts";

const LABEL =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const C0 = "spec.containers[0]";
const exec = { exec: { command: ["true"] } };

describe("a container", () => {
  test.each<{ name: string; containers: Partial<Container>[]; spec?: Partial<PodSpec>; want: string[] }>([
    { name: "by itself", containers: [{}], want: [] },
    { name: "is needed", containers: [], want: ["spec.containers: Required value"] },
    {
      name: "without a name and an image",
      containers: [{ name: "", image: "" }],
      want: [`${C0}.name: Required value`, `${C0}.image: Required value`],
    },
    {
      name: "of a bad name, and of one twice",
      containers: [{ name: "A" }, { name: "a.b" }, { name: "b" }, { name: "b" }],
      want: [
        `${C0}.name: Invalid value: "A": ${LABEL}`,
        'spec.containers[1].name: Invalid value: "a.b": must not contain dots',
        'spec.containers[3].name: Duplicate value: "b"',
      ],
    },
    { name: "of an image in spaces, in a template", containers: [{ image: " app " }], want: [] },
    {
      name: "of unknown policies",
      containers: [{ terminationMessagePolicy: "Log" as "File", imagePullPolicy: "Once" as "Never" }],
      want: [
        `${C0}.terminationMessagePolicy: Unsupported value: "Log": supported values: "File", "FallbackToLogsOnError"`,
        `${C0}.imagePullPolicy: Unsupported value: "Once": supported values: "Always", "IfNotPresent", "Never"`,
      ],
    },
    {
      name: "that wants more than it may have",
      containers: [{ resources: { limits: { cpu: "1" }, requests: { cpu: "2", memory: "-1" } } }],
      want: [
        `${C0}.resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1`,
        `${C0}.resources.requests[memory]: Invalid value: "-1": must be greater than or equal to 0`,
      ],
    },
  ])("$name", ({ containers, spec, want }) => {
    expect(containerErrors(containers, spec)).toEqual(want);
  });
});

describe("how a container is resized", () => {
  const PATH = `${C0}.resizePolicy`;

  test.each<{
    name: string;
    policies: NonNullable<Container["resizePolicy"]>;
    spec?: Partial<PodSpec>;
    want: string[];
  }>([
    {
      name: "for each resource",
      policies: [
        { resourceName: "cpu", restartPolicy: "NotRequired" },
        { resourceName: "memory", restartPolicy: "RestartContainer" },
      ],
      want: [],
    },
    {
      name: "for other resources, in other ways",
      policies: [
        { resourceName: "storage", restartPolicy: "NotRequired" },
        { resourceName: "cpu", restartPolicy: "Restart" },
        { resourceName: "", restartPolicy: "" },
      ],
      want: [
        `${PATH}: Unsupported value: "storage": supported values: "cpu", "memory"`,
        `${PATH}: Unsupported value: "Restart": supported values: "NotRequired", "RestartContainer"`,
        `${PATH}: Required value`,
        `${PATH}: Required value`,
      ],
    },
    {
      name: "twice",
      policies: [
        { resourceName: "cpu", restartPolicy: "NotRequired" },
        { resourceName: "cpu", restartPolicy: "NotRequired" },
      ],
      want: [`${PATH}[1]: Duplicate value: "cpu"`],
    },
    {
      name: "by a restart that never happens",
      policies: [{ resourceName: "cpu", restartPolicy: "RestartContainer" }],
      spec: { restartPolicy: "Never" },
      want: [
        `${PATH}: Invalid value: "RestartContainer": must be 'NotRequired' when pod \`restartPolicy\` is 'Never'`,
      ],
    },
  ])("$name", ({ policies, spec, want }) => {
    expect(containerErrors([{ resizePolicy: policies }], spec)).toEqual(want);
  });
});

describe("when a container restarts", () => {
  const rule: ContainerRestartRule = { action: "Restart", exitCodes: { operator: "In", values: [42] } };
  const many = <T>(count: number, value: T) => Array.from({ length: count }, () => value);

  test.each<{ name: string; container: Partial<Container>; want: string[] }>([
    { name: "always", container: { restartPolicy: "Always" }, want: [] },
    {
      name: "by rules",
      container: {
        restartPolicy: "Never",
        restartPolicyRules: [rule, { ...rule, action: "RestartAllContainers" }],
      },
      want: [],
    },
    {
      name: "sometimes",
      container: { restartPolicy: "Sometimes" },
      want: [
        '.restartPolicy: Unsupported value: "Sometimes": supported values: "Always", "Never", "OnFailure"',
      ],
    },
    {
      name: "by rules alone",
      container: { restartPolicyRules: [rule] },
      want: [".restartPolicy: Required value: must specify restartPolicy when restart rules are used"],
    },
    {
      name: "by rules that say nothing",
      container: {
        restartPolicy: "Never",
        restartPolicyRules: [{ action: "" }, { action: "Stop", exitCodes: { operator: "" } }],
      },
      want: [
        '.restartPolicyRules[0].action: Unsupported value: "": supported values: "Restart", "RestartAllContainers"',
        ".restartPolicyRules[0].exitCodes: Required value: must be specified",
        '.restartPolicyRules[1].action: Unsupported value: "Stop": supported values: "Restart", "RestartAllContainers"',
        '.restartPolicyRules[1].exitCodes.operator: Unsupported value: "": supported values: "In", "NotIn"',
      ],
    },
    {
      name: "by too many rules of too many codes",
      container: {
        restartPolicy: "Never",
        restartPolicyRules: [
          ...many(20, rule),
          { action: "Restart", exitCodes: { operator: "NotIn", values: many(256, 1) } },
        ],
      },
      want: [
        ".restartPolicyRules: Too many: 21: must have at most 20 items",
        ".restartPolicyRules[20].exitCodes.values: Too many: 256: must have at most 255 items",
      ],
    },
  ])("$name", ({ container, want }) => {
    expect(containerErrors([container])).toEqual(want.map((error) => `${C0}${error}`));
  });
});

describe("an init container", () => {
  const errorsOf = (...initContainers: Partial<Container>[]) =>
    containerErrors([{ name: "app" }], {
      initContainers: initContainers.map((each) => ({ name: "init", image: "init:1", ...each })),
    });
  const I0 = "spec.initContainers[0]";

  test.each<{ name: string; containers: Partial<Container>[]; want: string[] }>([
    { name: "by itself", containers: [{}], want: [] },
    {
      name: "that keeps running has probes and hooks",
      containers: [
        {
          restartPolicy: "Always",
          startupProbe: exec,
          livenessProbe: exec,
          readinessProbe: exec,
          lifecycle: { preStop: exec },
          resizePolicy: [{ resourceName: "cpu", restartPolicy: "RestartContainer" }],
        },
      ],
      want: [],
    },
    {
      name: "that ends has none",
      containers: [
        {
          lifecycle: {},
          livenessProbe: {},
          readinessProbe: {},
          startupProbe: {},
          resizePolicy: [
            { resourceName: "cpu", restartPolicy: "NotRequired" },
            { resourceName: "memory", restartPolicy: "RestartContainer" },
          ],
        },
      ],
      want: [
        ...["lifecycle", "livenessProbe", "readinessProbe", "startupProbe"].map(
          (field) =>
            `${I0}.${field}: Forbidden: may not be set for init containers without restartPolicy=Always`,
        ),
        `${I0}.resizePolicy[1].restartPolicy: Invalid value: "RestartContainer": must not be set to 'RestartContainer' for non-sidecar initContainers`,
      ],
    },
    {
      name: "of a name that is taken",
      containers: [{ name: "app" }, { name: "b" }, { name: "b" }],
      want: [`${I0}.name: Duplicate value: "app"`, 'spec.initContainers[2].name: Duplicate value: "b"'],
    },
    {
      name: "with a bad probe",
      containers: [{ restartPolicy: "Always", livenessProbe: { ...exec, successThreshold: 2 } }],
      want: [`${I0}.livenessProbe.successThreshold: Invalid value: 2: must be 1`],
    },
  ])("$name", ({ containers, want }) => {
    expect(errorsOf(...containers)).toEqual(want);
  });
});

describe("an ephemeral container", () => {
  const errorsOf = (...containers: Partial<EphemeralContainer>[]) =>
    containerErrors([{ name: "app" }], {
      initContainers: [{ name: "init", image: "init:1" }],
      volumes: [{ name: "v", emptyDir: {} }],
      ephemeralContainers: containers.map((each) => ({ name: "debug", image: "busybox:1", ...each })),
    });
  const E0 = "spec.ephemeralContainers[0]";

  test.each<{ name: string; containers: Partial<EphemeralContainer>[]; want: string[] }>([
    {
      name: "of an app, of nobody and of itself",
      containers: [
        {
          targetContainerName: "app",
          command: ["sh"],
          env: [{ name: "A", value: "b" }],
          stdin: true,
          tty: true,
          volumeMounts: [{ name: "v", mountPath: "/v" }],
          securityContext: { privileged: true },
          resources: {},
        },
        { name: "b", targetContainerName: "init" },
      ],
      want: [],
    },
    {
      name: "of a name that is taken",
      containers: [{ name: "app" }, { name: "init" }, { name: "debug" }, { name: "debug" }],
      want: [
        `${E0}.name: Duplicate value: "app"`,
        'spec.ephemeralContainers[1].name: Duplicate value: "init"',
        'spec.ephemeralContainers[3].name: Duplicate value: "debug"',
      ],
    },
    {
      name: "of an unknown container, in spaces",
      containers: [{ image: " busybox:1", targetContainerName: "db" }],
      want: [
        `${E0}.image: Invalid value: " busybox:1": must not have leading or trailing whitespace`,
        `${E0}.targetContainerName: Not found: "db"`,
      ],
    },
    {
      name: "on which nothing can depend",
      containers: [
        {
          ports: [{ containerPort: 80 }],
          resources: { limits: { cpu: "1" } },
          resizePolicy: [{ resourceName: "cpu", restartPolicy: "NotRequired" }],
          restartPolicy: "Always",
          livenessProbe: {},
          readinessProbe: {},
          startupProbe: {},
          lifecycle: {},
          volumeMounts: [
            { name: "v", mountPath: "/a", subPath: "b" },
            { name: "v", mountPath: "/c", subPathExpr: "d" },
          ],
        },
      ],
      want: [
        "ports",
        "resources",
        "resizePolicy",
        "restartPolicy",
        "livenessProbe",
        "readinessProbe",
        "startupProbe",
        "lifecycle",
        "volumeMounts[0].subPath",
        "volumeMounts[1].subPathExpr",
      ].map((field) => `${E0}.${field}: Forbidden: cannot be set for an Ephemeral Container`),
    },
  ])("$name", ({ containers, want }) => {
    expect(errorsOf(...containers)).toEqual(want);
  });
});
