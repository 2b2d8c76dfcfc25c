"""Drives a server with Debian's python3-kubernetes and prints what came of it, a line for each step."""

import sys

from kubernetes import client, config, watch

config.load_kube_config(sys.argv[1])
namespace = sys.argv[2]
core = client.CoreV1Api()
apps = client.AppsV1Api()

print("version", client.VersionApi().get_code().git_version.split("+")[0])
start = core.list_namespaced_config_map(namespace).metadata.resource_version

core.create_namespaced_config_map(namespace, {"metadata": {"name": "c"}, "data": {"a": "1"}})
core.patch_namespaced_config_map("c", namespace, {"data": {"a": "2"}})
core.patch_namespaced_config_map("c", namespace, [{"op": "replace", "path": "/data/a", "value": "3"}])
core.delete_namespaced_config_map("c", namespace)
events = []
watcher = watch.Watch()
for event in watcher.stream(core.list_namespaced_config_map, namespace, resource_version=start):
    events.append(event["type"] + " " + event["object"].metadata.name + " " + event["object"].data["a"])
    if event["type"] == "DELETED":
        watcher.stop()
print("events", ", ".join(events))

labels = {"app": "web"}
created = apps.create_namespaced_deployment(
    namespace,
    client.V1Deployment(
        metadata=client.V1ObjectMeta(name="web"),
        spec=client.V1DeploymentSpec(
            replicas=2,
            selector=client.V1LabelSelector(match_labels=labels),
            template=client.V1PodTemplateSpec(
                metadata=client.V1ObjectMeta(labels=labels),
                spec=client.V1PodSpec(containers=[client.V1Container(name="web", image="nginx")]),
            ),
        ),
    ),
)
print("deployment", created.spec.strategy.type, type(created.metadata.creation_timestamp).__name__)
scale = apps.read_namespaced_deployment_scale("web", namespace)
print("scale", scale.spec.replicas, scale.status.selector)
try:
    core.read_namespaced_pod("none", namespace)
except client.ApiException as error:
    print("missing", error.status)
