import { definePlugin } from "../framework/plugin.ts";

/** Binds by posting a Binding for exactly this pod. */
export const defaultBinderPlugin = definePlugin({
  name: "DefaultBinder",
  bind: async ({ pod, namespace }, nodeName, { client, signal }) => {
    const { name, uid } = pod.metadata;
    const binding = {
      apiVersion: "v1",
      kind: "Binding",
      metadata: { namespace, name, uid },
      target: { kind: "Node", name: nodeName },
    } as const;
    await client.createSubresource("Pod", { namespace, name }, "binding", binding, { signal });
    return undefined;
  },
});
