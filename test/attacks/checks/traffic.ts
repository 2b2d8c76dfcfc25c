import type { Weakening } from "../proof/weakening.ts";
import { checksOf } from "./rows.ts";

const ROLES = "src/apiserver/bootstrap/policy/cluster-roles.ts";
const ADDRESSES = "src/api/validation/ip-fields.ts";

export const trafficChecks: readonly Weakening[] = checksOf("test/attacks/traffic.test.ts", [
  [
    "Services get no external addresses where that is denied",
    "making it one of a Service|by a new Service$",
    "src/apiserver/admission/plugins/deny-service-external-ips.ts",
    "return externalIPsOf(request.object).every((each) => known.includes(each))",
    "return known.length === 0",
  ],
  [
    "who edits does not say what load balancers have",
    "saying that a load balancer",
    ROLES,
    "serviceaccounts services services/proxy",
    "serviceaccounts services services/proxy services/status",
  ],
  [
    "who edits writes no endpoints",
    "by (changed )?endpoints",
    ROLES,
    "serviceaccounts services services/proxy",
    "serviceaccounts services services/proxy endpoints",
  ],
  [
    "who edits writes no slices of endpoints",
    "by slices",
    ROLES,
    `allow(WRITE, "networking.k8s.io", "ingresses networkpolicies"),`,
    `allow(WRITE, "networking.k8s.io discovery.k8s.io", "ingresses networkpolicies endpointslices"),`,
  ],
  [
    "a new object has no status",
    "whose status says so",
    "src/apiserver/verbs/prepare-create.ts",
    ": ({ ...cleared, status: zeroValue(status.schema) } as KubeObject);",
    ": object;",
  ],
  [
    "endpoints can be reached by others",
    "endpoints are not on",
    ADDRESSES,
    "UNUSABLE.find(({ is }) => is(address))",
    "UNUSABLE.slice(0, 0).find(({ is }) => is(address))",
  ],
  [
    "addresses have one form",
    "in other words",
    ADDRESSES,
    `return isIPv4Mapped(address) ? [invalid(path, text, "must not be`,
    `return text === "" ? [invalid(path, text, "must not be`,
  ],
  [
    "nodes are not the server's own host",
    "by the name of a node",
    "src/apiserver/streams/proxy/proxyable-address.ts",
    `if (host === "" || host === "localhost" || (isIP(host) !== 0 && isLocal(host)))`,
    `if (host === "")`,
  ],
  [
    "names of nodes are looked up before they are dialed",
    "LOCALHOST|127.1|2130706433|0x7f000001|name of a node 0$",
    "src/apiserver/streams/proxy/proxyable-address.ts",
    "for (const each of [host, ...others]) requireProxyable(each);",
    "",
  ],
]);

export const admissionChecks: readonly Weakening[] = checksOf("test/attacks/admission.test.ts", [
  [
    "who judges an update sees what was there",
    "what was there before",
    "src/apiserver/verbs/update-object.ts",
    "oldObject: view?.of(oldObject) ?? oldObject,",
    "oldObject: view?.of(object) ?? object,",
  ],
  [
    "images of pods are judged",
    "judges images.*(a pod|the start|another image)",
    "src/apiserver/admission/plugins/image-policy-webhook/image-policy-webhook.ts",
    "return judge(request, status);",
    "return undefined;",
  ],
  [
    "images for debugging are judged, too",
    "debugging a pod",
    "src/apiserver/admission/plugins/image-policy-webhook/image-policy-webhook.ts",
    `resources: ["pods", "pods/ephemeralcontainers"],`,
    `resources: ["pods"],`,
  ],
  [
    "webhooks send the API server nowhere",
    "sends it there",
    "src/apiserver/webhook/read-review.ts",
    "if (code < 200 || code > 206) throw",
    "if (code < 200 || code > 399) throw",
  ],
]);
