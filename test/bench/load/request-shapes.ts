import { aHeldPod, aPartOfDeployment, aSmallConfigMap } from "../workload.ts";
import { getRequest } from "./http2-client.ts";

/** What a load asks for; every request of one load is for another object where it writes. */
export type RequestShape =
  | { readonly type: "createPod"; readonly prefix: string }
  | { readonly type: "createConfigMap"; readonly prefix: string }
  /** Objects of one prefix below a path, changed by a merge patch; there must be one for every caller. */
  | { readonly type: "annotate"; readonly path: string; readonly prefix: string }
  /** Deployments of each caller's own, applied by one to three managers in turn. */
  | {
      readonly type: "applyDeployment";
      readonly prefix: string;
      readonly deploymentsEach: number;
      readonly managers: number;
      /** The first load creates them and asks for each once. */
      readonly does: "create" | "change" | "repeat";
    }
  /** All of them in turn. */
  | {
      readonly type: "get";
      readonly paths: readonly string[];
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** A put of the KV service of etcd's v3 API, over gRPC. */
  | { readonly type: "etcdPut"; readonly prefix: string; readonly valueBytes: number };

export interface ShapedRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  readonly expected: number;
}

/** The request of one step of one caller. */
export function requestMaker(shape: RequestShape): (caller: number, step: number) => ShapedRequest {
  switch (shape.type) {
    case "createPod":
      return create("pods", shape.prefix, aHeldPod);
    case "createConfigMap":
      return create("configmaps", shape.prefix, aSmallConfigMap);
    case "annotate":
      return (caller, step) => ({
        headers: {
          ":method": "PATCH",
          ":path": `${shape.path}/${objectName(shape.prefix, caller, 0)}`,
          "content-type": "application/merge-patch+json",
        },
        body: Buffer.from(JSON.stringify({ metadata: { annotations: { step: String(step) } } })),
        expected: 200,
      });
    case "applyDeployment":
      return (caller, step) => {
        const [manager, turn] = [step % shape.managers, Math.floor(step / shape.managers)];
        const name = objectName(shape.prefix, caller, turn % shape.deploymentsEach);
        const part = aPartOfDeployment(name, shape.does === "change" ? turn : 0, manager);
        return {
          headers: {
            ":method": "PATCH",
            ":path": `/apis/apps/v1/namespaces/default/deployments/${name}?fieldManager=bench-${String(manager)}`,
            "content-type": "application/apply-patch+yaml",
          },
          body: Buffer.from(JSON.stringify(part)),
          expected: shape.does === "create" ? 201 : 200,
        };
      };
    case "get":
      // Callers start at different paths, 7919 being a prime.
      return (caller, step) => {
        const path = shape.paths[(caller * 7919 + step) % shape.paths.length] ?? "/";
        return getRequest(path, shape.headers);
      };
    case "etcdPut": {
      const value = Buffer.alloc(shape.valueBytes, "x");
      const headers = {
        ":method": "POST",
        ":path": "/etcdserverpb.KV/Put",
        "content-type": "application/grpc",
        te: "trailers",
      };
      return (caller, step) => ({
        headers,
        body: grpcMessage(putRequest(objectName(shape.prefix, caller, step), value)),
        expected: 200,
      });
    }
  }
}

function create(resource: string, prefix: string, build: (name: string) => object) {
  const headers = {
    ":method": "POST",
    ":path": `/api/v1/namespaces/default/${resource}`,
    "content-type": "application/json",
  };
  return (caller: number, step: number): ShapedRequest => ({
    headers,
    body: Buffer.from(JSON.stringify(build(objectName(prefix, caller, step)))),
    expected: 201,
  });
}

export function objectName(prefix: string, caller: number, step: number): string {
  return `${prefix}-${String(caller)}-${String(step)}`;
}

/** etcdserverpb.PutRequest: bytes key = 1, bytes value = 2. */
function putRequest(key: string, value: Buffer): Buffer {
  return Buffer.concat([bytesField(1, Buffer.from(key)), bytesField(2, value)]);
}

function bytesField(number: number, value: Buffer): Buffer {
  return Buffer.concat([Buffer.from([(number << 3) | 2, ...varint(value.length)]), value]);
}

function varint(value: number): readonly number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)];
}

/** Uncompressed, with its length in front (gRPC over HTTP/2, "Length-Prefixed-Message"). */
function grpcMessage(message: Buffer): Buffer {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}
