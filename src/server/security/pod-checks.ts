import type { Container, Pod, PodSpec } from "#api/generated/core-v1.ts";
import { type ClusterView, isOfSystem, nameOf } from "./cluster-view.ts";
import { type Finding, judged, listed, type SecurityPoint } from "./finding.ts";

type PodCheck = Omit<SecurityPoint, "isManual"> & { readonly offends: (spec: PodSpec) => boolean };

const RESTRICT = (level: string): string =>
  `kubectl label namespace NAME pod-security.kubernetes.io/enforce=${level}`;

const anyContainer =
  (offends: (container: Container, spec: PodSpec) => boolean) =>
  (spec: PodSpec): boolean =>
    [...(spec.initContainers ?? []), ...spec.containers].some((container) => offends(container, spec));

const CHECKS: readonly PodCheck[] = [
  {
    point: "5.2.2",
    subject: "no privileged containers",
    remedy: RESTRICT("baseline"),
    offends: anyContainer(({ securityContext }) => securityContext?.privileged === true),
  },
  {
    point: "5.2.3",
    subject: "no pods with the host's processes",
    remedy: RESTRICT("baseline"),
    offends: ({ hostPID }) => hostPID === true,
  },
  {
    point: "5.2.4",
    subject: "no pods with the host's IPC",
    remedy: RESTRICT("baseline"),
    offends: ({ hostIPC }) => hostIPC === true,
  },
  {
    point: "5.2.5",
    subject: "no pods with the host's network",
    remedy: RESTRICT("baseline"),
    offends: ({ hostNetwork }) => hostNetwork === true,
  },
  {
    point: "5.2.6",
    subject: "no containers that may gain privileges",
    remedy: RESTRICT("restricted"),
    offends: anyContainer(({ securityContext }) => securityContext?.allowPrivilegeEscalation !== false),
  },
  {
    point: "5.2.7",
    subject: "no containers that may run as root",
    remedy: RESTRICT("restricted"),
    offends: anyContainer(
      ({ securityContext }, spec) =>
        (securityContext?.runAsNonRoot ?? spec.securityContext?.runAsNonRoot) !== true,
    ),
  },
  {
    point: "5.2.8",
    subject: "no containers with the capability NET_RAW",
    remedy: RESTRICT("restricted"),
    offends: anyContainer(({ securityContext }) => {
      const { add = [], drop = [] } = securityContext?.capabilities ?? {};
      return add.includes("NET_RAW") || !(drop.includes("ALL") || drop.includes("NET_RAW"));
    }),
  },
  {
    point: "5.2.9",
    subject: "no containers with further capabilities",
    remedy: RESTRICT("restricted"),
    offends: anyContainer(({ securityContext }) => (securityContext?.capabilities?.add ?? []).length > 0),
  },
  {
    point: "5.2.11",
    subject: "no pods with hostPath volumes",
    remedy: RESTRICT("baseline"),
    offends: ({ volumes = [] }) => volumes.some(({ hostPath }) => hostPath !== undefined),
  },
  {
    point: "5.2.12",
    subject: "no containers with host ports",
    remedy: RESTRICT("baseline"),
    offends: anyContainer(({ ports = [] }) => ports.some(({ hostPort = 0 }) => hostPort !== 0)),
  },
  {
    point: "5.4.1",
    subject: "Secrets are files, not environment variables",
    remedy: "mount the Secret as a volume",
    offends: anyContainer(
      ({ env = [], envFrom = [] }) =>
        env.some(({ valueFrom }) => valueFrom?.secretKeyRef !== undefined) ||
        envFrom.some(({ secretRef }) => secretRef !== undefined),
    ),
  },
  {
    point: "5.6.2",
    subject: "containers have a seccomp profile",
    remedy: "securityContext.seccompProfile.type: RuntimeDefault",
    offends: anyContainer(({ securityContext }, spec) => {
      const { type = "Unconfined" } =
        securityContext?.seccompProfile ?? spec.securityContext?.seccompProfile ?? {};
      return type === "Unconfined";
    }),
  },
  {
    point: "5.6.3",
    subject: "pods say how they are restricted",
    remedy: "give the pod or its containers a securityContext",
    offends: anyContainer(
      ({ securityContext }, spec) => isEmpty(securityContext) && isEmpty(spec.securityContext),
    ),
  },
];

const DEFAULT_ACCOUNTS: SecurityPoint = {
  point: "5.1.5",
  subject: "pods do not use the account default",
  remedy:
    "serviceAccountName of an account of the pod's own, and automountServiceAccountToken: false for default",
  isManual: true,
};
const TOKENS: SecurityPoint = {
  point: "5.1.6",
  subject: "pods have tokens only if they need them",
  remedy: "automountServiceAccountToken: false for pods whose account no role is bound to",
  isManual: true,
};

/** What the operator's pods are allowed on their nodes and in the API. */
export function checkPods({ pods, bindings }: ClusterView): readonly Finding[] {
  const own = pods.filter((pod) => !isOfSystem(pod));
  const withToken = own.filter(hasToken);
  const isBound = ({ metadata, spec }: Pod): boolean =>
    bindings.some(({ subjects = [] }) =>
      subjects.some(
        ({ kind, namespace, name }) =>
          kind === "ServiceAccount" && namespace === metadata.namespace && name === spec.serviceAccountName,
      ),
    );
  const ofDefault = withToken.filter(({ spec }) => spec.serviceAccountName === "default");
  return [
    judged(DEFAULT_ACCOUNTS, listed("its token is mounted by", ofDefault.map(nameOf))),
    judged(TOKENS, listed("without a role:", withToken.filter((pod) => !isBound(pod)).map(nameOf))),
    ...CHECKS.map(({ offends, ...point }) => {
      const offenders = own.filter(({ spec }) => offends(spec));
      return judged({ ...point, isManual: true }, listed("there are", offenders.map(nameOf)));
    }),
  ];
}

function hasToken({ spec: { volumes = [] } }: Pod): boolean {
  return volumes.some(({ projected }) =>
    (projected?.sources ?? []).some(({ serviceAccountToken }) => serviceAccountToken !== undefined),
  );
}

function isEmpty(context: object | undefined): boolean {
  return context === undefined || Object.keys(context).length === 0;
}
