import { aHeldPod, aSmallConfigMap } from "../workload.ts";

/** What a load asks for; every request of one load is for another object where it writes. */
export type RequestShape =
  | { readonly type: "createPod"; readonly namespace: string }
  | { readonly type: "createConfigMap"; readonly namespace: string }
  | { readonly type: "get"; readonly paths: readonly string[] }
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
      return create(`/api/v1/namespaces/${shape.namespace}/pods`, aHeldPod);
    case "createConfigMap":
      return create(`/api/v1/namespaces/${shape.namespace}/configmaps`, aSmallConfigMap);
    case "get":
      return (caller, step) => {
        const path = shape.paths[(caller * 7919 + step) % shape.paths.length] ?? "/";
        return { headers: { ":method": "GET", ":path": path }, body: NOTHING, expected: 200 };
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
        body: grpcMessage(putRequest(`${shape.prefix}/${objectName(caller, step)}`, value)),
        expected: 200,
      });
    }
  }
}

const NOTHING = new Uint8Array();

function create(path: string, build: (name: string) => object) {
  const headers = { ":method": "POST", ":path": path, "content-type": "application/json" };
  return (caller: number, step: number): ShapedRequest => ({
    headers,
    body: Buffer.from(JSON.stringify(build(objectName(caller, step)))),
    expected: 201,
  });
}

/** Other for every process. */
const RUN = process.pid.toString(36);

function objectName(caller: number, step: number): string {
  return `bench-${RUN}-${String(caller)}-${String(step)}`;
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
