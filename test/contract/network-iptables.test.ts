import { FakeIptables } from "#network/iptables/fake-iptables.ts";
import { describeIptables } from "./network-iptables.ts";

describeIptables("fake", () => ({ iptables: new FakeIptables(), [Symbol.dispose]: () => undefined }));
