/** What tutorials tell people to type, word for word. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import { BUSYBOX, KubelithHost } from "./kubelith-host.ts";
import { aDeployment, aPod, aService, webServer } from "./manifests.ts";

let host: KubelithHost;

/** A web server that answers with its pod's name, and stops when it is told to. */
const SERVER = "sh -c 'trap exit TERM; cd /tmp; hostname >index.html; httpd -f -p 8080 & wait'";

beforeAll(async () => {
  host = await KubelithHost.start({ name: "tutorial" });
});
afterAll(() => host?.[Symbol.asyncDispose]());

/** Types a line in a shell on the host, in a folder of its own. What it prints, mistakes too, when it succeeds. */
async function type(line: string): Promise<string> {
  const { code, output } = await tryTyping(line);
  if (code !== 0) throw new Error(`"${line}" exited with ${String(code)}: ${output}`);
  return output;
}

async function tryTyping(line: string): Promise<{ readonly code: number; readonly output: string }> {
  const shell = start(line);
  const [code, output] = await Promise.all([shell.exited, shell.stdout.text()]);
  return { code, output };
}

function start(line: string) {
  const { PATH = "" } = process.env;
  return Bun.spawn(host.inside("sh", "-c", `exec 2>&1; ${line}`), {
    cwd: host.directory,
    env: { PATH, HOME: host.directory, KUBECONFIG: host.kubeconfig },
    stdin: "ignore",
    stdout: "pipe",
  });
}

async function save(file: string, ...objects: readonly object[]): Promise<void> {
  const documents = objects.map((object) => stringify(object));
  await Bun.write(join(host.directory, file), documents.join("---\n"));
}

describe("looking around", () => {
  const lines: { line: string; shows: readonly (RegExp | string)[] }[] = [
    { line: "kubectl version", shows: [/^Server Version: v1\.36\.\d+/m] },
    {
      line: "kubectl cluster-info",
      shows: [/control plane.* is running at .*https:\/\/[\d.]+:6443/, /DNS.* is running at /],
    },
    {
      line: "kubectl api-resources",
      shows: [
        /^NAME +SHORTNAMES +APIVERSION +NAMESPACED +KIND$/m,
        /^pods +po +v1 +true +Pod$/m,
        /^deployments +deploy +apps\/v1 +true +Deployment$/m,
        /^ingresses +ing +networking.k8s.io\/v1 +true +Ingress$/m,
      ],
    },
    { line: "kubectl api-resources --namespaced=false -o name", shows: [/^nodes$/m] },
    { line: "kubectl api-versions", shows: [/^apps\/v1$/m, /^batch\/v1$/m, /^v1$/m] },
    {
      line: "kubectl get nodes",
      shows: [/^NAME +STATUS +ROLES +AGE +VERSION\ntutorial +Ready +\S+ +\d+s +v1\.36\./],
    },
    { line: "kubectl get nodes -o wide", shows: [/INTERNAL-IP/, /docker:\/\//] },
    { line: "kubectl get namespaces", shows: [/^kube-system +Active +/m, /^default +Active +/m] },
    { line: "kubectl get ns", shows: [/^kube-public +Active/m] },
    { line: "kubectl get svc", shows: [/^kubernetes +ClusterIP +10\.43\.0\.1 +<none> +443\/TCP +\d+s$/m] },
    { line: "kubectl get all", shows: [/^service\/kubernetes +ClusterIP/m] },
    { line: "kubectl get pods", shows: [/^No resources found in default namespace\.$/m] },
    { line: "kubectl get pods --all-namespaces", shows: [/No resources found/] },
    { line: "kubectl explain pod", shows: [/^KIND: +Pod$/m, /^FIELDS:$/m, /spec\t<PodSpec>/] },
    {
      line: "kubectl explain pod.spec --recursive",
      shows: [/^ {2}containers\t<\[\]Container> -required-$/m, /^ {4}imagePullPolicy\t<string>$/m],
    },
    { line: "kubectl explain deployment.spec.strategy", shows: [/rollingUpdate\t<RollingUpdateDeployment>/] },
    { line: "kubectl config get-contexts", shows: [/^\* +\S+ +\S+ +\S+/m] },
    { line: "kubectl auth can-i create deployments", shows: [/^yes$/m] },
    { line: "kubectl get --raw /healthz", shows: [/^ok$/] },
    { line: "kubectl get --raw /readyz?verbose", shows: [/^readyz check passed$/m] },
    { line: "kubectl get --raw /api/v1/namespaces/default/pods", shows: ['"kind":"PodList"', '"items":[]'] },
  ];

  test.each(lines)("$line", async ({ line, shows }) => {
    const output = await type(line);
    for (const each of shows) {
      if (typeof each === "string") expect(output).toContain(each);
      else expect(output).toMatch(each);
    }
  });
});

describe("a first application", () => {
  test("is created, exposed and reached", async () => {
    expect(await type(`kubectl create deployment hello --image=${BUSYBOX} -- ${SERVER}`)).toBe(
      "deployment.apps/hello created\n",
    );
    expect(await type("kubectl expose deployment hello --type=NodePort --port=8080")).toBe(
      "service/hello exposed\n",
    );
    expect(await type("kubectl wait --for=condition=Available deployment/hello --timeout=60s")).toBe(
      "deployment.apps/hello condition met\n",
    );
    const port = await type("kubectl get service hello -o jsonpath='{.spec.ports[0].nodePort}'");
    await host.eventually(async () =>
      expect(await type(`curl -s --max-time 2 http://${host.address}:${port}`)).toStartWith("hello-"),
    );
    expect(await type("kubectl logs deployment/hello")).toBe("");
    expect(await type("kubectl exec deploy/hello -- hostname")).toStartWith("hello-");
  });

  test("shows up in get all with everything that belongs to it", async () => {
    const output = await type("kubectl get all");
    expect(output).toMatch(/^pod\/hello-\S+ +1\/1 +Running +0 +\d+s$/m);
    expect(output).toMatch(/^service\/hello +NodePort +\S+ +<none> +8080:\d+\/TCP +\d+s$/m);
    expect(output).toMatch(/^deployment.apps\/hello +1\/1 +1 +1 +\d+s$/m);
    expect(output).toMatch(/^replicaset.apps\/hello-\S+ +1 +1 +1 +\d+s$/m);
  });

  test("is described", async () => {
    const deployment = await type("kubectl describe deployment hello");
    expect(deployment).toMatch(
      /Replicas: +1 desired \| 1 updated \| 1 total \| 1 available \| 0 unavailable/,
    );
    expect(deployment).toMatch(
      /ScalingReplicaSet +\S+ +deployment-controller +Scaled up replica set hello-\S+ from 0 to 1/,
    );
    const pods = await type("kubectl describe pods -l app=hello");
    expect(pods).toMatch(/Controlled By: +ReplicaSet\/hello-/);
    expect(pods).toMatch(/Successfully assigned default\/hello-\S+ to tutorial/);
    expect(await type("kubectl describe service hello")).toMatch(/Endpoints: +10\.42\.\d+\.\d+:8080/);
  });

  test("is scaled, autoscaled, labelled and annotated", async () => {
    expect(await type("kubectl scale deployment hello --replicas=2")).toBe("deployment.apps/hello scaled\n");
    expect(await type("kubectl autoscale deployment hello --min=2 --max=5 --cpu-percent=80")).toContain(
      "horizontalpodautoscaler.autoscaling/hello autoscaled\n",
    );
    expect(await type("kubectl get hpa")).toMatch(/^hello +Deployment\/hello +\S.*80% +2 +5 +0 +\d+s$/m);
    expect(await type("kubectl label deployment hello tier=front")).toBe("deployment.apps/hello labeled\n");
    expect(await type("kubectl get deployments -l tier=front -L tier")).toMatch(/^hello .* front$/m);
    expect(await type("kubectl annotate deployment hello note=nice")).toBe(
      "deployment.apps/hello annotated\n",
    );
    expect(await type("kubectl describe deployment hello")).toMatch(/note: nice/);
    expect(await type("kubectl label deployment hello tier-")).toBe("deployment.apps/hello unlabeled\n");
    await type("kubectl delete hpa hello");
  });

  test("is patched and edited", async () => {
    expect(await type(`kubectl patch deployment hello -p '{"spec":{"replicas":1}}'`)).toBe(
      "deployment.apps/hello patched\n",
    );
    expect(
      await type(`KUBE_EDITOR="sed -i 's/replicas: 1/replicas: 2/'" kubectl edit deployment hello`),
    ).toBe("deployment.apps/hello edited\n");
    expect(await type("kubectl get deployment hello -o jsonpath='{.spec.replicas}'")).toBe("2");
    const json = `[{"op":"replace","path":"/spec/replicas","value":1}]`;
    await type(`kubectl patch deployment hello --type=json -p '${json}'`);
    expect(await type("KUBE_EDITOR=true kubectl edit deployment hello")).toBe(
      "Edit cancelled, no changes made.\n",
    );
  });

  test("tells its story", async () => {
    expect(await type("kubectl get events")).toMatch(
      /^LAST SEEN +TYPE +REASON +OBJECT +MESSAGE\n[^]*Normal +Started +pod\/hello-\S+ +.*tarted/,
    );
    expect(await type("kubectl get events --sort-by=.metadata.creationTimestamp")).toMatch(
      /ScalingReplicaSet/,
    );
    expect(await type("kubectl events --types=Normal")).toMatch(/Scheduled/);
  });

  test("is deleted", async () => {
    expect(await type("kubectl delete service hello")).toBe('service "hello" deleted\n');
    expect(await type("kubectl delete deployment hello")).toBe('deployment.apps "hello" deleted\n');
    await host.eventually(async () => expect(await type("kubectl get pods")).toContain("No resources found"));
  });
});

describe("a manifest", () => {
  test("is applied, edited, applied again and deleted", async () => {
    await save("app.yaml", aDeployment("app", { replicas: 1 }), aService("app"));
    expect(await type("kubectl apply -f app.yaml")).toBe(
      "deployment.apps/app created\nservice/app created\n",
    );
    expect(await type("kubectl apply -f app.yaml")).toBe(
      "deployment.apps/app unchanged\nservice/app unchanged\n",
    );
    const edited = (await readFile(join(host.directory, "app.yaml"), "utf8")).replace(
      "replicas: 1",
      "replicas: 2",
    );
    await Bun.write(join(host.directory, "app.yaml"), edited);
    const difference = await tryTyping("kubectl diff -f app.yaml");
    expect(difference.code).toBe(1);
    expect(difference.output).toMatch(/^-\s+replicas: 1\n\+\s+replicas: 2$/m);
    expect(await type("kubectl apply -f app.yaml")).toBe(
      "deployment.apps/app configured\nservice/app unchanged\n",
    );
    expect(await type("kubectl rollout status deployment/app --timeout=60s")).toContain(
      "successfully rolled out",
    );
    expect(await type("kubectl get -f app.yaml")).toMatch(/^deployment.apps\/app +2\/2 +2 +2 +/m);
    expect(await type("kubectl delete -f app.yaml")).toBe(
      'deployment.apps "app" deleted\nservice "app" deleted\n',
    );
  });

  test("is applied by the server, which knows who owns what", async () => {
    await save("config.yaml", {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "shared" },
      data: { a: "1" },
    });
    expect(await type("kubectl apply --server-side -f config.yaml")).toBe(
      "configmap/shared serverside-applied\n",
    );
    await save("config.yaml", {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "shared" },
      data: { a: "2" },
    });
    const other = "kubectl apply --server-side --field-manager=other -f config.yaml";
    const conflict = await tryTyping(other);
    expect(conflict.code).toBe(1);
    expect(conflict.output).toContain('Apply failed with 1 conflict: conflict with "kubectl": .data.a');
    expect(await type(`${other} --force-conflicts`)).toBe("configmap/shared serverside-applied\n");
    expect(await type("kubectl get configmap shared -o jsonpath='{.data.a}'")).toBe("2");
  });

  test("is written by kubectl without being sent", async () => {
    const output = await type("kubectl create deployment dry --image=nginx --dry-run=client -o yaml");
    expect(output).toContain("kind: Deployment");
    expect(await type("kubectl create deployment dry --image=nginx --dry-run=server")).toBe(
      "deployment.apps/dry created (server dry run)\n",
    );
    expect((await tryTyping("kubectl get deployment dry")).output).toBe(
      'Error from server (NotFound): deployments.apps "dry" not found\n',
    );
  });

  test("of a Job or CronJob is accepted", async () => {
    expect(await type(`kubectl create job once --image=${BUSYBOX} -- date`)).toBe("job.batch/once created\n");
    expect(
      await type(`kubectl create cronjob often --image=${BUSYBOX} --schedule='*/5 * * * *' -- date`),
    ).toBe("cronjob.batch/often created\n");
    expect(await type("kubectl get cronjobs")).toMatch(
      /^often +\*\/5 \* \* \* \* +<none> +False +0 +<none> +\d+s$/m,
    );
    expect(await type("kubectl get jobs")).toMatch(/^once +/m);
    expect(await type("kubectl delete job/once cronjob/often")).toContain('cronjob.batch "often" deleted');
  });
});

test("kubectl get pods -w shows each step of a pod", async () => {
  await type(`kubectl run earlier --image=${BUSYBOX} --restart=Never -- true`);
  const watching = start("exec kubectl get pods -w");
  let lines = "";
  const reading = (async () => {
    for await (const chunk of watching.stdout.pipeThrough(new TextDecoderStream())) lines += chunk;
  })();
  await host.eventually(async () => expect(lines).toContain("earlier"));
  await type(`kubectl run watched --image=${BUSYBOX} --restart=Never -- true`);
  await host.eventually(async () => expect(lines).toMatch(/^watched +0\/1 +Completed +0 +\d+s$/m));
  watching.kill();
  await reading;
  expect(lines).toMatch(/^watched +0\/1 +Pending +0 +\d+s$/m);
  expect(lines).toMatch(/^watched +0\/1 +ContainerCreating +0 +\d+s$/m);
  await type("kubectl delete pod earlier watched");
});

test("kubectl run --rm -i runs a command in a pod and leaves nothing", async () => {
  const line = `kubectl run once --rm -i --restart=Never --image=${BUSYBOX} -- sh -c 'sleep 1; echo hello from a pod'`;
  expect(await type(line)).toContain("hello from a pod\n");
  expect((await tryTyping("kubectl get pod once")).output).toContain('pods "once" not found');
});

describe("a node", () => {
  test("is described with what its pods have asked for", async () => {
    const resources = { requests: { cpu: "250m", memory: "64Mi" }, limits: { memory: "128Mi" } };
    await host.apply([aPod("asking", { container: { ...webServer, resources } })]);
    await type("kubectl wait --for=condition=Ready pod/asking --timeout=60s");
    const output = await type("kubectl describe node tutorial");
    expect(output).toMatch(/^ {2}Ready +True .* KubeletReady +kubelet is posting ready status$/m);
    expect(output).toMatch(/^Non-terminated Pods: +\(\d+ in total\)$/m);
    expect(output).toMatch(
      /^ {2}default +asking +250m \(\d+%\) +0 \(0%\) +64Mi \(\d+%\) +128Mi \(\d+%\) +\d+s$/m,
    );
    expect(output).toMatch(/^Allocated resources:$/m);
    expect(output).toMatch(/^ {2}cpu +250m \(\d+%\) +0 \(0%\)$/m);
    expect(output).toMatch(/^ {2}memory +64Mi \(\d+%\) +128Mi \(\d+%\)$/m);
    expect(output).toMatch(/^ {2}ephemeral-storage +0 \(0%\) +0 \(0%\)$/m);
    await type("kubectl delete pod asking");
  });

  test("keeps pods away by its taints", async () => {
    expect(await type("kubectl taint nodes tutorial dedicated=db:NoSchedule")).toBe(
      "node/tutorial tainted\n",
    );
    await type(`kubectl run repelled --image=${BUSYBOX} -- sleep 100000`);
    await host.eventually(async () =>
      expect(await type("kubectl describe pod repelled")).toMatch(
        /0\/1 nodes are available: 1 node\(s\) had untolerated taint/,
      ),
    );
    expect(await type("kubectl taint nodes tutorial dedicated=db:NoSchedule-")).toBe(
      "node/tutorial untainted\n",
    );
    await type("kubectl wait --for=condition=Ready pod/repelled --timeout=30s");
    await type("kubectl delete pod repelled --now");
  });

  test("is cordoned, drained and used again", async () => {
    await host.apply([aDeployment("tenant", { replicas: 2 })]);
    await type("kubectl rollout status deployment/tenant --timeout=60s");
    expect(await type("kubectl cordon tutorial")).toBe("node/tutorial cordoned\n");
    expect(await type("kubectl get nodes")).toMatch(/^tutorial +Ready,SchedulingDisabled /m);
    const drained = await type(
      "kubectl drain tutorial --ignore-daemonsets --delete-emptydir-data --timeout=60s",
    );
    expect(drained.match(/^evicting pod default\/tenant-\S+$/gm)).toHaveLength(2);
    expect(drained).toEndWith("node/tutorial drained\n");
    expect(await type("kubectl get pods -l app=tenant")).toMatch(/^tenant-\S+ +0\/1 +Pending/m);
    expect(await type("kubectl uncordon tutorial")).toBe("node/tutorial uncordoned\n");
    await type("kubectl rollout status deployment/tenant --timeout=60s");
    await type("kubectl delete deployment tenant");
  });
});

test("a namespace is made, used and deleted with all that is in it", async () => {
  await type("kubectl create namespace dev");
  await type(`kubectl create deployment inside --image=${BUSYBOX} -n dev -- ${SERVER}`);
  await type("kubectl wait --for=condition=Available deployment/inside -n dev --timeout=60s");
  expect(await type("kubectl delete namespace dev")).toBe('namespace "dev" deleted\n');
  expect((await tryTyping("kubectl get namespace dev")).output).toContain('namespaces "dev" not found');
  await host.eventually(async () => expect(await type("kubectl get pods -A")).not.toContain("inside"));
});
