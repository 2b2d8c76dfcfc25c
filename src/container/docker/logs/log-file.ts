import { type FileHandle, open } from "node:fs/promises";

const BLOCK_BYTES = 64 * 1024;

/** Sixteen kilobytes of control characters take a tenth of it; what has more bytes without an end is no record. */
const MAX_RECORD_BYTES = 1024 * 1024;

const NEWLINE = 10;

/** One of the files that make up a log. It remains the same file when it is renamed or removed. */
export class LogFile implements AsyncDisposable {
  readonly inode: number;
  readonly #handle: FileHandle;
  #position = 0;
  #pending = Buffer.alloc(0);

  private constructor(handle: FileHandle, inode: number) {
    this.#handle = handle;
    this.inode = inode;
  }

  /** Undefined when there is none. */
  static async open(path: string): Promise<LogFile | undefined> {
    try {
      const handle = await open(path);
      const { ino } = await handle.stat();
      return new LogFile(handle, ino);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    }
  }

  async size(): Promise<number> {
    return (await this.#handle.stat()).size;
  }

  /** Lets the reading begin with the last so many records. Returns how many of them the file has. */
  async seekLast(records: number): Promise<number> {
    let end = await this.size();
    // The newline at the end of the last record is not between two.
    let found = -1;
    const block = Buffer.alloc(BLOCK_BYTES);
    while (end > 0) {
      const start = Math.max(0, end - BLOCK_BYTES);
      const { bytesRead } = await this.#handle.read(block, 0, end - start, start);
      for (let at = block.lastIndexOf(NEWLINE, bytesRead - 1); at >= 0; ) {
        found += 1;
        if (found === records) {
          this.#position = start + at + 1;
          return records;
        }
        at = at === 0 ? -1 : block.lastIndexOf(NEWLINE, at - 1);
      }
      end = start;
    }
    return found + 1;
  }

  /** The records from where the last reading has ended to where the file, or what is wanted of it, ends now. */
  async *records(end = Number.POSITIVE_INFINITY): AsyncGenerator<Buffer, void, void> {
    const block = Buffer.alloc(BLOCK_BYTES);
    while (this.#position < end) {
      const wanted = Math.min(BLOCK_BYTES, end - this.#position);
      const { bytesRead } = await this.#handle.read(block, 0, wanted, this.#position);
      if (bytesRead === 0) return;
      this.#position += bytesRead;
      yield* this.#split(block.subarray(0, bytesRead));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle.close();
  }

  *#split(block: Buffer): Generator<Buffer, void, void> {
    let start = 0;
    for (let end = block.indexOf(NEWLINE); end >= 0; end = block.indexOf(NEWLINE, start)) {
      const record = block.subarray(start, end);
      yield this.#pending.length === 0 ? record : Buffer.concat([this.#pending, record]);
      this.#pending = Buffer.alloc(0);
      start = end + 1;
    }
    const isTooLong = this.#pending.length > MAX_RECORD_BYTES;
    this.#pending = Buffer.concat([isTooLong ? Buffer.alloc(0) : this.#pending, block.subarray(start)]);
  }
}
