import { describe, expect, test } from "bun:test";
import { formatFieldError } from "#apimachinery/field-error.ts";
import { someWrite } from "#testing/kinds.ts";
import type { Container, PodSpec, PodTemplateSpec, Volume } from "../../generated/core-v1.ts";
import { dropDisabledTemplateFields, setPodTemplateDefaults, validatePodTemplate } from "./pod-template.ts";

const web: Container = { name: "web", image: "nginx:1.29" };

function template(spec: Partial<PodSpec>, annotations: Record<string, string> = {}): PodTemplateSpec {
  const metadata = { labels: { app: "web" }, annotations };
  return setPodTemplateDefaults({ metadata, spec: { containers: [web], ...spec } });
}

function errorsOf(value: PodTemplateSpec): string[] {
  return validatePodTemplate(value, "template").map(formatFieldError);
}

describe("setPodTemplateDefaults", () => {
  test("fills a minimal template", () => {
    expect(template({ volumes: [{ name: "tmp" }] }).spec).toEqual({
      containers: [
        {
          name: "web",
          image: "nginx:1.29",
          imagePullPolicy: "IfNotPresent",
          terminationMessagePath: "/dev/termination-log",
          terminationMessagePolicy: "File",
        },
      ],
      dnsPolicy: "ClusterFirst",
      restartPolicy: "Always",
      schedulerName: "default-scheduler",
      securityContext: {},
      terminationGracePeriodSeconds: 30,
      volumes: [{ name: "tmp", emptyDir: {} }],
    });
  });

  test("gives a template without a spec an empty one", () => {
    expect(errorsOf(setPodTemplateDefaults({}))).toEqual(["template.spec.containers: Required value"]);
  });

  const containerCases: { name: string; container: Partial<Container>; want: Partial<Container> }[] = [
    {
      name: "the policy of a moving tag",
      container: { image: "nginx" },
      want: { imagePullPolicy: "Always" },
    },
    {
      name: "the protocol of ports",
      container: { ports: [{ containerPort: 80 }, { containerPort: 53, protocol: "UDP" }] },
      want: {
        ports: [
          { containerPort: 80, protocol: "TCP" },
          { containerPort: 53, protocol: "UDP" },
        ],
      },
    },
    {
      name: "environment sources",
      container: {
        env: [
          { name: "A", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
          { name: "B", valueFrom: { fileKeyRef: { key: "B", path: "env", volumeName: "tmp" } } },
        ],
      },
      want: {
        env: [
          { name: "A", valueFrom: { fieldRef: { apiVersion: "v1", fieldPath: "metadata.name" } } },
          {
            name: "B",
            valueFrom: { fileKeyRef: { key: "B", path: "env", volumeName: "tmp", optional: false } },
          },
        ],
      },
    },
    {
      name: "probes and their actions",
      container: {
        livenessProbe: { httpGet: { port: 80 }, periodSeconds: 5 },
        readinessProbe: { grpc: { port: 81 } },
        lifecycle: { preStop: { httpGet: { port: 82 } } },
      },
      want: {
        livenessProbe: {
          httpGet: { port: 80, path: "/", scheme: "HTTP" },
          timeoutSeconds: 1,
          periodSeconds: 5,
          successThreshold: 1,
          failureThreshold: 3,
        },
        readinessProbe: {
          grpc: { port: 81, service: "" },
          timeoutSeconds: 1,
          periodSeconds: 10,
          successThreshold: 1,
          failureThreshold: 3,
        },
        lifecycle: { preStop: { httpGet: { port: 82, path: "/", scheme: "HTTP" } } },
      },
    },
  ];

  test.each(containerCases)("fills $name", ({ container, want }) => {
    expect(template({ containers: [{ ...web, ...container }] }).spec?.containers[0]).toMatchObject(want);
  });

  const volumeCases: { volume: Partial<Volume>; want: Partial<Volume> }[] = [
    { volume: { hostPath: { path: "/x" } }, want: { hostPath: { path: "/x", type: "" } } },
    { volume: { secret: { secretName: "s" } }, want: { secret: { secretName: "s", defaultMode: 420 } } },
    { volume: { configMap: { name: "c" } }, want: { configMap: { name: "c", defaultMode: 420 } } },
    {
      volume: { downwardAPI: { items: [{ path: "a", fieldRef: { fieldPath: "metadata.name" } }] } },
      want: {
        downwardAPI: {
          defaultMode: 420,
          items: [{ path: "a", fieldRef: { apiVersion: "v1", fieldPath: "metadata.name" } }],
        },
      },
    },
    {
      volume: { projected: { sources: [{ serviceAccountToken: { path: "token" } }] } },
      want: {
        projected: {
          defaultMode: 420,
          sources: [{ serviceAccountToken: { path: "token", expirationSeconds: 3600 } }],
        },
      },
    },
    {
      volume: { ephemeral: { volumeClaimTemplate: { spec: {} } } },
      want: { ephemeral: { volumeClaimTemplate: { spec: { volumeMode: "Filesystem" } } } },
    },
    {
      volume: { image: { reference: "a:1" } },
      want: { image: { reference: "a:1", pullPolicy: "IfNotPresent" } },
    },
    { volume: { image: {} }, want: { image: { pullPolicy: "IfNotPresent" } } },
    {
      volume: { rbd: { monitors: ["a"], image: "b", user: "c" } },
      want: { rbd: { monitors: ["a"], image: "b", user: "c", pool: "rbd", keyring: "/etc/ceph/keyring" } },
    },
    {
      volume: { scaleIO: { gateway: "a", system: "b", volumeName: "c", secretRef: { name: "d" } } },
      want: {
        scaleIO: {
          gateway: "a",
          system: "b",
          volumeName: "c",
          secretRef: { name: "d" },
          storageMode: "ThinProvisioned",
          fsType: "xfs",
        },
      },
    },
    {
      volume: { azureDisk: { diskName: "a", diskURI: "b" } },
      want: {
        azureDisk: {
          diskName: "a",
          diskURI: "b",
          cachingMode: "ReadWrite",
          fsType: "ext4",
          kind: "Shared",
          readOnly: false,
        },
      },
    },
    {
      volume: { iscsi: { targetPortal: "a", iqn: "iqn.2020-01.x:y", lun: 0 } },
      want: { iscsi: { targetPortal: "a", iqn: "iqn.2020-01.x:y", lun: 0, iscsiInterface: "default" } },
    },
  ];

  test.each(volumeCases)("fills the volume $volume", ({ volume, want }) => {
    expect<unknown>(template({ volumes: [{ name: "v", ...volume }] }).spec?.volumes).toEqual([
      { name: "v", ...want },
    ]);
  });

  test("returns a complete template itself", () => {
    const complete = template({ volumes: [{ name: "tmp" }], initContainers: [web] });
    expect(setPodTemplateDefaults(complete)).toBe(complete);
  });
});

describe("dropDisabledTemplateFields", () => {
  const disabled = template({
    containers: [{ ...web, lifecycle: { stopSignal: "SIGINT" } }],
    schedulingGroup: { podGroupName: "a" },
    volumes: [{ name: "v", projected: { sources: [{ clusterTrustBundle: { path: "a", name: "b" } }] } }],
  });

  test("removes fields of features that are off", () => {
    const dropped = dropDisabledTemplateFields(disabled, undefined, someWrite);
    expect(dropped.spec).not.toHaveProperty("schedulingGroup");
    expect(dropped.spec?.containers[0]).not.toHaveProperty("lifecycle");
    expect(dropped.spec?.volumes?.[0]?.projected?.sources).toEqual([{}]);
    expect(disabled.spec?.schedulingGroup).toEqual({ podGroupName: "a" });
  });

  test("keeps fields of features that are on", () => {
    const features = new Set(["ClusterTrustBundleProjection"] as const);
    const { spec } = dropDisabledTemplateFields(disabled, undefined, { features });
    expect(spec?.volumes).toEqual(disabled.spec?.volumes);
    expect(spec).not.toHaveProperty("schedulingGroup");
  });

  test("keeps those that the old object has in use, and everything else", () => {
    expect(dropDisabledTemplateFields(disabled, disabled, someWrite)).toEqual(disabled);
    const plain = template({});
    expect(dropDisabledTemplateFields(plain, undefined, someWrite)).toBe(plain);
  });
});

describe("validatePodTemplate", () => {
  const annotationCases: {
    name: string;
    annotations: Record<string, string>;
    spec?: Partial<PodSpec>;
    want: string[];
  }[] = [
    {
      name: "a deletion cost with a sign",
      annotations: { "controller.kubernetes.io/pod-deletion-cost": "+1" },
      want: [
        'template.annotations[controller.kubernetes.io/pod-deletion-cost]: Invalid value: "+1": must be a 32bit integer',
      ],
    },
    {
      name: "a mirror pod without a node",
      annotations: { "kubernetes.io/config.mirror": "x" },
      want: [
        'template.annotations[kubernetes.io/config.mirror]: Invalid value: "x": must set spec.nodeName if mirror pod annotation is set',
      ],
    },
    {
      name: "profiles that disagree with the fields",
      annotations: {
        "seccomp.security.alpha.kubernetes.io/pod": "unconfined",
        "container.apparmor.security.beta.kubernetes.io/web": "localhost/x",
        "container.apparmor.security.beta.kubernetes.io/other": "wrong",
      },
      spec: {
        securityContext: { seccompProfile: { type: "RuntimeDefault" } },
        containers: [
          { ...web, securityContext: { appArmorProfile: { type: "Localhost", localhostProfile: "y" } } },
        ],
      },
      want: [
        'template.annotations[container.apparmor.security.beta.kubernetes.io/other]: Invalid value: "other": container not found',
        'template.annotations[container.apparmor.security.beta.kubernetes.io/other]: Invalid value: "wrong": invalid AppArmor profile name: "wrong"',
        "template.spec.securityContext.seccompProfile.type: Forbidden: seccomp type in annotation and field must match",
        "template.spec.containers[0].securityContext.appArmorProfile.localhostProfile: Forbidden: apparmor profile in annotation and field must match",
      ],
    },
  ];

  test.each(annotationCases)("$name", ({ annotations, spec = {}, want }) => {
    expect(errorsOf(template(spec, annotations))).toEqual(want);
  });
});
