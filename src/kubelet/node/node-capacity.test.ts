import { describe, expect, test } from "bun:test";
import { nodeAllocatable } from "./node-capacity.ts";
import {
  addReserved,
  DEFAULT_RESERVATION,
  type NodeReservation,
  parseEvictionHard,
  parseReserved,
} from "./node-reservation.ts";

const capacity = { cpu: "4", memory: "8Gi", "ephemeral-storage": "100Gi", pods: "110" };

describe("nodeAllocatable", () => {
  const cases: readonly { name: string; reservation: Partial<NodeReservation>; expected: object }[] = [
    {
      name: "leaves what eviction keeps free",
      reservation: {},
      expected: { cpu: "4", memory: "8092Mi", "ephemeral-storage": "96636764k", pods: "110" },
    },
    {
      name: "leaves what is reserved, too",
      reservation: {
        reserved: addReserved(parseReserved("cpu=100m,memory=1Gi"), parseReserved("cpu=400m")),
      },
      expected: { cpu: "3500m", memory: "7068Mi", "ephemeral-storage": "96636764k", pods: "110" },
    },
    {
      name: "gives all where nothing is kept free",
      reservation: { evictionHard: {} },
      expected: { cpu: "4", memory: "8Gi", "ephemeral-storage": "107374182400", pods: "110" },
    },
    {
      name: "counts shares of what there is",
      reservation: { evictionHard: parseEvictionHard("memory.available<25%,nodefs.available<50Gi") },
      expected: { cpu: "4", memory: "6Gi", "ephemeral-storage": "53687091200", pods: "110" },
    },
    {
      name: "gives nothing where more is reserved than there is",
      reservation: { reserved: parseReserved("cpu=5,memory=9Gi,ephemeral-storage=1Ti") },
      expected: { cpu: "0", memory: "0", "ephemeral-storage": "0", pods: "110" },
    },
  ];
  test.each([...cases])("$name", ({ reservation, expected }) => {
    expect(nodeAllocatable(capacity, { ...DEFAULT_RESERVATION, ...reservation })).toMatchObject(expected);
  });
});

describe("what is no reservation", () => {
  test.each(["cpu", "cpu=x", "gpu=1", "cpu=-1", ""])("'%s' is refused", (text) => {
    expect(() => parseReserved(text)).toThrow("must have amounts of cpu, memory, ephemeral-storage, such as");
  });

  test.each(["memory.available", "memory.available<-1Gi", "nodefs.available<101%", "imagefs.available<10%"])(
    "'%s' is no threshold",
    (text) => {
      expect(() => parseEvictionHard(text)).toThrow("must have thresholds for memory.available, ");
    },
  );
});
