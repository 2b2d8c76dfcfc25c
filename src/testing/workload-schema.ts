import type { ObjectSchema } from "#apimachinery/schema.ts";
import { aField, aListOf, aMapOf, aScalar, aStruct } from "./schema.ts";

const text = aScalar("string");
const whenSet = { presence: "whenSet" } as const;

const port = aStruct("Port", {
  containerPort: aField(aScalar("int32"), { presence: "always" }),
  protocol: aField(text, { default: "TCP" }),
  name: text,
});

const container = aStruct("Container", {
  name: aField(text, { presence: "always" }),
  image: text,
  args: aListOf(text),
  ports: aListOf(port, { listType: "map", keys: ["containerPort", "protocol"] }),
  limits: aMapOf(aScalar("quantity")),
});

/** A small kind with every sort of structure that server-side apply treats in a way of its own. */
export const workloadSchema: ObjectSchema = aStruct("Workload", {
  kind: text,
  apiVersion: text,
  metadata: aStruct("ObjectMeta", {
    name: text,
    namespace: text,
    uid: text,
    resourceVersion: text,
    generation: aScalar("int64"),
    labels: aMapOf(text),
    annotations: aMapOf(text),
    finalizers: aListOf(text, { listType: "set" }),
    managedFields: aListOf({ type: "any" }),
  }),
  spec: aStruct("WorkloadSpec", {
    replicas: aField(aScalar("int32"), whenSet),
    paused: aScalar("boolean"),
    selector: aField(aMapOf(text, { atomic: true }), whenSet),
    strategy: aStruct("Strategy", { type: text, surge: aField(aScalar("intOrString"), whenSet) }),
    containers: aField(aListOf(container, { listType: "map", keys: ["name"] }), { presence: "always" }),
    config: aField({ type: "any" }, whenSet),
  }),
  status: aStruct("WorkloadStatus", { ready: aScalar("int32") }),
});
