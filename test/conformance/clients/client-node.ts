/**
 * Drives a server with `@kubernetes/client-node` and prints what came of it, a line for each step. It is a program of its
 * own because the runtime takes the authority of certificates from the environment. Takes the kubeconfig and a namespace.
 */
import {
  AppsV1Api,
  CoreV1Api,
  KubeConfig,
  KubernetesObjectApi,
  makeInformer,
  PatchStrategy,
  setHeaderOptions,
  type V1Deployment,
  type V1Status,
  VersionApi,
} from "@kubernetes/client-node";

const [, , kubeconfig = "", namespace = ""] = process.argv;
const config = new KubeConfig();
config.loadFromFile(kubeconfig);
const core = config.makeApiClient(CoreV1Api);
const apps = config.makeApiClient(AppsV1Api);
const say = (line: string): void => void process.stdout.write(`${line}\n`);

const { gitVersion } = await config.makeApiClient(VersionApi).getCode();
say(`version ${gitVersion.split("+")[0] ?? ""}`);

const gone = Promise.withResolvers<void>();
const labelSelector = "of=test";
const list = () => core.listNamespacedConfigMap({ namespace, labelSelector });
const path = `/api/v1/namespaces/${namespace}/configmaps`;
const informer = makeInformer(config, path, list, labelSelector);
const events: string[] = [];
for (const type of ["add", "update", "delete"] as const) {
  informer.on(type, ({ metadata, data }) => {
    events.push(`${type} ${metadata?.name ?? ""} ${data?.["a"] ?? ""}`);
    if (type === "delete") gone.resolve();
  });
}
informer.on("error", gone.reject);
await informer.start();

await core.createNamespacedConfigMap({
  namespace,
  body: { metadata: { name: "c", labels: { of: "test" } }, data: { a: "1" } },
});
await core.patchNamespacedConfigMap(
  { namespace, name: "c", body: [{ op: "replace", path: "/data/a", value: "2" }] },
  setHeaderOptions("Content-Type", PatchStrategy.JsonPatch),
);
await core.patchNamespacedConfigMap(
  { namespace, name: "c", body: { data: { a: "3" } } },
  setHeaderOptions("Content-Type", PatchStrategy.MergePatch),
);
const apply = (fieldManager: string, a: string, force = false) =>
  core.patchNamespacedConfigMap(
    {
      namespace,
      name: "c",
      fieldManager,
      force,
      body: { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "c" }, data: { a } },
    },
    setHeaderOptions("Content-Type", PatchStrategy.ServerSideApply),
  );
const applied = await apply("test", "4", true);
say(`applied ${applied.metadata?.managedFields?.map(({ operation }) => operation ?? "").join(" ") ?? ""}`);
try {
  await apply("other", "5");
} catch (error) {
  const { code, body } = error as { readonly code: number; readonly body: string };
  const { details } = JSON.parse(body) as V1Status;
  say(`conflict ${String(code)} ${details?.causes?.map(({ message }) => message ?? "").join() ?? ""}`);
}
await core.deleteNamespacedConfigMap({ namespace, name: "c" });
await gone.promise;
say(`events ${events.join(", ")}`);
await informer.stop();

const labels = { app: "web" };
const template = { metadata: { labels }, spec: { containers: [{ name: "web", image: "nginx" }] } };
const body = {
  metadata: { name: "web" },
  spec: { replicas: 2, selector: { matchLabels: labels }, template },
};
const objects = KubernetesObjectApi.makeApiClient(config);
const deployment = { apiVersion: "apps/v1", kind: "Deployment", ...body };
const created = (await objects.patch(
  { ...deployment, metadata: { ...deployment.metadata, namespace } },
  undefined,
  undefined,
  "test",
  undefined,
  PatchStrategy.ServerSideApply,
)) as V1Deployment;
say(
  `deployment ${created.spec?.strategy?.type ?? ""} ${created.metadata?.creationTimestamp?.constructor.name ?? ""}`,
);
const scale = await apps.readNamespacedDeploymentScale({ namespace, name: "web" });
say(`scale ${String(scale.spec?.replicas)} ${scale.status?.selector ?? ""}`);
try {
  await core.readNamespacedPod({ namespace, name: "none" });
} catch (error) {
  const { code } = error as { readonly code: number };
  say(`missing ${String(code)}`);
}
