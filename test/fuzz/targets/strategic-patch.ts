import { BuiltInSchemas } from "#api/schemas.ts";
import { Codec } from "#apimachinery/codec/codec.ts";
import { isJsonObject } from "#apimachinery/json-value.ts";
import type { KubeObject } from "#apimachinery/meta.ts";
import { StatusError } from "#apimachinery/status-error.ts";
import { patchDocument } from "#apiserver/verbs/patch-document.ts";
import { ensure, jsonTarget } from "../engine/target.ts";

const POD = { group: "", version: "v1", kind: "Pod" };

/** Strategic merge patches of pods, with everything that is done with the result. */
export const target = jsonTarget({
  seeds: [
    '{"document":{"spec":{"containers":[{"name":"a","image":"x"},{"name":"b"}]}},"patch":{"spec":{"$setElementOrder/containers":[{"name":"b"},{"name":"a"}],"containers":[{"name":"a","image":"y"},{"name":"b","$patch":"delete"}]}}}',
    '{"document":{"metadata":{"finalizers":["a","b"],"labels":{"x":"y"}}},"patch":{"metadata":{"$deleteFromPrimitiveList/finalizers":["a"],"labels":{"$patch":"replace","z":"1"}}}}',
    '{"document":{"spec":{"volumes":[{"name":"v","emptyDir":{}}]}},"patch":{"spec":{"volumes":[{"$retainKeys":["name","hostPath"],"name":"v","hostPath":{"path":"/"}}],"tolerations":[{"key":"a"}]}}}',
    '{"document":{"spec":{"containers":[{"name":"a","ports":[{"containerPort":1}]}]}},"patch":{"spec":{"containers":[{"$patch":"replace"},{"name":"a","ports":[{"containerPort":1,"protocol":"UDP"}]}],"nodeSelector":null}}}',
  ],
  dictionary: [
    "$patch",
    "replace",
    "delete",
    "merge",
    "$retainKeys",
    "$setElementOrder/containers",
    "$setElementOrder/finalizers",
    "$deleteFromPrimitiveList/finalizers",
    "$deleteFromPrimitiveList",
    "$setElementOrder",
    "spec",
    "containers",
    "volumes",
    "name",
    "metadata",
    "finalizers",
    "labels",
    "ports",
    "containerPort",
    "tolerations",
    "imagePullSecrets",
    "env",
    "args",
  ],
  refusals: [StatusError],
  open: () => {
    const schema = new BuiltInSchemas().ofResource(POD);
    const codec = new Codec();
    return (input) => {
      if (!isJsonObject(input)) return undefined;
      const before = JSON.stringify(input);
      const { object } = codec.decode(schema, input["document"], { gvk: POD });
      const present = object as unknown as KubeObject;
      const stored = JSON.stringify(present);
      patchDocument(
        codec,
        { schema, gvk: POD },
        present,
        { type: "strategic", document: input["patch"] },
        {},
      );
      return () => {
        ensure(JSON.stringify(input) === before, "The patch stays as it is");
        ensure(JSON.stringify(present) === stored, "The object stays as it is");
      };
    };
  },
});
