import { describe, expect, test } from "bun:test";
import { BatchBuffer, BufferOverflow } from "./batch-buffer.ts";

describe("BatchBuffer", () => {
  test("hands over everything that has gathered as one batch", async () => {
    const buffer = new BatchBuffer<number>(10);
    const reader = buffer[Symbol.asyncIterator]();
    const first = reader.next();
    buffer.push(1);
    expect((await first).value).toEqual([1]);
    buffer.push(2);
    buffer.push(3);
    expect((await reader.next()).value).toEqual([2, 3]);
  });

  test("ends after what was pushed before it was closed", async () => {
    const buffer = new BatchBuffer<number>(10);
    buffer.push(1);
    buffer.close();
    expect(buffer.push(2)).toBeFalse();
    expect(await Array.fromAsync(buffer)).toEqual([[1]]);
  });

  test("fails the slow reader after what fitted", async () => {
    const buffer = new BatchBuffer<number>(2);
    expect([1, 2, 3].map((item) => buffer.push(item))).toEqual([true, true, false]);
    const reader = buffer[Symbol.asyncIterator]();
    expect((await reader.next()).value).toEqual([1, 2]);
    await expect(reader.next()).rejects.toThrow(BufferOverflow);
  });

  test("wakes a waiting reader with the failure", async () => {
    const buffer = new BatchBuffer<number>(2);
    const next = buffer[Symbol.asyncIterator]().next();
    buffer.fail(new Error("connection lost"));
    await expect(next).rejects.toThrow("connection lost");
  });
});
