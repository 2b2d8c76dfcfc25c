import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const V1 = "/sys/fs/cgroup/memory";
const V2 = "/sys/fs/cgroup";

/** Counts the memory that the kernel holds because of what this process asked for, from now until it is disposed. */
export class KernelMemory implements Disposable {
  readonly #root = existsSync(V1) ? V1 : V2;
  readonly #group = join(this.#root, `kubelith-bench-${String(process.pid)}`);

  constructor() {
    mkdirSync(this.#group);
    this.#enter(this.#group);
  }

  /** In bytes; what is only in use for a moment is in it, too. */
  read(): number {
    if (this.#root === V1) return Number(this.#file("memory.kmem.usage_in_bytes"));
    return Number(/^kernel (\d+)$/m.exec(this.#file("memory.stat"))?.[1]);
  }

  [Symbol.dispose](): void {
    this.#enter(this.#root);
    rmdirSync(this.#group);
  }

  #enter(group: string): void {
    writeFileSync(join(group, "cgroup.procs"), String(process.pid));
  }

  #file(name: string): string {
    return readFileSync(join(this.#group, name), "utf8");
  }
}
